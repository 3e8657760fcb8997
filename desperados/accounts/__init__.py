"""Accounts: who plays, how they log in, and what the staff may do about it."""
