"""Duels of two characters."""
