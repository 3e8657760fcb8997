"""Deeds decided by cards, and encounters."""
