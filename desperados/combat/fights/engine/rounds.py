"""The order of a round, from the blows of the members to the next hand."""

from __future__ import annotations

from desperados.combat.fights.engine import effects, ours, theirs
from desperados.combat.fights.engine.cards import drawn
from desperados.combat.fights.engine.fray import Fray, lose
from desperados.combat.fights.engine.setup import LEAST_CARDS, MOST_CARDS


def play_round(fray: Fray) -> None:
    """Members, minions, what lasts, phases, the one action of the foe; then the next hand, if
    there is to be one. The foe falls as soon as it has no health left, and does nothing more."""
    battle = fray.battle
    fray.tell("round", round=battle["round"])
    ours.act(fray)
    if battle["foe"]["health"] > 0:
        theirs.minions_strike(fray)
        _let_pass(fray)
    if battle["foe"]["health"] > 0 and fray.standing():
        theirs.enter_phases(fray)
        theirs.act(fray)
        fray.fell()
    battle["round"] += 1
    if battle["foe"]["health"] > 0:
        deal(fray)


def deal(fray: Fray) -> None:
    """The hands of the next round, of a fresh deck for each member."""
    for seat in fray.standing():
        member = fray.battle["members"][seat]
        count = fray.setup.members[seat].cards + member["extra"] + effects.cards(member["effects"])
        count += sum(gauge.step(value).cards for gauge, value in fray.gauges(member))
        hand = drawn(fray.luck, (), max(LEAST_CARDS, min(MOST_CARDS, count)))
        member["hand"], member["seen"] = hand, list(hand)
        member["peeked"], member["held"], member["choice"] = None, None, None
        member["guards"], member["extra"] = False, 0


def _let_pass(fray: Fray) -> None:
    """What lasts ticks, on who still stands: effects, hazards, gauges."""
    battle = fray.battle
    for fighter in (battle["foe"], *battle["minions"]):
        lose(fighter, effects.loss(fighter["effects"]))
        fighter["effects"] = effects.ticked(fighter["effects"])
    battle["minions"] = [minion for minion in battle["minions"] if minion["health"] > 0]
    for seat in fray.standing():
        member = battle["members"][seat]
        lost = effects.loss(member["effects"])
        member["effects"] = effects.ticked(member["effects"])
        lost += sum(hazard["damage"] for hazard in battle["hazards"])
        for gauge, value in fray.gauges(member):
            now = gauge.clamped(value + gauge.each_round)
            member["gauges"][gauge.code] = now
            lost += gauge.step(now).damage
        if lost:
            fray.tell("lasting", seat=seat, damage=fray.hurt(seat, lost))
    for hazard in battle["hazards"]:
        hazard["rounds"] -= 1
    battle["hazards"] = [hazard for hazard in battle["hazards"] if hazard["rounds"] > 0]
    fray.fell()
