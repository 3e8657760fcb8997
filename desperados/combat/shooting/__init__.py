"""Shooting contests."""
