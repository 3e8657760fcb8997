"""What is too weak: settings of a start in production, secrets, passwords."""
