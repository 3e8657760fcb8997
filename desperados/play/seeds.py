"""Seeds that anybody can verify: the hash is published at the start, the seed after the end.

A game draws from nothing but its seed and a counter (``engine.dice.Draws``), and stores both. So a
command that runs again draws the same; whoever knows the hash from the start can see at the end
that the seed was not changed meanwhile; and who replays the moves comes to the same end.

Limits: the seed is the server's own, and no player adds to it. That it was not chosen among many
rests on the server.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from desperados.engine import dice
from desperados.engine.dice import Draws

BYTES = 32


class Seed(NamedTuple):
    """A secret, and its SHA-256; both in hexadecimal digits."""

    secret: str
    hash: str


def new_seed() -> Seed:
    """A seed that nobody knows."""
    secret = dice.token(BYTES)
    return Seed(secret, hash_of(secret))


def hash_of(secret: str) -> str:
    """The SHA-256 of the bytes of a seed."""
    return hashlib.sha256(bytes.fromhex(secret)).hexdigest()


def draws_of(secret: str, drawn: int = 0) -> Draws:
    """The chance of a seed, after ``drawn`` blocks of it were used."""
    return Draws(bytes.fromhex(secret), drawn)
