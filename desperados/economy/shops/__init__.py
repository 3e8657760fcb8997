"""Shops and wandering merchants, and the prices they ask."""
