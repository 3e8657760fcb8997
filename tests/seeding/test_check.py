"""Every sort of mistake is named with its file, line, entry and field."""

from pathlib import Path

import pytest

from desperados.seeding import check
from tests.seeding.small_world import write_world


def messages(directory: Path) -> list[str]:
    return [str(problem) for problem in check(directory)]


def test_the_small_world_is_in_order(tmp_path: Path) -> None:
    assert messages(write_world(tmp_path)) == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "expected"),
    [
        # YAML
        (
            "items",
            "name: Ore, value: 10}",
            "name: Ore, value: 10",
            "items.yaml:5: not YAML: ",
        ),
        ("items", "items:", "things:", "items.yaml:3: unknown key 'things'"),
        ("items", "items:", "items: none\nx-rest:", "items.yaml:3: the list 'items' is missing"),
        (
            "items",
            "    value: 50",
            "    value: 50\n    value: 60",
            "items.yaml:10: value: the field is given twice",
        ),
        ("items", "    value: 50", "    yes: 50", "items.yaml:9: a field name is not text"),
        ("items", "itemId: badge", "id: badge", "items.yaml:6: entry 3 has no itemId"),
        ("items", "itemId: badge", "itemId: 7", "items.yaml:6: entry 3 has no itemId"),
        ("items", "itemId: badge", "itemId: ore", "items.yaml:6: ore: the same key as in line 4"),
        # Fields
        (
            "items",
            "    value: 50",
            "    value: fifty",
            "items.yaml:9: badge: value: a whole number is needed",
        ),
        (
            "items",
            "    value: 50",
            "    value: 50.5",
            "items.yaml:9: badge: value: a whole number is needed",
        ),
        ("items", "inShop: false", "inshop: false", "items.yaml:10: badge: inshop: there is no"),
        (
            "items",
            "inShop: false",
            'inShop: "no"',
            "items.yaml:10: badge: inShop: input should be a valid boolean",
        ),
        ("items", "    name: Badge\n", "", "items.yaml:6: badge: name: the field is missing"),
        (
            "items",
            "tags: [curios]",
            "tags: [curious]",
            "items.yaml:1: badge: tags[0]: input should be 'weapons', 'ammunition'",
        ),
        (
            "achievements",
            "tier: bronze",
            "tier: tin",
            "achievements.yaml:5: first: tier: input should be 'bronze', 'silver', 'gold' or",
        ),
        (
            "quests",
            "rewards: {xp: 5, gold: 5, items: [bar]",
            "rewards: {xp: 5, golds: 5, items: [bar]",
            "quests.yaml:9: hello: rewards.golds: there is no such field",
        ),
        (
            "recipes",
            "{itemId: ore, quantity: 2}",
            "{itemId: ore, quantity: many}",
            "recipes.yaml:10: smelt: materials[0].quantity: a whole number is needed",
        ),
        (
            "regions",
            "dangerRange: {min: 1, max: 3}",
            "dangerRange: {min: 4, max: 3}",
            "regions.yaml:6: town: dangerRange: min is above max",
        ),
        (
            "npcs",
            "kind: social\n    locationId",
            "kind: combat\n    locationId",
            "npcs.yaml:2: molly: a combat NPC needs level, hp, difficulty, loot and respawnMinutes",
        ),
        (
            "items",
            "inShop: false",
            "stats: {founded: 1885-06-01}",
            "items.yaml:10: badge: stats: the database cannot hold this value",
        ),
        (
            "items",
            "inShop: false",
            "stats: {1: one}",
            "items.yaml:10: a field name is not text",
        ),
        (
            "items",
            "inShop: false",
            "stats: &self {again: *self}",
            "items.yaml:10: the value contains itself",
        ),
        (
            "items",
            "inShop: false",
            f"stats: {'[' * 99}{']' * 99}",
            "items.yaml:10: the value is nested more than 50 deep",
        ),
        # References
        (
            "regions",
            "continentId: sangre",
            "continentId: sagre",
            "regions.yaml:4: town: continentId: no entry 'sagre' in continents",
        ),
        (
            "achievements",
            "items: [badge]",
            "items: [medal]",
            "achievements.yaml:8: first: rewards.items[0]: no entry 'medal' in items",
        ),
        (
            "npcs",
            "locationId: saloon",
            "locationId: salon",
            "npcs.yaml:6: molly: locationId: no entry 'salon' in locations",
        ),
        (
            "locations",
            "targetId: kaiowa-mesa",
            "targetId: kaiowa",
            "locations.yaml:13: the-frontera: connections[0].targetId: no entry 'kaiowa'",
        ),
        (
            "locations",
            "type: saloon",
            "type: salon",
            "locations.yaml:22: saloon: type: no entry 'salon' in location_types",
        ),
        (
            "recipes",
            "skillRequired: blacksmithing",
            "skillRequired: smithing",
            "recipes.yaml:4: smelt: skillRequired: no entry 'smithing' in skills",
        ),
        (
            "quests",
            '"npc:molly"',
            '"npc:moly"',
            "quests.yaml:8: hello: objectives[0].target: no entry 'moly' in npcs",
        ),
        (
            "quests",
            '"npc:molly"',
            "molly",
            "quests.yaml:8: hello: objectives[0].target: 'molly' is none of any, location:..., ",
        ),
        # The world as a whole
        (
            "quests",
            "prerequisites: []",
            "prerequisites: [again]",
            "quests.yaml:18: again: prerequisites: waits for itself: again -> hello -> again",
        ),
        (
            "quests",
            '{type: talk, target: "npc:molly"',
            '{type: visit, target: "npc:molly"',
            "quests.yaml:8: hello: objectives[0].target: an objective to visit needs a target of "
            "kind location",
        ),
        (
            "quests",
            "type: dollars",
            "type: dollar",
            "quests.yaml:16: again: objectives[0].type: no such type of objective",
        ),
        (
            "items",
            "inShop: false",
            "sellPrice: 35",
            "items.yaml:10: badge: sellPrice: sold for up to 35, bought from 35 on",
        ),
        (
            "items",
            "inShop: false",
            "maxStack: 20",
            "items.yaml:10: badge: maxStack: a stackable item stacks to 2 or more, any other to 1",
        ),
        (
            "recipes",
            "itemId: ore, quantity: 2",
            "itemId: ore, quantity: 1",
            "recipes.yaml:11: smelt: output: the output brings up to 12, more than 90% of the 7 "
            "that its materials cost",
        ),
        (
            "shops",
            "itemIds: [ore, bar]",
            "itemIds: [ore, badge]",
            "shops.yaml:6: counter: itemIds[1]: badge is not for shops",
        ),
        (
            "locations",
            "[{targetId: kaiowa-mesa, energyCost: 15}]",
            "[]",
            "locations.yaml:14: kaiowa-mesa: no way leads here from red-gulch",
        ),
        (
            "npcs",
            "endHour: 8, activity",
            "endHour: 7, activity",
            "npcs.yaml:7: molly: schedule: the entries do not cover each hour of the day once",
        ),
        (
            "npcs",
            "    relations: [{npcId: molly, type: friend",
            "    relations: [{npcId: molly, type: enemy",
            "npcs.yaml:10: molly: relations[0].npcId: tom has no friend in return",
        ),
        (
            "merchants",
            "untilDay: 1, untilHour: 8}",
            "untilDay: 1, untilHour: 9}",
            "merchants.yaml:9: tom: route[0]: arrives here before leaving the stop before",
        ),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, kind: str, old: str, new: str, expected: str) -> None:
    found = messages(write_world(tmp_path, **{kind: (old, new)}))
    assert any(message.startswith(expected) for message in found), found


