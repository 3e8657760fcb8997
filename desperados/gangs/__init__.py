"""Gangs, their wars, money, heists and raids."""
