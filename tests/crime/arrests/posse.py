"""Hunters and outlaws, and hands of which it is known who wins."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from desperados.crime.arrests import service
from desperados.deck.documents import Suit
from desperados.testing import World
from tests.crime.seeds import next_seeds, seed_for
from tests.law.courts import charge
from tests.world.people import change

PLACE = "red-gulch"
STRONG = seed_for(Suit.CLUBS, least=150)
WEAK = seed_for(Suit.CLUBS, most=60)
OUTLAW = seed_for(Suit.SPADES, least=75, most=100)


async def hunter_in(world: World) -> ObjectId:
    return await world.character(place=PLACE)


async def outlaw_in(world: World, wanted: int = 3, **charges: Any) -> ObjectId:
    """Somebody whom everybody may arrest."""
    jane = await world.character(place=PLACE)
    await change(jane, level=9)
    await charge(jane, wanted=wanted, **charges)
    return jane


def next_arrests(monkeypatch: pytest.MonkeyPatch, *wins: bool) -> None:
    """Whether the next attempts succeed."""
    seeds = [seed for won in wins for seed in (STRONG if won else WEAK, OUTLAW)]
    next_seeds(monkeypatch, service, *seeds)


def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on every attempt succeeds."""
    next_arrests(monkeypatch, *[True] * 1_000)
