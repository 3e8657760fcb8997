"""Bounties, witnesses, jail."""
