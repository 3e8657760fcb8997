"""Requirements of stored documents: as of today, and in every shape that came before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.errors import CorruptValue
from desperados.play.requirements import Kind, Requirement, Window
from desperados.play.requirements.stored import (
    SUITS,
    item_requirements,
    quest_requirements,
    read_requirements,
)
from tests.play.requirements.situations import CASES


def test_what_is_stored_today_is_read_back() -> None:
    needs = [case.need for case in CASES]
    assert read_requirements([need.stored() for need in needs]) == needs


@pytest.mark.parametrize(
    ("stored", "needs"),
    [
        (None, []),
        ({}, []),
        ([], []),
        # Actions
        (
            {"level": 4, "skills": {"blacksmithing": 2, "cooking": 3}},
            [
                Requirement(Kind.LEVEL, value=4),
                Requirement(Kind.SKILL, "blacksmithing", 2),
                Requirement(Kind.SKILL, "cooking", 3),
            ],
        ),
        (
            {"level": 1, "crimeSkills": {"robbery": 8}, "hours": {"open": 21, "close": 7}},
            [
                Requirement(Kind.LEVEL, value=1),
                Requirement(Kind.CRIMINAL_SKILL, "robbery", 8),
                Requirement(Kind.HOURS, value=Window(21, 7)),
            ],
        ),
        (
            {"level": 5, "maxWanted": 0},
            [Requirement(Kind.LEVEL, value=5), Requirement(Kind.WANTED_MAX, value=0)],
        ),
        # Locations
        (
            {"minLevel": 20, "maxWanted": 1, "minCriminalRep": 25},
            [
                Requirement(Kind.LEVEL, value=20),
                Requirement(Kind.WANTED_MAX, value=1),
                Requirement(Kind.CRIMINAL_REPUTATION, value=25),
            ],
        ),
        (
            {"faction": "frontera", "gangMember": True},
            [Requirement(Kind.FACTION, "frontera"), Requirement(Kind.GANG_ROLE, "prospect")],
        ),
        ({"minLevel": None, "maxWanted": 5, "minCriminalRep": 0, "gangMember": False}, []),
        ({"skill": {"tracking": 10}}, [Requirement(Kind.SKILL, "tracking", 10)]),
        ({"secret": "echo_hermit"}, [Requirement(Kind.SECRET_KNOWN, "echo_hermit")]),
        # Zones and regions
        (
            {"level": 15, "standing": {"nahi_coalition": "neutral"}},
            [
                Requirement(Kind.LEVEL, value=15),
                Requirement(Kind.STANDING, "nahi_coalition", 0),
            ],
        ),
        # Encounters
        (
            {"items": [{"itemId": "tobacco", "quantity": 2}, {"itemId": "rope"}]},
            [Requirement(Kind.ITEM, "tobacco", 2), Requirement(Kind.ITEM, "rope", 1)],
        ),
        # Secrets
        (
            [
                {"kind": "faction_standing", "target": "frontera", "value": "honored"},
                {"kind": "quest_complete", "target": "four_hundred_head"},
                {"kind": "location_visit", "target": "dusty-trail", "value": 5},
                {"kind": "skill_level", "target": "tracking", "value": 8},
                {"kind": "item_owned", "target": "skeleton-key"},
                {"kind": "time", "open": 22, "close": 2},
                {"kind": "npc_trust", "target": "molly-quinn", "value": 75},
            ],
            [
                Requirement(Kind.STANDING, "frontera", 75),
                Requirement(Kind.QUEST_DONE, "four_hundred_head"),
                Requirement(Kind.VISITED, "dusty-trail", 5),
                Requirement(Kind.SKILL, "tracking", 8),
                Requirement(Kind.ITEM, "skeleton-key"),
                Requirement(Kind.HOURS, value=Window(22, 2)),
                Requirement(Kind.NPC_TRUST, "molly-quinn", 75),
            ],
        ),
        # Hours that mean always, and numbers as JavaScript stores them
        ({"hours": {"open": 0, "close": 24}}, []),
        ([{"kind": "time", "open": 7, "close": 7}], []),
        ({"level": 4.0}, [Requirement(Kind.LEVEL, value=4)]),
        (
            {"hours": {"open": 21.0, "close": 7.0}},
            [Requirement(Kind.HOURS, value=Window(21, 7))],
        ),
    ],
)
def test_each_former_shape_is_read(stored: Any, needs: list[Requirement]) -> None:
    assert read_requirements(stored) == needs
    again = [need.stored() for need in read_requirements(stored)]
    assert read_requirements(again) == needs


def test_the_skill_of_a_suit_is_that_of_its_group() -> None:
    for suit, group in SUITS.items():
        (need,) = read_requirements({"suitSkill": 35}, suit=suit)
        assert need == Requirement(Kind.POWER, group.value, 35)


@pytest.mark.parametrize(
    "stored",
    [
        5,
        "level 5",
        {"fame": 5},
        {"level": "five"},
        {"level": 4.5},
        {"level": -1},
        {"skills": 5},
        {"skills": {"tracking": None}},
        {"hours": {"open": 5}},
        {"items": [{"quantity": 1}]},
        {"items": 5},
        {"suitSkill": 5},
        ["level"],
        [{"kind": "fame"}],
        [{"kind": ["level"]}],
        [{"kind": "level"}],
        [{"kind": "time", "open": 5}],
        [{"kind": "level", "value": 5, "more": 1}],
    ],
)
def test_what_nobody_understands_is_refused_and_not_passed_over(stored: Any) -> None:
    with pytest.raises(CorruptValue):
        read_requirements(stored)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 105) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["level", "kind", "value", "target", "hours", "open", "close", "skills"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


@given(ANYTHING)
def test_whatever_is_stored_is_read_or_refused(stored: Any) -> None:
    try:
        needs = read_requirements(stored)
    except CorruptValue:
        return
    assert read_requirements([need.stored() for need in needs]) == needs


def test_quests_and_items_say_it_in_fields_of_their_own() -> None:
    quest = {"level": 7, "prerequisites": ["new_boots", "wide_country"]}
    assert quest_requirements(quest) == [
        Requirement(Kind.LEVEL, value=7),
        Requirement(Kind.QUEST_DONE, "new_boots"),
        Requirement(Kind.QUEST_DONE, "wide_country"),
    ]
    assert quest_requirements({}) == []
    assert item_requirements({"levelRequired": 12}) == [Requirement(Kind.LEVEL, value=12)]
    assert item_requirements({}) == item_requirements({"levelRequired": 0}) == []
