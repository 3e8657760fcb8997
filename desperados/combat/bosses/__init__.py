"""Bosses: fights in phases, alone or with friends."""
