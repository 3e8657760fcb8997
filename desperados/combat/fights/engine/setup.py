"""What a fight is made of, as data: who fights whom, with what, and when it is over.

Content (bosses, legends, people of the land) is written in these parts, and so are the terms of a
game (``Setup.stored``); every number that a fight depends on is in them. Percents are whole: 100
changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from desperados.combat.fights.engine.effects import EFFECTS
from desperados.deck.hands import LARGEST, Strength
from desperados.engine.manifest.content import Content
from desperados.vocabulary import Natural, PercentOf, Positive

MOST_MEMBERS = 5
LEAST_CARDS, MOST_CARDS = 3, LARGEST

Scale = Annotated[list[Natural], Field(min_length=len(Strength), max_length=len(Strength))]


class Part(Content):
    """Base of the parts: written in content as stored, and in code by the names of the fields."""

    model_config = ConfigDict(populate_by_name=True)


class Blow(Part):
    """How a hand becomes damage: what its strength is worth on the ``scale``, ``match_percent``
    more for each of its cards of ``suit``, at most ``most``, divided by ``divide``; and 0 to
    ``spread`` points of luck."""

    scale: Scale
    suit: str | None = None
    match_percent: Natural = 0
    most: Positive = 1_000_000
    divide: Positive = 1
    spread: Natural = 0


class Member(Part):
    """One of up to five who fight together.

    ``percent`` is what its hands are worth, ``attack`` is added to each blow; what hits it is
    divided by ``defence`` percent, and ``armor`` taken off. ``keen``: straight flushes count half
    as much again. ``critical`` percent of its blows count twice; ``flee`` are percent points more
    to get away. ``gauges`` are those of the setup that begin elsewhere than they do for others.
    """

    name: str
    health: Natural
    max_health: Positive
    cards: Annotated[int, Field(ge=LEAST_CARDS, le=MOST_CARDS)] = 5
    attack: Natural = 0
    percent: Positive = 100
    defence: Positive = 100
    armor: Natural = 0
    keen: bool = False
    critical: PercentOf = 0
    rerolls: Natural = 0
    peeks: Natural = 0
    flee: int = 0
    gauges: dict[str, int] = Field(default_factory=dict)


class Ability(Part):
    """What a foe can do instead of a plain hit.

    - ``damage``, ``area`` (80% to everybody), ``dot`` (half now, and ``effect``);
    - ``debuff`` (``effect`` without damage), ``buff`` (``effect`` on the foe, or a quarter more
      damage for ``rounds``), ``transformation`` (``effect`` on the foe until the end, once);
    - ``summon`` (``count`` minions of twice ``power`` health, or 50, that hit for a third of it, or
      10; at most six at a time), ``heal`` (``power``, or 50; three times, never above what is
      most), ``hazard`` (``power``, or 10, to everybody for ``rounds``);
    - ``ultimate`` (150%, and ``effect``), announced a round before.

    ``power`` is its damage, 0 for that of a plain hit; ``effect_power`` what each round of a
    ticking effect is measured by. Its targets are one, ``some`` (up to three) or ``all`` who stand.
    It is usable in ``phases`` (from 1; none named: all), every ``every`` rounds, ``most`` times;
    among several that are, the more likely the higher its ``priority``.
    """

    code: str
    name: str
    kind: Literal[
        "damage",
        "area",
        "dot",
        "debuff",
        "buff",
        "summon",
        "heal",
        "hazard",
        "ultimate",
        "transformation",
    ]
    power: Natural = 0
    effect: str | None = None
    effect_power: Natural = 5
    rounds: Positive = 3
    target: Literal["one", "some", "all"] = "one"
    count: Annotated[int, Field(ge=1, le=3)] = 1
    every: Positive = 1
    priority: Positive = 1
    phases: list[Positive] = Field(default_factory=list)
    most: Positive | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.effect is not None and self.effect not in EFFECTS:
            raise ValueError(f"there is no effect {self.effect!r}")
        if self.effect is None and self.kind in {"dot", "debuff", "transformation"}:
            raise ValueError(f"a {self.kind} needs an effect")
        return self


class Phase(Part):
    """From when a foe is down to ``below`` percent of its health: ``damage`` percent of what it
    deals, ``taken`` percent of what it takes."""

    name: str = ""
    below: PercentOf = 100
    damage: Natural = 100
    taken: Natural = 100


class Foe(Part):
    """Who is fought.

    A plain hit is ``attack``, with the damage of a hand if it has a ``blow`` (it plays as well as
    its ``wits``, 1 to 10), give or take ``spread``; ``percent`` scales all that it deals.
    ``plain`` is how likely a plain hit is beside its abilities, on the scale of their priorities.
    """

    code: str
    name: str
    level: Positive = 1
    health: Positive
    attack: Natural = 0
    spread: Natural = 0
    percent: Positive = 100
    blow: Blow | None = None
    wits: Positive = 1
    plain: Natural = 1
    phases: list[Phase] = Field(default_factory=lambda: [Phase()], min_length=1)
    abilities: list[Ability] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        below = [phase.below for phase in self.phases]
        if below[0] != 100 or below != sorted(set(below), reverse=True):
            raise ValueError("phases begin at 100 percent, and each is below the one before")
        codes = [ability.code for ability in self.abilities]
        if len(set(codes)) != len(codes):
            raise ValueError("two abilities have one code")
        return self


class Step(Part):
    """What a gauge does from ``at`` on: fewer ``cards``, ``damage`` at the end of each round,
    percents of what the member deals (``attack``) and of what it takes (``harm``)."""

    at: int
    cards: Annotated[int, Field(ge=-5, le=0)] = 0
    damage: Natural = 0
    attack: Natural = 100
    harm: Natural = 100


class Gauge(Part):
    """Something that a fight does to each member beside its wounds: cold, gold, air, guilt.

    It begins at ``start``, stays within ``low`` and ``high``, and moves by ``each_round`` and by
    ``each_hit`` that the member takes; ``items`` of these codes move it, too. The last of its
    ``steps`` that is reached holds; a ``falling`` gauge reaches them downwards. At its end a
    ``deadly`` one fells the member.
    """

    code: str
    name: str
    low: int = 0
    high: int = 10
    start: int = 0
    each_round: int = 0
    each_hit: int = 0
    falling: bool = False
    deadly: bool = False
    steps: list[Step] = Field(default_factory=list)
    items: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _begins_within(self) -> Self:
        if not self.low <= self.start <= self.high or self.low == self.high:
            raise ValueError("a gauge begins within its bounds")
        return self

    def clamped(self, value: int) -> int:
        """``value`` within the bounds."""
        return max(self.low, min(self.high, value))

    def step(self, value: int) -> Step:
        """What holds at ``value``; nothing in particular before the first step."""
        sign = -1 if self.falling else 1
        reached = [step for step in self.steps if sign * step.at <= sign * value]
        return max(reached, key=lambda step: sign * step.at, default=Step(at=value))

    def at_its_end(self, value: int) -> bool:
        """Whether it can go no further."""
        return value == (self.low if self.falling else self.high)


class Flee(Part):
    """Getting away: ``percent`` in the first round, ``fall`` less in each later one, and no more
    after round ``until``."""

    percent: PercentOf = 70
    fall: Natural = 10
    until: Positive | None = 3


class Setup(Part):
    """A whole fight.

    Who is late does what ``late`` says. ``special`` is every how many rounds a blow of half as much
    again may be struck, ``items`` how many each member may use. From round ``enrage`` on the damage
    of the foe doubles with every round. After ``rounds`` it is over: by whose share of health is
    greater (``share``), lost (``defeat``) or undecided (``draw``).
    """

    members: Annotated[list[Member], Field(min_length=1, max_length=MOST_MEMBERS)]
    foe: Foe
    blow: Blow
    gauges: list[Gauge] = Field(default_factory=list)
    flee: Flee = Field(default_factory=Flee)
    late: Literal["attack", "defend"] = "attack"
    special: Positive | None = None
    items: Natural = 3
    enrage: Positive | None = None
    rounds: Positive = 50
    at_end: Literal["share", "defeat", "draw"] = "share"

    def stored(self) -> dict[str, Any]:
        """As the terms of a game hold it."""
        return self.model_dump(mode="json", by_alias=True)
