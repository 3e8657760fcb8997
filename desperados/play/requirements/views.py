"""What is shown of a requirement that is not met."""

from __future__ import annotations

from datetime import datetime

from desperados.engine.views import View
from desperados.play.requirements.checking import Unmet
from desperados.play.requirements.kinds import Kind


class UnmetView(View):
    """Something that is needed and not there. ``sentence`` is for the player; ``needed`` is the
    number of a kind that measures; ``readyAt`` is when time alone mends it."""

    kind: Kind
    target: str | None
    needed: int | None
    have: int | str | None
    sentence: str
    ready_at: datetime | None


def unmet_view(one: Unmet) -> UnmetView:
    """What a player is told of an unmet requirement."""
    return UnmetView(
        kind=one.kind,
        target=one.target,
        needed=one.value if isinstance(one.value, int) else None,
        have=one.have,
        sentence=one.sentence,
        ready_at=one.ready_at,
    )
