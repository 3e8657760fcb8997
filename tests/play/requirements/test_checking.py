"""Each kind of requirement: where it is met and where not, what is told, and what it costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable
from desperados.characters.participant import load_participant
from desperados.engine.clock import FrozenClock
from desperados.engine.game import Game
from desperados.play.requirements import (
    Kind,
    Requirement,
    Situation,
    Window,
    check,
    load_situation,
    require,
    situation_of,
    unmet,
)
from desperados.play.requirements.errors import (
    ERRORS,
    CriminalReputationTooLow,
    CriminalSkillTooLow,
    LevelTooLow,
    MoralsTooLow,
    StandingTooLow,
)
from desperados.play.requirements.rules import CONDITIONS
from desperados.world.clock import moment_of
from tests.games import embedded
from tests.play.requirements.situations import (
    CASES,
    GANG,
    HERE,
    ME,
    Case,
    Stage,
    event,
    me,
    member,
    rows,
    there,
)

BY_KIND = {case.need.kind: case for case in CASES}
ALL = [case.need for case in CASES]


@pytest.fixture
def stage(game: Game, time: FrozenClock) -> Stage:
    def set_clock(moment: datetime) -> None:
        time.at = moment

    return Stage(game, set_clock)


def test_every_kind_has_a_case_an_error_or_is_a_condition() -> None:
    no_record = {Kind.CRIMINAL_SKILL, Kind.CRIMINAL_REPUTATION}
    assert set(BY_KIND) | set(CONDITIONS) | no_record == set(Kind)
    assert set(ERRORS) | set(CONDITIONS) == set(Kind)
    assert len(set(ERRORS.values())) == len(ERRORS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_kind_is_met_at_its_boundary_and_not_below(stage: Stage, case: Case) -> None:
    met = await load_situation(await stage.dress(case.met), [case.need])
    assert unmet(met, [case.need]) == []
    check(met, [case.need])

    situation = await load_situation(await stage.dress(case.not_met), [case.need])
    with pytest.raises(case.error) as raised:
        check(situation, [case.need])
    (missing,) = unmet(situation, [case.need])
    error: Any = raised.value
    assert type(error) is case.error is type(missing.error) is ERRORS[case.need.kind]
    assert error.message == missing.sentence == case.sentence
    assert error.facts == missing.error.facts
    assert error.facts | case.facts | {"requirement": case.need.kind.value} == error.facts
    if missing.ready_at is not None:
        assert error.facts["ready_at"] == missing.ready_at.isoformat()


@pytest.mark.parametrize("case", [c for c in CASES if "now" in c.met], ids=lambda case: case.id)
async def test_what_time_mends_is_met_when_it_says_and_not_before(
    stage: Stage, time: FrozenClock, case: Case
) -> None:
    character = await stage.dress(case.not_met)
    (missing,) = unmet(await load_situation(character, [case.need]), [case.need])
    assert missing.ready_at is not None
    time.at = missing.ready_at
    assert unmet(await load_situation(character, [case.need]), [case.need]) == []
    time.advance(seconds=-1)
    assert len(unmet(await load_situation(character, [case.need]), [case.need])) == 1


async def test_who_has_nothing_at_all_is_told_so_for_each_kind(stage: Stage) -> None:
    """No row of any kind is there, only the character itself."""
    character = await stage.dress({"now": moment_of(1885, 6, 1, 6)})
    situation = await load_situation(character, ALL)
    kinds = [missing.kind for missing in unmet(situation, ALL)]
    met = {Kind.FACTION, Kind.WANTED_MAX}
    assert kinds == [need.kind for need in ALL if need.kind not in met]
    sentences = [missing.sentence for missing in unmet(situation, ALL)]
    assert all(text.endswith(".") and "None" not in text for text in sentences)


async def test_all_kinds_together_are_one_round_trip(game: Game, stage: Stage) -> None:
    character = await stage.dress(*(case.met for case in CASES if "now" not in case.met))
    needs = [*ALL, *ALL]  # each source once, however often it is named
    stats = embedded(game).stats
    await load_situation(character, needs)  # the place is kept once it was read
    stats.reset()
    await load_situation(character, needs)
    assert stats.asked.total() == 1
    assert stats.full_scans == {}

    participant = await load_participant(character)
    for requirements, trips in ((needs, 1), ([Requirement(Kind.LEVEL, value=1)], 0), ([], 0)):
        stats.reset()
        await situation_of(participant, requirements)
        assert stats.asked.total() == trips


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_each_kind_alone_is_one_round_trip(game: Game, stage: Stage, case: Case) -> None:
    character = await stage.dress(case.met)
    await load_situation(character, [case.need])
    embedded(game).stats.reset()
    await load_situation(character, [case.need])
    assert embedded(game).stats.asked.total() == 1


@pytest.fixture
async def nobody(stage: Stage) -> Situation:
    return await load_situation(await stage.dress({"now": moment_of(1885, 6, 1, 6)}), ALL)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*ALL, Requirement(Kind.LEVEL, value=1), Requirement(Kind.FREE)])))
def test_check_raises_the_first_of_what_is_unmet_and_only_then(
    nobody: Situation, needs: list[Requirement]
) -> None:
    missing = unmet(nobody, needs)
    if not missing:
        check(nobody, needs)
        return
    with pytest.raises(type(missing[0].error)) as raised:
        check(nobody, needs)
    error: Any = raised.value
    assert error.facts == missing[0].error.facts
    alone = [need for need in needs if unmet(nobody, [need])]
    assert [one.kind for one in missing] == [need.kind for need in alone]


# What is particular to some


async def test_conditions_are_refused_as_the_actor_refuses_them(
    stage: Stage, time: FrozenClock
) -> None:
    until = time.at + (moment_of(1885, 6, 1, 6) - moment_of(1885, 6, 1, 0))
    jailed = await load_participant(await stage.dress(me(isInJail=True, jailedUntil=until)))
    await require(jailed, [Requirement(Kind.ALIVE)])
    with pytest.raises(CharacterUnavailable) as raised:
        await require(jailed, [Requirement(Kind.LEVEL, value=1), Requirement(Kind.FREE)])
    assert raised.value.facts["state"] == "jailed"
    situation = await situation_of(jailed, [])
    (missing,) = unmet(situation, [Requirement(Kind.IDLE)])
    assert (missing.have, missing.ready_at) == ("jailed", until)
    dead = await load_participant(await stage.dress(me(isDead=True)))
    with pytest.raises(CharacterUnavailable):
        await require(dead, [Requirement(Kind.ALIVE)])


async def test_standing_is_that_of_the_history_where_the_character_says_nothing(
    stage: Stage,
) -> None:
    need = Requirement(Kind.STANDING, "frontera", 10)
    written = {"characterId": ME, "factionId": "frontera", "reputation": 10}
    await require(
        await load_participant(await stage.dress(rows("reputationhistories", written))), [need]
    )
    cached = await load_participant(await stage.dress(me(standings={"frontera": 10})))
    embedded(stage.game).stats.reset()
    await situation_of(cached, [need])
    assert embedded(stage.game).stats.asked.total() <= 1  # its place, the first time
    await situation_of(cached, [need])
    assert embedded(stage.game).stats.asked.total() <= 1
    stale = await stage.dress(rows("reputationhistories", written), me(standings={"frontera": 9}))
    with pytest.raises(StandingTooLow):
        await require(await load_participant(stale), [need])


async def test_a_record_of_crimes_is_that_of_a_beginner(stage: Stage) -> None:
    nobody = await load_participant(await stage.dress())
    await require(nobody, [Requirement(Kind.CRIMINAL_SKILL, "robbery", 1)])
    with pytest.raises(CriminalSkillTooLow):
        await require(nobody, [Requirement(Kind.CRIMINAL_SKILL, "robbery", 2)])
    with pytest.raises(CriminalReputationTooLow):
        await require(nobody, [Requirement(Kind.CRIMINAL_REPUTATION, value=1)])


async def test_what_one_is_wanted_for_fades_and_a_disguise_hides_some_of_it(
    stage: Stage, time: FrozenClock
) -> None:
    need = [Requirement(Kind.WANTED_MAX, value=1)]
    wanted = me(wanted={"level": 3, "at": timedelta()})
    hunted = await load_participant(await stage.dress(wanted))
    (missing,) = unmet(await situation_of(hunted, need), need)
    assert (missing.have, missing.ready_at) == (3, time.at + timedelta(hours=48))
    time.at = missing.ready_at - timedelta(seconds=1)
    assert len(unmet(await load_situation(hunted.id, need), need)) == 1
    time.at = missing.ready_at
    await require(await load_participant(hunted.id), need)

    coat = {"name": "coat", "stats": {"disguise": 1}, "until": timedelta(days=9)}
    hidden = await load_participant(await stage.dress(wanted, me(effects=[coat])))
    (missing,) = unmet(await situation_of(hidden, need), need)
    assert (missing.have, missing.ready_at) == (2, time.at + timedelta(hours=24))


async def test_morals_fade(stage: Stage, time: FrozenClock) -> None:
    need = [Requirement(Kind.MORAL, value=20)]
    saint = {"characterId": ME, "moralReputation": 20, "moralAt": timedelta()}
    character = await stage.dress(rows("characterkarmas", saint))
    await require(await load_participant(character), need)
    time.advance(days=1)
    with pytest.raises(MoralsTooLow):
        await require(await load_participant(character), need)


async def test_with_its_own_faction_one_begins_with_ten_points(stage: Stage) -> None:
    nobody = await load_participant(await stage.dress(me(faction="frontera")))
    await require(nobody, [Requirement(Kind.STANDING, "frontera", 10)])
    with pytest.raises(StandingTooLow):
        await require(nobody, [Requirement(Kind.STANDING, "frontera", 11)])
    with pytest.raises(StandingTooLow):
        await require(nobody, [Requirement(Kind.STANDING, "nahi_coalition", 1)])


async def test_unique_pieces_count_as_items(stage: Stage) -> None:
    piece = {"baseItemId": "rope", "holder": f"pack:{ME}"}
    one = rows("crafteditems", piece)
    stack = BY_KIND[Kind.ITEM].not_met
    await require(
        await load_participant(await stage.dress(one, stack)), [Requirement(Kind.ITEM, "rope", 2)]
    )


@pytest.mark.parametrize(
    ("fields", "on"),
    [
        ({"locationId": HERE, "regionId": "elsewhere"}, True),
        ({"regionId": "hills"}, True),
        ({"regionId": "plains"}, False),
        ({}, True),
        ({"status": "completed"}, False),
    ],
)
async def test_an_event_is_on_where_it_says(stage: Stage, fields: dict[str, Any], on: bool) -> None:
    need = [Requirement(Kind.EVENT, "gold_rush")]
    character = await stage.dress(there(regionId="hills"), event(**fields))
    assert (unmet(await load_situation(character, need), need) == []) is on


async def test_whoever_has_a_higher_rank_has_those_below(stage: Stage) -> None:
    leader = await load_participant(await stage.dress(member("leader")))
    ranks = ("prospect", "member", "enforcer", "officer", "leader")
    await require(leader, [Requirement(Kind.GANG_ROLE, rank) for rank in ranks])


async def test_a_zone_is_held_by_the_gang_of_a_member_only(stage: Stage) -> None:
    need = [Requirement(Kind.HOLDS_ZONE, "the-pass")]
    land = {"zoneId": "the-pass", "controllingGangId": GANG}
    stranger = await stage.dress(rows("territories", land))
    assert len(unmet(await load_situation(stranger, need), need)) == 1
    nobodys = {"zoneId": "the-pass", "controllingGangId": None}
    nobody = await stage.dress(rows("territories", nobodys))
    assert len(unmet(await load_situation(nobody, need), need)) == 1


async def test_a_secret_is_not_named_to_whoever_does_not_know_it(stage: Stage) -> None:
    case = BY_KIND[Kind.SECRET_KNOWN]
    situation = await load_situation(await stage.dress(case.not_met), [case.need])
    (missing,) = unmet(situation, [case.need])
    assert missing.target is None
    assert "echo" not in f"{missing.sentence} {missing.error.facts}"


async def test_a_requirement_that_was_not_named_is_a_mistake_of_the_command(stage: Stage) -> None:
    situation = await load_situation(await stage.dress(), [])
    with pytest.raises(AssertionError):
        check(situation, [Requirement(Kind.ITEM, "rope")])


async def test_nobody_is_asked_for_who_is_not_there(game: Game) -> None:
    with pytest.raises(CharacterNotFound):
        await load_situation(ObjectId(), ALL)


async def test_the_first_unmet_is_raised(stage: Stage) -> None:
    nobody = await load_participant(await stage.dress())
    needs = [Requirement(Kind.LEVEL, value=2), Requirement(Kind.ITEM, "rope")]
    with pytest.raises(LevelTooLow):
        await require(nobody, needs)
    assert Requirement(Kind.HOURS, value=Window(5, 7)).stored()["value"] == {"open": 5, "close": 7}
