"""What the foe and its minions do in a round, and in which phase it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desperados.combat.fights.engine import effects
from desperados.combat.fights.engine.cards import best_of, played_by, worth
from desperados.combat.fights.engine.fray import Fray, heal
from desperados.combat.fights.engine.setup import Ability
from desperados.combat.fights.engine.state import MOST_MINIONS, HazardState, MinionState

FOR_GOOD = 1_000  # rounds
MOST_HEALS = 3
MOST_TARGETS = 3
MINION_HEALTH, MINION_ATTACK = 50, 10
HEALING, HAZARD = 50, 10
AREA_PERCENT, DOT_PERCENT, ULTIMATE_PERCENT = 80, 50, 150


def minions_strike(fray: Fray) -> None:
    """Each minion hits one of those who stand."""
    for minion in fray.battle["minions"]:
        if standing := fray.standing():
            fray.hit(fray.luck.choice(standing), minion["attack"], minion["id"])
            fray.fell()


def enter_phases(fray: Fray) -> None:
    """Enter each phase that the foe is hurt enough for, one after the other, and none again."""
    foe, phases = fray.battle["foe"], fray.setup.foe.phases
    while foe["phase"] < len(phases):
        following = phases[foe["phase"]]
        if foe["health"] * 100 > following.below * foe["max_health"]:
            return
        foe["phase"] += 1
        fray.tell("phase", phase=foe["phase"], name=following.name)


def act(fray: Fray) -> None:
    """The one action of the foe: what it has announced, an ability, or a plain hit."""
    foe = fray.battle["foe"]
    if not effects.acts(foe["effects"]):
        fray.tell("stunned")
        return
    if foe["announced"] is not None:
        announced, foe["announced"] = foe["announced"], None
        ability = next(a for a in fray.setup.foe.abilities if a.code == announced)
        _carry_out(fray, ability)
        return
    chosen = _choose(fray)
    if chosen is None:
        _plain_hit(fray)
        return
    foe["ready"][chosen.code] = fray.battle["round"] + chosen.every
    foe["used"][chosen.code] = foe["used"].get(chosen.code, 0) + 1
    if chosen.kind == "ultimate":
        foe["announced"] = chosen.code
        fray.tell("announced", ability=chosen.code, name=chosen.name)
        _plain_hit(fray)
    else:
        _carry_out(fray, chosen)


def usable(fray: Fray) -> list[Ability]:
    """The abilities that the foe can use now."""
    foe, battle = fray.battle["foe"], fray.battle
    return [
        ability
        for ability in fray.setup.foe.abilities
        if (not ability.phases or foe["phase"] in ability.phases)
        and foe["ready"].get(ability.code, 0) <= battle["round"]
        and foe["used"].get(ability.code, 0) < _most(ability)
        and not (ability.kind == "summon" and len(battle["minions"]) >= MOST_MINIONS)
        and not (ability.kind == "heal" and foe["health"] == foe["max_health"])
    ]


def _most(ability: Ability) -> int:
    if ability.most is not None:
        return ability.most
    return {"heal": MOST_HEALS, "transformation": 1}.get(ability.kind, FOR_GOOD)


def _choose(fray: Fray) -> Ability | None:
    """One of the abilities, by their priorities; None for a plain hit."""
    options: list[Ability | None] = [*usable(fray), None]
    weights = [
        option.priority if option is not None else fray.setup.foe.plain for option in options
    ]
    if sum(weights) == 0:
        return None
    return fray.luck.choices(options, weights)[0]


def _carry_out(fray: Fray, ability: Ability) -> None:
    fray.tell("ability", ability=ability.code, name=ability.name)
    _KINDS[ability.kind](fray, ability)


def _force(fray: Fray, base: int) -> int:
    """What ``base`` damage of the foe comes to in its condition, before what protects."""
    foe, terms = fray.battle["foe"], fray.setup.foe
    if terms.spread:
        base = max(1, base + fray.luck.randint(-terms.spread, terms.spread))
    amount = base * terms.percent * fray.phase.damage // 10_000 * fray.fury
    return effects.damage(foe["effects"], amount)


def _plain_hit(fray: Fray) -> None:
    """Hit one of those who stand, as hard as the hand of the foe is good, if it plays one."""
    terms, amount = fray.setup.foe, fray.setup.foe.attack
    if not (standing := fray.standing()):
        return
    if terms.blow is not None:
        cards = played_by(terms.wits, fray.luck)
        amount += worth(terms.blow, cards) + fray.luck.randint(0, terms.blow.spread)
        fray.battle["foe"]["hand"] = cards
        fray.tell("foe_hand", cards=cards, strength=int(best_of(cards)[0]))
    fray.hit(fray.luck.choice(standing), _force(fray, amount), "foe")


def _targets(fray: Fray, ability: Ability) -> list[int]:
    standing = fray.standing()
    if ability.target == "all" or ability.kind == "area" or not standing:
        return standing
    count = fray.luck.randint(1, MOST_TARGETS) if ability.target == "some" else 1
    return sorted(fray.luck.sample(standing, min(count, len(standing))))


def _strike(fray: Fray, ability: Ability, percent: int) -> None:
    """Hit the targets with so many percent of the ability's damage, and its effect."""
    for seat in _targets(fray, ability):
        base = (ability.power or fray.setup.foe.attack) * percent // 100
        fray.hit(seat, _force(fray, base), "foe")
        _afflict(fray, seat, ability)


