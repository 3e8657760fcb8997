"""What a prisoner sees."""

from __future__ import annotations

from datetime import datetime

from desperados.deck.hands import Strength
from desperados.engine.views import View
from desperados.law.views import SentenceView


class JailView(View):
    """A sentence from inside, and what may be done about it. ``least_bribe`` is what a jailer takes
    at least now; the dates are when something may be tried again, null: now. Of an escape that is
    tried no more, ``escapes_left`` is 0."""

    sentence: SentenceView
    escapes_left: int
    escape_at: datetime | None
    least_bribe: int
    bribe_at: datetime | None
    labours_left: int
    labour_at: datetime | None
    socialize_at: datetime | None


class EscapeView(View):
    """An attempt at an escape: the hand that decided it against ``target``, and the ``seed`` from
    which it can be dealt again. ``jailed_until`` is null for who is out."""

    escaped: bool
    cards: list[str]
    strength: Strength
    effectiveness: int
    target: int
    skill: int
    seed: str
    energy_spent: int
    wanted: int
    jailed_until: datetime | None


class JailerView(View):
    """What came of a bribe: what it cost, and how likely it was to help, in percent."""

    free: bool
    paid: int
    chance: int
    jailed_until: datetime | None


class LabourView(View):
    """Work or talk in jail: what it brought, and until when one still sits (null: free).
    ``learned`` is experience in criminal skills, by name."""

    dollars: int
    xp: int
    learned: dict[str, int]
    energy_spent: int
    jailed_until: datetime | None
