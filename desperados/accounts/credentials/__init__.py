"""Logging in: passwords, lockout, sessions and tokens."""
