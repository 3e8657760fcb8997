"""What is due in the deck by itself."""

from __future__ import annotations

from desperados.deck.sessions import DECK_GAME
from desperados.play.shapes.games import due_job

JOBS = (due_job(DECK_GAME),)
