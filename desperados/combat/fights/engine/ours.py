"""What the members do in a round: those who flee first, then items and guards, then the blows."""

from __future__ import annotations

from typing import Any

from desperados.combat.fights.engine import effects
from desperados.combat.fights.engine.cards import best_of, drawn, exchanged, worth
from desperados.combat.fights.engine.fray import Fray, heal, lose
from desperados.combat.fights.engine.setup import Setup
from desperados.combat.fights.engine.state import Battle, Fighter, MemberState

SPECIAL_PERCENT = 150


def act(fray: Fray) -> None:
    """Carry out what the members have chosen, in the order of the seats."""
    chosen = {
        seat: choice
        for seat in fray.standing()
        if (choice := fray.battle["members"][seat]["choice"]) is not None
    }
    for moves, carry_out in (
        (("flee",), _flee),
        (("defend",), _guard),
        (("item",), _use),
        (("attack", "special"), _strike),
    ):
        for seat, choice in chosen.items():
            if choice["move"] in moves:
                carry_out(fray, seat, choice)


def flee_percent(battle: Battle, setup: Setup, seat: int) -> int:
    """How likely a member gets away now, in percent."""
    percent = setup.flee.percent - setup.flee.fall * (battle["round"] - 1)
    return max(0, min(100, percent + setup.members[seat].flee))


def _flee(fray: Fray, seat: int, _choice: dict[str, Any]) -> None:
    away = fray.luck.randint(1, 100) <= flee_percent(fray.battle, fray.setup, seat)
    if away:
        fray.battle["members"][seat]["out"] = "fled"
    fray.tell("fled" if away else "held", seat=seat)


def _guard(fray: Fray, seat: int, _choice: dict[str, Any]) -> None:
    member = fray.battle["members"][seat]
    member["guards"], member["extra"] = True, 1
    fray.tell("guard", seat=seat)


def _use(fray: Fray, seat: int, choice: dict[str, Any]) -> None:
    member = fray.battle["members"][seat]
    member["items"] -= 1
    healed = heal(member, choice["heal"])
    fray.tell("item", seat=seat, item=choice["item"], health=healed)
    for gauge, value in fray.gauges(member):
        moved = gauge.items.get(choice["item"], 0)
        member["gauges"][gauge.code] = gauge.clamped(value + moved)


def _strike(fray: Fray, seat: int, choice: dict[str, Any]) -> None:
    member, terms = fray.battle["members"][seat], fray.setup.members[seat]
    cards = final_hand(fray, member, choice["hold"])
    strength, best = best_of(cards)
    member["best"] = max(member["best"], strength)
    amount = worth(fray.setup.blow, cards, terms.percent, keen=terms.keen)
    amount += fray.luck.randint(0, fray.setup.blow.spread) + terms.attack
    critical = fray.luck.randint(1, 100) <= terms.critical
    for percent in (
        200 if critical else 100,
        SPECIAL_PERCENT if choice["move"] == "special" else 100,
        *(gauge.step(value).attack for gauge, value in fray.gauges(member)),
    ):
        amount = amount * percent // 100
    amount = effects.damage(member["effects"], amount)
    target, name = _target(fray, choice["target"])
    if name == "foe":
        amount = amount * fray.phase.taken // 100
    lost = lose(target, max(1, effects.suffered(target["effects"], amount)))
    member["dealt"] += lost
    fray.tell(
        "blow",
        seat=seat,
        cards=best,
        strength=int(strength),
        target=name,
        damage=lost,
        critical=critical,
    )
    fray.battle["minions"] = [m for m in fray.battle["minions"] if m["health"] > 0]


def final_hand(fray: Fray, member: MemberState, held: list[int]) -> list[str]:
    """The hand after the draw: what is held, the card that was peeked at, and others."""
    missing = len(member["hand"]) - len(held)
    peeked = [member["peeked"]] if member["peeked"] is not None and missing else []
    out = {*member["seen"], *peeked}
    return exchanged(member["hand"], held, [*peeked, *drawn(fray.luck, out, missing - len(peeked))])


def _target(fray: Fray, wanted: str | None) -> tuple[Fighter, str]:
    """A minion that still stands, else the foe."""
    for minion in fray.battle["minions"]:
        if minion["id"] == wanted:
            return minion, minion["id"]
    return fray.battle["foe"], "foe"
