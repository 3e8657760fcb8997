"""Quests and daily contracts."""
