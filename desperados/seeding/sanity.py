"""Content that is valid entry by entry and still wrong as a whole.

Every function takes a world whose entries are valid and whose references lead somewhere, and names
what is off.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

from desperados.characters.rules import START_LOCATION
from desperados.economy.shops.pricing import HIGHEST_PAID, asking_price_of
from desperados.engine.manifest.content import Tagged
from desperados.play.requirements.rules import contradiction
from desperados.play.requirements.stored import read_requirements
from desperados.seeding.linking import places
from desperados.seeding.problems import Problem
from desperados.seeding.reading import Entry, World
from desperados.world.clock import HOURS_OF_WEEK

CRAFT_RETURN = 90
"""What crafted goods bring at most, in percent of what their materials cost."""

# Which targets an objective of each type may have.
_OBJECTIVES: Mapping[str, frozenset[str]] = {
    "visit": frozenset({"location"}),
    "talk": frozenset({"npc"}),
    "kill": frozenset({"npc"}),
    "collect": frozenset({"item"}),
    "deliver": frozenset({"item"}),
    "crime": frozenset({"action"}),
    "job": frozenset({"action"}),
    "craft": frozenset({"recipe", "any"}),
    "skill": frozenset({"skill"}),
    "dollars": frozenset({"any"}),
    "level": frozenset({"any"}),
}

# What the other side of a relation between NPCs may be called.
_INVERSES: Mapping[str, frozenset[str]] = {
    "family": frozenset({"family"}),
    "spouse": frozenset({"spouse"}),
    "friend": frozenset({"friend"}),
    "rival": frozenset({"rival"}),
    "enemy": frozenset({"enemy"}),
    "lover": frozenset({"lover"}),
    "former_lover": frozenset({"former_lover"}),
    "business_partner": frozenset({"business_partner"}),
    "criminal_associate": frozenset({"criminal_associate"}),
    "employer": frozenset({"employee"}),
    "employee": frozenset({"employer"}),
    "mentor": frozenset({"student"}),
    "student": frozenset({"mentor"}),
    "debtor": frozenset({"creditor"}),
    "creditor": frozenset({"debtor"}),
    "protector": frozenset({"protected_by"}),
    "protected_by": frozenset({"protector"}),
    "informant": frozenset({"informant", "employer"}),
    "blackmailer": frozenset({"victim"}),
    "victim": frozenset({"blackmailer"}),
}


def oddities(world: World) -> Iterator[Problem]:
    """Everything that is wrong with a valid world."""
    for check in (
        unending_prerequisites,
        unending_secrets,
        impossible_requirements,
        mismatched_objectives,
        odd_items,
        goods_not_for_sale,
        endless_money,
        profitable_recipes,
        unreachable_places,
        broken_days,
        one_sided_relations,
        overlapping_stops,
        incomplete_deck,
        land_without_state,
    ):
        yield from check(world)


# Cycles


def unending_prerequisites(world: World) -> Iterator[Problem]:
    """Quests that wait for each other."""
    return _cycles(world["quests"], "prerequisites", lambda quest: quest["prerequisites"])


def unending_secrets(world: World) -> Iterator[Problem]:
    """Secrets that only open after each other."""

    def needed(secret: Mapping[str, Any]) -> list[str]:
        requirements = secret.get("discoveryRequirements", [])
        return [need["target"] for need in requirements if need["kind"] == "secret_known"]

    return _cycles(world["secrets"], "discoveryRequirements", needed)


def impossible_requirements(world: World) -> Iterator[Problem]:
    """Requirements of which each can be met, and never all at once."""
    for entries in world.values():
        for entry in entries.values():
            for link in entry.kind.links:
                if isinstance(link, Tagged) and link.path.endswith("[]"):
                    for path, listed in places(entry.data, link.path.removesuffix("[]")):
                        problem = contradiction(read_requirements(listed))
                        if problem is not None:
                            yield entry.problem(problem, *path)


def _cycles(
    entries: Mapping[str, Entry], field: str, needs: Callable[[Mapping[str, Any]], Iterable[str]]
) -> Iterator[Problem]:
    """One problem for each cycle, at the entry whose key comes first in it."""
    done: set[str] = set()
    for start in entries:
        way: list[str] = []
        # The stack holds what is still to be visited below each entry of the way.
        stack = [iter([start])]
        while stack:
            key = next(stack[-1], None)
            if key is None:
                stack.pop()
                if way:
                    done.add(way.pop())
            elif key in way:
                cycle = way[way.index(key) :]
                first = cycle.index(min(cycle))
                order = [*cycle[first:], *cycle[:first]]
                text = " -> ".join([*order, order[0]])
                yield entries[order[0]].problem(f"waits for itself: {text}", field)
            elif key not in done:
                way.append(key)
                stack.append(iter(needs(entries[key].data)))


# Quests and goods


def mismatched_objectives(world: World) -> Iterator[Problem]:
    """Objectives whose type and target do not belong together."""
    for quest in world["quests"].values():
        for position, objective in enumerate(quest.data["objectives"]):
            kind = objective["target"].partition(":")[0]
            at = ("objectives", position)
            if objective["type"] not in _OBJECTIVES:
                known = ", ".join(_OBJECTIVES)
                yield quest.problem(f"no such type of objective; known: {known}", *at, "type")
            elif kind not in _OBJECTIVES[objective["type"]]:
                allowed = " or ".join(sorted(_OBJECTIVES[objective["type"]]))
                message = f"an objective to {objective['type']} needs a target of kind {allowed}"
                yield quest.problem(message, *at, "target")
            elif objective["count"] < 1:
                yield quest.problem("at least 1", *at, "count")


def odd_items(world: World) -> Iterator[Problem]:
    """Items whose numbers contradict each other."""
    for item in world["items"].values():
        data = item.data
        stack = data.get("maxStack", 1)
        if data.get("stackable", False) != (stack > 1):
            yield item.problem("a stackable item stacks to 2 or more, any other to 1", "maxStack")
        if data.get("value", 0) < (0 if data.get("questItem") else 1):
            yield item.problem("at least 1, for everything has a price", "value")


def goods_not_for_sale(world: World) -> Iterator[Problem]:
    """Shops that offer what no shop may."""
    for shop in world["shops"].values():
        for position, key in enumerate(shop.data["itemIds"]):
            item = world["items"][key].data
            if item.get("questItem") or not item.get("inShop", True):
                yield shop.problem(f"{key} is not for shops", "itemIds", position)
            if key in shop.data["itemIds"][:position]:
                yield shop.problem(f"{key} is listed twice", "itemIds", position)


def endless_money(world: World) -> Iterator[Problem]:
    """Items that bring as much as they cost somewhere else."""
    for item in world["items"].values():
        sells, buys = _best_paid(item.data), _lowest_asked(item.data)
        if item.data.get("value", 0) and sells >= buys:
            yield item.problem(
                f"sold for up to {sells}, bought from {buys} on",
                "sellPrice" if "sellPrice" in item.data else "value",
            )


def profitable_recipes(world: World) -> Iterator[Problem]:
    """Recipes whose output brings too much of what the materials cost at their cheapest."""
    items = world["items"]
    for recipe in world["recipes"].values():
        output = recipe.data["output"]
        brings = _best_paid(items[output["itemId"]].data) * output["quantity"]
        costs = sum(
            _lowest_asked(items[part["itemId"]].data) * part["quantity"]
            for part in recipe.data["materials"]
        )
        if brings * 100 > costs * CRAFT_RETURN:
            yield recipe.problem(
                f"the output brings up to {brings}, more than {CRAFT_RETURN}% of the {costs} "
                "that its materials cost",
                "output",
            )


def _lowest_asked(item: Mapping[str, Any]) -> int:
    """What a piece costs where supply, demand, season, standing and mood all help the buyer."""
    return asking_price_of(item.get("value", 0), Fraction(0))


def _best_paid(item: Mapping[str, Any]) -> int:
    """What a shop pays for a piece where they all help the seller."""
    best: int = item.get("sellPrice", math.floor(item.get("value", 0) * HIGHEST_PAID))
    return best


# Places and people


def unreachable_places(world: World) -> Iterator[Problem]:
    """Places without a way from the first starting place; and starting places that are missing."""
    places = world["locations"]
    if not places:
        return
    start = next(iter(START_LOCATION.values()))
    for faction, key in START_LOCATION.items():
        if key not in places:
            first = next(iter(places.values()))
            yield Problem(
                first.kind.file, 1, key, None, f"missing: characters of {faction} start here"
            )
    reached: set[str] = set()
    waiting = [start] if start in places else []
    while waiting:
        key = waiting.pop()
        if key in reached:
            continue
        reached.add(key)
        data = places[key].data
        waiting += [road["targetId"] for road in data.get("connections", [])]
        waiting += data.get("buildings", [])
    for key, place in places.items():
        if start in places and key not in reached:
            yield place.problem(f"no way leads here from {start}")


def broken_days(world: World) -> Iterator[Problem]:
    """Schedules that leave an hour out or put two things into one."""
    for npc in world["npcs"].values():
        schedule = npc.data.get("schedule", [])
        hours: list[int] = []
        for position, entry in enumerate(schedule):
            begin, end = entry.get("hour"), entry.get("endHour")
            if not isinstance(begin, int) or not isinstance(end, int):
                yield npc.problem("hour and endHour are needed", "schedule", position)
                break
            hours += [hour % 24 for hour in range(begin, end if end > begin else end + 24)]
        else:
            if schedule and sorted(hours) != list(range(24)):
                yield npc.problem("the entries do not cover each hour of the day once", "schedule")


def one_sided_relations(world: World) -> Iterator[Problem]:
    """Relations that the other side does not know of."""
    npcs = world["npcs"]
    for key, npc in npcs.items():
        for position, relation in enumerate(npc.data.get("relations", [])):
            at = ("relations", position)
            inverse = _INVERSES.get(relation["type"])
            back = [
                other["type"]
                for other in npcs[relation["npcId"]].data.get("relations", [])
                if other["npcId"] == key
            ]
            if inverse is None:
                yield npc.problem(f"no such relation; known: {', '.join(_INVERSES)}", *at, "type")
            elif not inverse.intersection(back):
                expected = " or ".join(sorted(inverse))
                yield npc.problem(f"{relation['npcId']} has no {expected} in return", *at, "npcId")


def overlapping_stops(world: World) -> Iterator[Problem]:
    """Merchants who would be at two places at once."""
    for merchant in world["merchants"].values():
        spans = []
        for position, stop in enumerate(merchant.data["route"]):
            begin = (stop["fromDay"] - 1) * 24 + stop["fromHour"]
            end = (stop["untilDay"] - 1) * 24 + stop["untilHour"]
            spans.append((begin, end if end > begin else end + HOURS_OF_WEEK, position))
        spans.sort()
        first = spans[0]
        for (_, end, _), (begin, _, position) in pairwise(
            [*spans, (first[0] + HOURS_OF_WEEK, 0, first[2])]
        ):
            if begin < end:
                yield merchant.problem(
                    "arrives here before leaving the stop before", "route", position
                )


def incomplete_deck(world: World) -> Iterator[Problem]:
    """A plain deck that is not one card of each suit and rank."""
    cards = world["cards"]
    plain: dict[tuple[str, str], str] = {}
    for key, card in cards.items():
        face = (card.data["suit"], card.data["rank"])
        if card.data.get("isSpecial"):
            continue
        if face in plain:
            yield card.problem(f"the same card as {plain[face]}", "rank")
        plain.setdefault(face, key)
    if cards and len(plain) != 52:
        any_card = next(iter(cards.values()))
        yield Problem(
            any_card.kind.file, 1, None, None, f"a plain deck has 52 cards, not {len(plain)}"
        )


def land_without_state(world: World) -> Iterator[Problem]:
    """Zones of control without a territory."""
    for key, zone in world["territory_zones"].items():
        if key not in world["territories"]:
            yield zone.problem("no territory has this zone")
