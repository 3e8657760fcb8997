"""Renown: how a character stands with the factions."""
