"""What duelists can do beside playing their cards: read each other, hide, and cheat. Pure.

They are paid for with nerve, and rest for some deals afterwards. Whoever reads sees up to two cards
of the other hand, or nothing; what it sees looks the same whether it is true or not, and whether it
failed or was kept out. Nobody is told what was tried on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from desperados.combat.duels.game import rounds
from desperados.combat.duels.game.betting import is_whole
from desperados.combat.duels.game.table import BETTING, CODES, HAND, SELECTION, Side, Table, other
from desperados.deck.cards import RANKS, card_of
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove

CONTEST = 100  # both sides throw so many, and add one and a half times their skill
SKILL_PERCENT = 150
CLEARLY = 15  # by so much a reading shows two cards
CAUGHT, LEAST_CAUGHT, MOST_CAUGHT = 15, 5, 60  # percent
STONE_DEALS = 2

Act = Callable[[Table, int, Mapping[str, Any], Draws], None]


@dataclass(frozen=True, slots=True)
class Ability:
    """What it costs, after how many deals it can be used again, in which phase it is used, and
    which instinct it takes."""

    nerve: int
    rests: int
    phase: str
    instinct: int
    act: Act


def names(table: Table, seat: int) -> list[str]:
    """Which abilities a side can use now."""
    side = table.sides[seat]
    return [
        name
        for name, ability in ABILITIES.items()
        if table.phase == ability.phase
        and side.nerve >= ability.nerve
        and side.instinct >= ability.instinct
        and table.deal >= side.again.get(name, 0)
    ]


def use(table: Table, seat: int, name: str, about: Mapping[str, Any], draws: Draws) -> None:
    """Use one of ``names``.

    Raises:
        IllegalMove: it takes a card of the hand, or a rank, that was not named or is not there.
    """
    ability, side = ABILITIES[name], table.sides[seat]
    ability.act(table, seat, about, draws)
    side.nerve -= ability.nerve
    side.again[name] = table.deal + ability.rests


def accuse(table: Table, seat: int, draws: Draws) -> None:
    """Say that the other side has palmed a card in this deal: if so it has lost the duel, else the
    accuser loses the deal."""
    side = table.sides[seat]
    side.accused = True
    if table.sides[other(seat)].palmed:
        table.end(seat, "cheating")
    else:
        rounds.win(table, other(seat), "accusation", draws)


def caught_percent(sleight: int, watching: int) -> int:
    """How likely whoever palms a card is caught in the act, by the instinct of the other."""
    return max(LEAST_CAUGHT, min(MOST_CAUGHT, CAUGHT + watching - sleight))


def _read(table: Table, seat: int, _about: Mapping[str, Any], draws: Draws) -> None:
    reader, read = table.sides[seat], table.sides[other(seat)]
    ahead = _throw(reader.instinct, draws) - _throw(max(read.instinct, read.deception), draws)
    shown = 0 if ahead <= 0 or table.deal <= read.stone_until else 1 + (ahead > CLEARLY)
    cards = read.hand
    if shown and read.false_tell:
        read.false_tell = False
        cards = [code for code in CODES if code not in read.hand]
    reader.reads.append(draws.sample(cards, shown))


def _throw(skill: int, draws: Draws) -> int:
    return draws.randint(1, CONTEST) + skill * SKILL_PERCENT // 100


def _hide(table: Table, seat: int, _about: Mapping[str, Any], _draws: Draws) -> None:
    table.sides[seat].stone_until = table.deal + STONE_DEALS - 1


def _mislead(table: Table, seat: int, _about: Mapping[str, Any], _draws: Draws) -> None:
    table.sides[seat].false_tell = True


def _reroll(table: Table, seat: int, about: Mapping[str, Any], draws: Draws) -> None:
    side, place = table.sides[seat], _place(about)
    (card,) = side.draw(draws, 1)
    _exchange(side, place, card)


def _palm(table: Table, seat: int, about: Mapping[str, Any], draws: Draws) -> None:
    side, place = table.sides[seat], _place(about)
    wanted = about.get("rank")
    if not is_whole(wanted) or wanted not in RANKS:
        raise IllegalMove(path="rank")
    left = [code for code in CODES if card_of(code).rank == wanted and code not in side.seen]
    if not left:
        raise IllegalMove(path="rank")
    percent = caught_percent(side.sleight, table.sides[other(seat)].instinct)
    card = draws.choice(left)
    if draws.randint(1, 100) <= percent:
        side.palmed = True
        table.end(other(seat), "cheating")
        return
    side.seen.append(card)
    side.palmed = True
    _exchange(side, place, card)


def _exchange(side: Side, place: int, card: str) -> None:
    side.hand = [card if n == place else kept for n, kept in enumerate(side.hand)]


def _place(about: Mapping[str, Any]) -> int:
    """The one place of the hand that a move names."""
    places = about.get("cards")
    if not isinstance(places, list) or len(places) != 1 or not is_whole(places[0]):
        raise IllegalMove(path="cards")
    if not 0 <= places[0] < HAND:
        raise IllegalMove(path="cards")
    place: int = places[0]
    return place


ABILITIES: Mapping[str, Ability] = {
    "read_opponent": Ability(10, 2, BETTING, 35, _read),
    "stone_face": Ability(20, 4, SELECTION, 0, _hide),
    "false_tell": Ability(15, 2, SELECTION, 0, _mislead),
    "reroll": Ability(15, 2, SELECTION, 0, _reroll),
    "palm_card": Ability(40, 5, SELECTION, 0, _palm),
}
