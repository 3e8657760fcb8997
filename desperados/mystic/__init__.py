"""Karma, deities, sanity, rituals, the tutorial."""
