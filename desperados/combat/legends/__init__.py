"""Legendary hunts."""
