"""What a deed costs and what comes of it, as data: rules decide it, ``settle`` carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bson import ObjectId

from desperados.characters.condition import Occupation
from desperados.characters.effects import Effect
from desperados.characters.participant import Participant
from desperados.law.consequences import THE_LAW, LawBounty, Sentence
from desperados.law.documents import SentenceStatus
from desperados.ledger.items.movement import Line
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What kind of thing a command is: under which names the ledgers write what it costs and gives.

    ``name`` is what standing, law and the history give as the reason. Of dollars that come in by
    ``income``, those of ``ledger.money.sources.BOOSTABLE`` are multiplied.
    """

    name: str
    income: Source | None = None
    spending: Source = Source.SERVICE_FEE
    found: ItemSource = ItemSource.GATHERED
    used: ItemSource = ItemSource.USED


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What is taken before anything is given.

    ``energy`` is what it costs a beginner; ``energy_percent`` what weather and the like make of
    that, in percent. ``health`` leaves one point at least.
    """

    energy: int = 0
    energy_percent: int = 100
    health: int = 0
    dollars: int = 0
    items: tuple[Line, ...] = ()


class DefeatKind(StrEnum):
    """How a character came to fall. It decides what is lost (``play.fate``)."""

    COMBAT = "combat"
    ENVIRONMENT = "environmental"
    EXECUTION = "execution"
    DUEL = "duel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defeat:
    """A character fell. ``danger`` is that of what felled it, 0 to 100; ``opponent_level`` that of
    who did, where somebody did. ``lawful``: the law holds whom it has felled."""

    kind: DefeatKind
    danger: int = 0
    opponent_level: int | None = None
    lawful: bool = False
    killer: ObjectId | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Scar:
    """A wound that leaves a mark: what kind, where, and by whom."""

    type: str
    location: str
    source: str


@dataclass(frozen=True, slots=True)
class Bonus:
    """What the way in which a deed was done adds to what it earns: percents of the dollars and of
    the experience, under the name that the row of the ledger keeps."""

    name: str
    dollars: int = 0
    xp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What comes of a deed for one who took part. What is not named does not change.

    ``dollars`` are earned (the deed's ``income``), or lost, as far as there are any; what people
    win of each other are movements of their own. ``standing`` is points by faction, ``conduct``
    names of the conduct table (``renown.conduct_table``). ``wanted`` adds levels, or takes them; a
    ``fine`` is of ``law``, the faction whose law it is, and what of it is not paid becomes a
    bounty. Of a prisoner ``freed`` is how it comes free, and ``remission`` by how many minutes the
    sentence becomes shorter. ``place`` is where the character is afterwards. Health that comes to
    nothing is a defeat, by the environment if no other is given. ``bonuses`` count together with
    all else that multiplies; of dollars, where those are multiplied at all.
    """

    dollars: int = 0
    items: tuple[Line, ...] = ()
    xp: int = 0
    skill_xp: Mapping[str, int] = field(default_factory=dict)
    combat_xp: int = 0
    energy: int = 0
    health: int = 0
    standing: Mapping[str, int] = field(default_factory=dict)
    conduct: tuple[str, ...] = ()
    wanted: int = 0
    bounty: LawBounty | None = None
    jail: Sentence | None = None
    fine: int = 0
    law: str = THE_LAW
    freed: SentenceStatus | None = None
    remission: int = 0
    effects: tuple[Effect, ...] = ()
    scars: tuple[Scar, ...] = ()
    titles: tuple[str, ...] = ()
    place: ObjectId | None = None
    defeat: Defeat | None = None
    bonuses: tuple[Bonus, ...] = ()


NOTHING = Outcome()
FREE = Cost()


@dataclass(frozen=True, slots=True)
class Share:
    """What a deed costs and brings one who took part. ``begins`` takes the busy slot, ``ends``
    frees it."""

    who: Participant
    outcome: Outcome = NOTHING
    cost: Cost = FREE
    begins: Occupation | None = None
    ends: bool = False
