"""Every sort of mistake is named with its file, line, entry and field."""

import os
import re
import time
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
        *(
            ("items", "value: 50", f"value: {written}", f"items.yaml:9: {expected}")
            for written, expected in {
                "0700": "'0700' is read to the base of eight",
                "1:30": "'1:30' is read to the base of sixty",
                "-1:30.5": "'-1:30.5' is read to the base of sixty",
                "9" * 5000: f"'{'9' * 40}...' is no number",
                "!!int fifty": "'fifty' is no number",
                "!!float x": "'x' is no number",
                "!!bool maybe": "'maybe' is no yes or no",
                "!!timestamp soon": "'soon' is no date",
                "2026-13-01": "'2026-13-01' is no date",
                "!!python/object:os.system {}": "!!python/object:os.system is no content",
                "!ours 5": "!ours is no content",
                "!!binary aGk=": "!!binary is no content",
                "!!set {a, b}": "!!set is no content",
                "!!map [1]": "!!map does not fit",
                "!!seq {a: 1}": "!!seq does not fit",
                "!!str {a: 1}": "!!str does not fit",
                '"\\e[2J"': r"'\x1b[2J' has a control character",
                '"\\0"': r"'\x00' has a control character",
                "{<<: 7}": "<<: only fields can be merged",
                "{<<: [1]}": "<<: only fields can be merged",
                "{<<: *thing, <<: *thing}": "<<: the field is given twice",
                "&v {<<: *v}": "the value contains itself",
                "{a: 1, a: 2}": "a: the field is given twice",
            }.items()
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


def bomb(first: str, line: str) -> str:
    """Anchors of which each unfolds to ten times the one before."""
    lines = [f"x-0: &a0 {first}"]
    lines += [f"x-{n}: &a{n} {line}".replace("*", f"*a{n - 1}") for n in range(1, 20)]
    return "\n".join([*lines, "items: []"])


@pytest.mark.parametrize(
    "text",
    [
        bomb("[1]", "[" + ",".join("*" * 10) + "]"),
        bomb("{a: 1}", "{<<: [" + ",".join("*" * 10) + "]}"),
        bomb("{a: 1}", "{" + ",".join(f"{name}: *" for name in "abcdefghij") + "}"),
    ],
    ids=["lists", "merges", "fields"],
)
def test_what_unfolds_without_an_end_is_refused_at_once(tmp_path: Path, text: str) -> None:
    write_world(tmp_path)
    (tmp_path / "items.yaml").write_text(text)
    before = time.process_time()
    (message,) = [m for m in messages(tmp_path) if m.startswith("items.yaml")]
    assert time.process_time() - before < 1
    assert re.fullmatch(
        r"items\.yaml:[67]: with the aliases written out, the file has [\d,]+ values", message
    )


def test_what_many_entries_share_is_not_taken_for_such(tmp_path: Path) -> None:
    world = write_world(tmp_path)
    path = world / "items.yaml"
    entries = [f"  - {{itemId: o-{n}, <<: *thing, name: O, value: 10}}" for n in range(3000)]
    path.write_text("\n".join([path.read_text().rstrip(), *entries, ""]))
    assert messages(world) == []


def made(path: Path, what: str) -> None:
    path.unlink()
    match what:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to(path if what == "itself" else what)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("folder", "a folder, not a file"),
        ("pipe", "no file that has a beginning and an end"),
        ("/dev/zero", "no file that has a beginning and an end"),
        ("/nowhere/items.yaml", "a link to /nowhere/items.yaml, where nothing is"),
        ("itself", "where nothing is"),
    ],
)
def test_what_only_has_the_name_of_a_file_is_a_problem(
    tmp_path: Path, what: str, expected: str
) -> None:
    write_world(tmp_path)
    made(tmp_path / "items.yaml", what)
    assert re.match(rf"items\.yaml: .*{expected}", messages(tmp_path)[0])


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    write_world(tmp_path)
    with (tmp_path / "items.yaml").open("wb") as file:
        file.truncate(2**40)
    assert messages(tmp_path)[0].startswith("items.yaml: 1,099,511,627,776 bytes are too many")


def test_a_file_in_the_place_of_the_folder_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "seeds"
    path.touch()
    assert messages(path) == [f"{path}: a file, not a folder"]


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-16", "items.yaml:1: the text is UTF-16; a seed file is UTF-8"),
        ("utf-32", "items.yaml:1: the text is UTF-32; a seed file is UTF-8"),
        ("latin-1", "items.yaml:8: not UTF-8: invalid continuation byte"),
    ],
)
def test_another_encoding_is_named_with_its_line(
    tmp_path: Path, encoding: str, expected: str
) -> None:
    world = write_world(tmp_path, items=("name: Badge", "name: B\xe4dge"))
    path = world / "items.yaml"
    path.write_bytes(path.read_text("utf-8").encode(encoding))
    assert messages(world)[0].startswith(expected)


def test_a_byte_order_mark_and_ends_of_lines_of_windows_change_nothing(tmp_path: Path) -> None:
    path = write_world(tmp_path) / "items.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert messages(tmp_path) == []


def test_mistakes_of_one_line_are_sorted_whether_they_have_a_field_or_not(tmp_path: Path) -> None:
    world = write_world(tmp_path, items=("value: 50", "value: {1: a, b: 1, b: 2, 2: c}"))
    assert messages(world) == [
        "items.yaml:9: a field name is not text",
        "items.yaml:9: b: the field is given twice",
    ]


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
