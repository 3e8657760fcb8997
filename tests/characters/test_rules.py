"""The rules of characters, for all inputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters import rules
from desperados.characters.documents import CharacterBackground
from desperados.characters.errors import InvalidName
from desperados.characters.rules import Category, Faction
from desperados.engine.errors import InvalidInput

ALL_SKILLS = [skill for skills in rules.SKILLS.values() for skill in skills]
levels = st.fixed_dictionaries({skill: st.integers(1, 114) for skill in ALL_SKILLS})


@given(st.text(max_size=30))
def test_a_name_that_is_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        name = rules.check_name(text)
    except InvalidName:
        return
    assert rules.check_name(name) == name
    assert 3 <= len(name) <= 20
    assert len(rules.fold_name(name)) >= 3


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{2,18}", fullmatch=True))
def test_names_that_look_alike_fold_to_the_same(name: str) -> None:
    folded = rules.fold_name(name)
    spaced = "  ".join(name)
    for variant in (
        name.upper(),
        f" {name} ",
        spaced,
        "-".join(name),
        f"{name[0]}\u0301{name[1:]}",
    ):
        assert rules.fold_name(variant) == folded


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Doc   Holliday ", "Doc Holliday"),
        ("O'Neil", "O'Neil"),
        ("José", "José"),
        ("Jose\u0301", "José"),
        ("Kid-77", "Kid-77"),
    ],
)
def test_good_names_are_tidied(given: str, kept: str) -> None:
    assert rules.check_name(given) == kept


@pytest.mark.parametrize(
    "name",
    ["", "ab", "x" * 21, "   ", "---", "a - b", "Admin", "S-y-s-tem", "D\u043ec Holliday",
     "\uff24\uff2f\uff23", "Doc\tHolliday", "Doc\nH", "Doc\u200bH", "<script>", ".*", "$gt",
     "a\u0301\u0301\u0301", "Doc\u00a0H", None, 7, {"$ne": None}, ["Doc"], True],
    ids=repr,
)  # fmt: skip
def test_bad_names_are_refused(name: object) -> None:
    with pytest.raises(InvalidName) as refusal:
        rules.check_name(name)
    assert refusal.value.facts == {"path": "name"}


def test_there_are_30_skills_in_four_categories() -> None:
    assert len(ALL_SKILLS) == len(set(ALL_SKILLS)) == 30
    assert [len(rules.SKILLS[category]) for category in Category] == [5, 8, 6, 11]


@pytest.mark.parametrize("background", CharacterBackground)
def test_everybody_starts_with_30_skills_of_which_two_are_trained(
    background: CharacterBackground,
) -> None:
    start = rules.starting_levels(background)
    assert set(start) == set(ALL_SKILLS)
    assert sorted(start.values()) == [1] * 28 + [3] * 2
    assert rules.HOME_FACTION[background] in rules.START_LOCATION


@given(st.sets(st.one_of(st.sampled_from(sorted(rules.SLOT_UNLOCKS)), st.text())))
def test_slots_are_2_to_5(unlocks: set[str]) -> None:
    assert 2 <= rules.slots(unlocks) <= 5
    assert rules.slots(unlocks) == 2 + len(unlocks & rules.SLOT_UNLOCKS)


@given(levels, st.integers(1, 138))
def test_health_has_its_bounds_and_grows_with_skill(skills: dict[str, int], combat: int) -> None:
    health = rules.max_health(skills, combat)
    assert 100 + 5 * combat + 5 <= health <= 100 + 5 * combat + 120
    better = {skill: level + 1 for skill, level in skills.items()}
    assert rules.max_health(better, combat) >= health


def test_health_at_the_corners_of_the_formula() -> None:
    def one(level: int) -> int:
        return rules.max_health({"melee_combat": level}, 0) - 100

    assert [one(n) for n in (0, 1, 10, 12, 25, 26, 29, 99)] == [0, 1, 10, 11, 17, 17, 18, 24]


@given(levels, st.sampled_from(Category), st.sampled_from(Faction))
def test_a_faction_strengthens_one_category_by_5(
    skills: dict[str, int], category: Category, faction: Faction
) -> None:
    plain = rules.power(category, skills, "no faction")
    favoured = rules.FACTION_BONUS[faction][0] is category
    assert rules.power(category, skills, faction) == plain + (5 if favoured else 0)


def test_unknown_backgrounds_and_factions_are_refused() -> None:
    for bad in ("lawman", "", {"$ne": None}, 7, ["drifter"]):
        with pytest.raises(InvalidInput):
            rules.check_background(bad)
        with pytest.raises(InvalidInput):
            rules.choose_faction(bad, CharacterBackground.DRIFTER)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Wild Bill", "WiId Bill"),
        ("Wild Bill", "Wi1d BiIl"),
        ("Wild Bill", "WíId-BiII"),
        ("Old Sam", "0ld Sam"),
        ("Ian Lee", "lan Lee"),
    ],
)
def test_names_that_look_the_same_are_found(name: str, other: str) -> None:
    assert rules.look(name) == rules.look(other)
    assert rules.fold_name(name) in rules.lookalikes(other)
    assert rules.fold_name(other) in rules.lookalikes(name)


@pytest.mark.parametrize(("name", "other"), [("Ian", "Lan"), ("Billy", "Bailly"), ("Ola", "ola")])
def test_names_that_look_another_way_are_not(name: str, other: str) -> None:
    assert rules.look(name) != rules.look(other)


@given(st.text(st.sampled_from("Il1O0ab -'"), min_size=3, max_size=20))
def test_a_name_is_among_its_lookalikes_which_are_bounded(name: str) -> None:
    forms = rules.lookalikes(name)
    assert rules.fold_name(name) in forms
    assert len(forms) == len(set(forms)) <= 729