def test_a_reference_is_reported_once_and_not_as_a_malformed_id(tmp_path: Path) -> None:
    world = write_world(tmp_path, npcs=("locationId: saloon", "locationId: salon"))
    assert messages(world) == ["npcs.yaml:6: molly: locationId: no entry 'salon' in locations"]


def test_all_mistakes_of_all_files_are_listed_in_order(tmp_path: Path) -> None:
    world = write_world(
        tmp_path,
        items=("value: 50", "value: much"),
        zones=("theme: law", "them: law"),
        regions=("category: territory", "category: nowhere"),
    )
    places = [str(problem).split(": ")[0] for problem in check(world)]
    assert places == ["items.yaml:9", "regions.yaml:5", "zones.yaml:2", "zones.yaml:7"]


def test_a_folder_that_is_missing_or_empty_is_a_problem(tmp_path: Path) -> None:
    assert "there is no such folder" in messages(tmp_path / "nowhere")[0]
    assert "the folder holds no seed files" in messages(tmp_path)[0]


def test_a_file_that_no_kind_has_is_a_problem(tmp_path: Path) -> None:
    write_world(tmp_path)
    (tmp_path / "itmes.yaml").write_text("items: []")
    assert messages(tmp_path)[0].startswith("itmes.yaml:1: no kind has this file name; known: ")


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    write_world(tmp_path)
    (tmp_path / "items.yaml").write_bytes(b"items: [\xff]")
    assert any(m.startswith("items.yaml:1: not UTF-8") for m in messages(tmp_path))


@pytest.mark.parametrize("text", ["", "- a", "items: [[1]]", "items: ['ore']", "42", "a: &a [*a]"])
def test_a_file_of_another_shape_is_a_problem(tmp_path: Path, text: str) -> None:
    write_world(tmp_path)
    (tmp_path / "items.yaml").write_text(text)
    assert any(m.startswith("items.yaml:1: ") for m in messages(tmp_path))


def test_a_missing_starting_place_is_a_problem(tmp_path: Path) -> None:
    world = write_world(tmp_path, locations=("locationId: kaiowa-mesa", "locationId: mesa"))
    path = world / "locations.yaml"
    path.write_text(path.read_text().replace("targetId: kaiowa-mesa", "targetId: mesa"))
    assert messages(world) == [
        "locations.yaml:1: kaiowa-mesa: missing: characters of nahi_coalition start here"
    ]
