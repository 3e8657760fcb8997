"""Fights, duels, tournaments, hunts for legends."""
