"""Gambling tables and poker."""
