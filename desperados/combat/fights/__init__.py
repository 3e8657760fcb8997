"""Fights: one engine for all of them, and those against people of the land."""
