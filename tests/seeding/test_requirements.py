"""Requirements in seed files: every target is there, and no one can be misunderstood."""

from __future__ import annotations

from pathlib import Path

import pytest

from desperados.engine.manifest.content import Tagged
from desperados.play.requirements.kinds import MEANINGS, Kind
from desperados.play.requirements.stored import read_requirements
from desperados.seeding import check
from desperados.seeding.kinds import BY_NAME, KINDS
from desperados.seeding.linking import places
from desperados.seeding.reading import read_world
from tests.seeding.small_world import write_world

SEEDS = Path(__file__).parents[2] / "seeds"


def problems(directory: Path, *requirements: str) -> list[str]:
    """What is said of an action with these requirements."""
    listed = f"tier: 1\n    requirements: [{', '.join(requirements)}]"
    return [str(problem) for problem in check(write_world(directory, actions=("tier: 1", listed)))]


def test_every_target_is_content_or_one_of_some_words() -> None:
    for kind, meaning in MEANINGS.items():
        known = meaning.target in BY_NAME
        assert known != (kind is Kind.EVENT or meaning.words is not None or meaning.target is None)


@pytest.mark.parametrize(
    "fitting",
    [
        "{kind: level, value: 5}",
        "{kind: skill, target: tracking, value: 5}",
        "{kind: power, target: cunning, value: 5}",
        "{kind: criminal_skill, target: robbery, value: 5}",
        "{kind: faction, target: frontera}",
        "{kind: standing, target: railroad_barons, value: honored}",
        "{kind: at, target: saloon}",
        "{kind: place_type, target: saloon}",
        "{kind: hours, value: {open: 22, close: 2}}",
        "{kind: period, target: night}",
        "{kind: season, target: winter}",
        "{kind: moon, target: full}",
        "{kind: item, target: ore}",
        "{kind: quest_done, target: hello}",
        "{kind: achievement, target: first}",
        "{kind: npc_trust, target: molly, value: 5}",
        "{kind: gang_role, target: officer}",
        "{kind: tally, target: combat_won, value: 5}",
    ],
)
def test_what_fits_is_in_order(tmp_path: Path, fitting: str) -> None:
    assert problems(tmp_path, fitting) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("{kind: fame, value: 5}", "[0].kind: input should be 'alive', "),
        ("{kind: [level], value: 5}", "[0].kind: input should be 'alive', "),
        ("{value: 5}", "[0].kind: the field is missing"),
        ("{kind: level}", "[0]: level needs a value"),
        ("{kind: level, value: 51}", "[0]: level: the value is a whole number from 1 to 50"),
        ("{kind: level, value: '5'}", "[0]: level: the value is a whole number from 1 to 50"),
        ("{kind: skill, value: 5}", "[0]: skill needs a target"),
        (
            "{kind: skill, target: whistling, value: 5}",
            "[0]: skill: no entry 'whistling' in skills",
        ),
        ("{kind: power, target: luck, value: 5}", "[0]: power: no entry 'luck' in skill groups"),
        ("{kind: item, target: oar}", "[0].target: no entry 'oar' in items"),
        ("{kind: quest_done, target: hallo}", "[0].target: no entry 'hallo' in quests"),
        ("{kind: npc_trust, target: moly, value: 5}", "[0].target: no entry 'moly' in npcs"),
        ("{kind: visited, target: salon}", "[0].target: no entry 'salon' in locations"),
        ("{kind: secret_known, target: love}", "[0].target: no entry 'love' in secrets"),
        ("{kind: holds_zone, target: mars}", "[0].target: no entry 'mars' in territory_zones"),
        ("{kind: gang_role, target: cook}", "[0]: gang_role: no entry 'cook' in roles of a gang"),
        ("{kind: weather, target: nice}", "[0]: weather: no entry 'nice' in kinds of weather"),
        ("{kind: moon, target: blue}", "[0]: moon: no entry 'blue' in moons"),
        ("{kind: period, target: tea}", "[0]: period: no entry 'tea' in periods"),
        ("{kind: tally, target: duels}", "[0]: tally: no entry 'duels' in counters"),
        ("{kind: faction, target: reds}", "[0]: faction: no entry 'reds' in factions"),
        ("{kind: place_type, target: bar}", "[0]: place_type: no entry 'bar' in types of"),
        ("{kind: event, target: A Rush}", "[0]: 'A Rush' is no name"),
        ("{kind: hours, value: {open: 7}}", "[0]: hours: the value has two fields"),
        ("{kind: hours, value: {open: 7, close: 25}}", "[0]: hours: open and close are whole"),
        ("{kind: hours, value: {open: 7, close: 7}}", "[0]: hours: open and close are the same"),
        ("{kind: level, value: 5, note: x}", "[0].note: there is no such field"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, wrong: str, expected: str) -> None:
    (problem,) = problems(tmp_path, wrong)
    assert problem.startswith(f"actions.yaml:10: sweep: requirements{expected}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (
            "{kind: hours, value: {open: 7, close: 9}}",
            "{kind: hours, value: {open: 9, close: 7}}",
            "no hour of the day fits",
        ),
        (
            "{kind: hours, value: {open: 7, close: 9}}",
            "{kind: period, target: night}",
            "no hour of the day fits",
        ),
        ("{kind: moon, target: new}", "{kind: moon, target: full}", "nobody has two at once: moon"),
    ],
)
def test_what_nobody_can_meet_at_once_is_named(
    tmp_path: Path, one: str, other: str, expected: str
) -> None:
    (problem,) = problems(tmp_path, one, other)
    assert problem.startswith(f"actions.yaml:10: sweep: requirements: {expected}")
    assert problems(tmp_path, one) == []
    assert problems(tmp_path, other) == []


def test_what_is_no_object_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, "level")
    assert "actions.yaml:10: sweep: requirements[0]: an object is needed" in found


def test_a_map_of_former_days_is_refused_in_a_file(tmp_path: Path) -> None:
    world = write_world(tmp_path, actions=("tier: 1", "tier: 1\n    requirements: {level: 5}"))
    (problem,) = map(str, check(world))
    assert problem.startswith("actions.yaml:10: sweep: requirements: input should be a valid list")


def test_all_content_that_has_requirements_has_them_proven() -> None:
    """Wherever the seeds say ``kind`` and ``target``, a link of the kind leads there."""
    world, _ = read_world(SEEDS)
    linked = {
        kind.name: [link.path for link in kind.links if isinstance(link, Tagged)] for kind in KINDS
    }
    assert set(filter(linked.get, linked)) == {
        "actions", "bosses", "regions", "zones", "locations", "secrets", "encounters",
        "hunters", "legends", "shooting_contests", "world_bosses",
    }  # fmt: skip
    counted = 0
    for entries in world.values():
        for entry in entries.values():
            proven = [
                value for path in linked[entry.kind.name] for _, value in places(entry.data, path)
            ]
            assert len(proven) == _requirements_in(entry.data)
            counted += len(proven)
            read_requirements(proven)
    assert counted > 100


def _requirements_in(value: object) -> int:
    """How many objects below ``value`` look like a requirement."""
    if isinstance(value, list):
        return sum(map(_requirements_in, value))
    if isinstance(value, dict):
        looks_like_one = value.get("kind") in list(MEANINGS) and set(value) <= {
            "kind", "target", "value",
        }  # fmt: skip
        return looks_like_one + sum(map(_requirements_in, value.values()))
    return 0
