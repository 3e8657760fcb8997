"""Seeds whose hands are known: what decides by cards is decided by these in tests."""

from __future__ import annotations

import pytest

from desperados.deck.documents import Suit
from desperados.deck.hands import deal
from desperados.play.seeds import Seed, hash_of


def seed_for(suit: Suit, *, least: int = 0, most: int = 10_000, skill: int = 1) -> str:
    """A seed whose hand has an effectiveness of ``least`` to ``most``."""
    seeds = (f"{number:064x}" for number in range(10_000))
    return next(seed for seed in seeds if least <= deal(seed, skill, suit).effectiveness <= most)


def next_seeds(monkeypatch: pytest.MonkeyPatch, module: object, *seeds: str) -> None:
    """The next seeds that a module draws; then those of the world again."""
    left = list(seeds)
    real = module.new_seed  # type: ignore[attr-defined]
    monkeypatch.setattr(
        module, "new_seed", lambda: _seed(left.pop(0)) if left else real(), raising=True
    )


def _seed(secret: str) -> Seed:
    return Seed(secret, hash_of(secret))
