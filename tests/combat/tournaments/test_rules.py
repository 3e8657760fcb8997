"""The bracket of any number of players, whatever comes of its matches; the prizes; the calendar."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

from desperados.combat.tournaments.rules import (
    CALENDAR,
    LEAST,
    MOST,
    NOBODY,
    Bracket,
    Pairing,
    length,
    weights,
)

NUMBERS = range(2, 65)
SEEDS = st.integers(0, 2**32)


def people(number: int) -> list[ObjectId]:
    return [ObjectId(f"{n:024x}") for n in range(1, number + 1)]


def play(
    bracket: Bracket, luck: random.Random, no_shows: float = 0
) -> tuple[Bracket, list[Pairing]]:
    """A bracket at its end, and its matches in any order."""
    played = []
    while open_ := bracket.pairings():
        match = luck.choice(open_)
        played.append(match)
        winner = None if luck.random() < no_shows else luck.choice([match.one, match.other])
        bracket = bracket.decided(match.round, match.number, winner)
    return bracket, played


@pytest.mark.parametrize("number", NUMBERS)
@settings(max_examples=3, deadline=None)
@given(seed=SEEDS)
def test_a_bracket_has_one_champion_and_nobody_meets_anybody_twice(number: int, seed: int) -> None:
    luck = random.Random(seed)
    entrants = people(number)
    bracket = Bracket.draw(entrants, luck)
    end, played = play(bracket, luck)
    assert end.is_over
    assert end.champion in entrants
    assert len(played) == number - 1
    met = Counter(frozenset((match.one, match.other)) for match in played)
    assert max(met.values()) == 1
    assert 2 ** (bracket.rounds - 1) < number <= 2**bracket.rounds
    # Byes are in the first round alone, and over at once.
    assert bracket.slots[0].count(NOBODY) == 2**bracket.rounds - number
    assert not any(NOBODY in row for row in end.slots[1:])
    assert len({match[:2] for match in played}) == len(played)
    ranking = end.ranking()
    assert [len(rank) for rank in ranking[:2]] == [1, 1]
    assert sorted(who for rank in ranking for who in rank) == entrants


@pytest.mark.parametrize("number", NUMBERS)
def test_byes_are_spread(number: int) -> None:
    """No two of the first round are against nobody who could have been further apart."""
    first = Bracket.draw(people(number), random.Random(1)).slots[0]
    byes = [slot for slot, who in enumerate(first) if who == NOBODY]
    half, quarter = len(first) // 2, len(first) // 4
    for part in filter(None, (half, quarter)):
        counts = [
            sum(start <= slot < start + part for slot in byes)
            for start in range(0, len(first), part)
        ]
        assert max(counts) - min(counts) <= 1
    pairs = [first[slot : slot + 2] for slot in range(0, len(first), 2)]
    assert (NOBODY, NOBODY) not in pairs


@settings(max_examples=60, deadline=None)
@given(number=st.integers(2, 64), seed=SEEDS, no_shows=st.sampled_from([0.1, 0.5, 1.0]))
def test_a_bracket_comes_to_an_end_whoever_does_not_come(
    number: int, seed: int, no_shows: float
) -> None:
    luck = random.Random(seed)
    entrants = people(number)
    end, played = play(Bracket.draw(entrants, luck), luck, no_shows)
    assert end.is_over
    assert sorted(who for rank in end.ranking() for who in rank) == entrants
    assert len(played) <= number - 1
    assert Bracket.of(end.stored()) == end


@settings(max_examples=60, deadline=None)
@given(number=st.integers(2, 33), seed=SEEDS, at=st.integers(0, 31))
def test_who_is_disqualified_wins_nothing_any_more(number: int, seed: int, at: int) -> None:
    luck = random.Random(seed)
    entrants = people(number)
    bracket, out = Bracket.draw(entrants, luck), luck.choice(entrants)
    turn = 0
    while open_ := bracket.pairings():
        if turn == at:
            bracket = bracket.without(out)
        turn += 1
        match = luck.choice(open_)
        able = [who for who in (match.one, match.other) if who not in bracket.gone]
        before = sum(row.count(out) for row in bracket.slots)
        bracket = bracket.decided(match.round, match.number, luck.choice(able))
        if bracket.gone:
            assert sum(row.count(out) for row in bracket.slots) == before
    assert bracket.is_over
    assert bracket.champion != out or out not in bracket.gone
    assert sorted(who for rank in bracket.ranking() for who in rank) == entrants


def test_what_cannot_be_decided_is_refused() -> None:
    one, other, third = people(3)
    bracket = Bracket.draw([one, other], random.Random(1))
    for round_, number, winner in ((1, 1, third), (1, 2, one), (2, 1, one)):
        with pytest.raises(ValueError, match="decided"):
            bracket.decided(round_, number, winner)
    with pytest.raises(ValueError, match="decided"):
        bracket.without(one).decided(1, 1, one)
    with pytest.raises(ValueError, match="decided"):
        bracket.decided(1, 1, one).decided(1, 1, other)
    for wrong in ([one], [], people(65), [one, one]):
        with pytest.raises(ValueError, match="bracket"):
            Bracket.draw(wrong, random.Random(1))


def test_who_is_first_is_drawn() -> None:
    """Of four, everybody is the first seed in about a quarter of the draws."""
    luck = random.Random(1876)
    first = Counter(Bracket.draw(people(4), luck).slots[0][0] for _ in range(2_000))
    assert len(first) == 4
    assert all(400 < times < 600 for times in first.values())


@pytest.mark.parametrize(
    ("entrants", "table"),
    [(2, (100,)), (3, (100,)), (4, (70, 30)), (7, (70, 30)), (8, (60, 30, 10)),
     (15, (60, 30, 10)), (16, (50, 25, 15, 10)), (64, (50, 25, 15, 10))],
)  # fmt: skip
def test_what_the_places_get(entrants: int, table: tuple[int, ...]) -> None:
    assert tuple(weights(entrants)) == table
    assert sum(table) == 100


@pytest.mark.parametrize(("entrants", "minutes"), [(2, 40), (3, 50), (5, 60), (64, 90)])
def test_how_long_it_lasts(entrants: int, minutes: int) -> None:
    assert length(entrants) == timedelta(minutes=minutes)


def test_the_calendar_has_tournaments_on_every_day() -> None:
    for number in range(14):
        day = date(2026, 3, 1) + timedelta(number)
        codes = {regular.code for regular in CALENDAR if regular.when.on(day) is not None}
        assert {"penny_table", "evening_cards"} <= codes
        assert ("saturday_stakes" in codes) == (day.isoweekday() == 6)
    assert all(LEAST <= regular.capacity <= MOST for regular in CALENDAR)
