"""Horses, stables and races."""
