"""Staking: money that somebody puts on its own deed, and the odds of that."""