def _afflict(fray: Fray, seat: int, ability: Ability) -> None:
    if ability.effect is None:
        return
    member = fray.battle["members"][seat]
    power = ability.effect_power
    member["effects"] = effects.added(member["effects"], ability.effect, ability.rounds, power)
    fray.tell("effect", seat=seat, effect=ability.effect, rounds=ability.rounds)


def _damage(fray: Fray, ability: Ability) -> None:
    _strike(fray, ability, 100)


def _area(fray: Fray, ability: Ability) -> None:
    _strike(fray, ability, AREA_PERCENT)


def _dot(fray: Fray, ability: Ability) -> None:
    _strike(fray, ability, DOT_PERCENT)


def _ultimate(fray: Fray, ability: Ability) -> None:
    _strike(fray, ability, ULTIMATE_PERCENT)


def _debuff(fray: Fray, ability: Ability) -> None:
    for seat in _targets(fray, ability):
        _afflict(fray, seat, ability)


def _buff(fray: Fray, ability: Ability) -> None:
    _change(fray, ability.effect or "strong", ability.rounds)


def _transformation(fray: Fray, ability: Ability) -> None:
    assert ability.effect is not None, "Content was checked."
    _change(fray, ability.effect, FOR_GOOD)


def _change(fray: Fray, effect: str, rounds: int) -> None:
    foe = fray.battle["foe"]
    foe["effects"] = effects.added(foe["effects"], effect, rounds, 0)


def _summon(fray: Fray, ability: Ability) -> None:
    battle = fray.battle
    for _ in range(min(ability.count, MOST_MINIONS - len(battle["minions"]))):
        battle["summoned"] += 1
        health = 2 * ability.power or MINION_HEALTH
        battle["minions"].append(
            MinionState(
                id=f"minion-{battle['summoned']}",
                name=ability.name,
                health=health,
                max_health=health,
                effects=[],
                attack=ability.power // 3 or MINION_ATTACK,
            )
        )
    fray.tell("summoned", minions=len(battle["minions"]))


def _heal(fray: Fray, ability: Ability) -> None:
    fray.tell("healed", health=heal(fray.battle["foe"], ability.power or HEALING))


def _hazard(fray: Fray, ability: Ability) -> None:
    hazards = [hazard for hazard in fray.battle["hazards"] if hazard["name"] != ability.name]
    damage = ability.power or HAZARD
    again = HazardState(name=ability.name, damage=damage, rounds=ability.rounds)
    fray.battle["hazards"] = [*hazards, again]


_KINDS: Mapping[str, Callable[[Fray, Ability], None]] = {
    "damage": _damage,
    "area": _area,
    "dot": _dot,
    "debuff": _debuff,
    "buff": _buff,
    "summon": _summon,
    "heal": _heal,
    "hazard": _hazard,
    "ultimate": _ultimate,
    "transformation": _transformation,
}
