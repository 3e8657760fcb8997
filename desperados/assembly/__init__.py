"""What puts the domains together."""
