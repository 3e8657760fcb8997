"""The rules of a duel: points are conserved, hands are hidden, and nobody is favoured."""

from __future__ import annotations

import json
import math
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desperados.combat.duels.game.abilities import ABILITIES, caught_percent
from desperados.combat.duels.game.rounds import ANTE, MOST_SUDDEN
from desperados.combat.duels.game.table import CODES, HAND, POINTS, Side, Table
from desperados.combat.duels.rules import MOST_HOLDS, RULES, worth_keeping
from desperados.deck.cards import card_of
from desperados.deck.hands import Strength
from desperados.play.shapes.errors import IllegalMove, NotYourTurn
from desperados.play.shapes.rules import Move, Play
from tests.combat.duels.playing import (
    LASTS,
    SECOND,
    SKILLED,
    START,
    arguments,
    begin,
    betting,
    dealt,
    do,
    terms,
)

ALL = list(range(HAND))
TENS = (Strength.PAIR, (10,))


def side_of(*codes: str) -> Side:
    return Side(1, 1, 1, 0, hand=list(codes), seen=list(codes))


def give(play: Play, first: list[str], second: list[str]) -> None:
    """Put other hands into a running duel."""
    table = Table.of(play.state)
    for side, hand in zip(table.sides, (first, second), strict=True):
        side.hand, side.seen = list(hand), list(hand)
    play.state = table.stored()


ACES = ["clubs-A", "spades-A", "hearts-2", "hearts-4", "hearts-6"]
KINGS = ["clubs-K", "spades-K", "hearts-2", "hearts-4", "hearts-6"]


def checked_down(play: Play) -> Table:
    """Both check until the hands are shown."""
    table = Table.of(play.state)
    do(play, table.opens, "check")
    return do(play, 1 - table.opens, "check")


# Whatever is played


@settings(max_examples=120, deadline=None)
@given(number=st.integers(0, 2**32), gaps=st.lists(st.integers(0, 75), max_size=60))
def test_whatever_is_played_points_and_cards_are_conserved(number: int, gaps: list[int]) -> None:
    luck, play, now = Random(number), begin(number), START
    waits = iter(gaps)
    while play.verdict is None:
        now += next(waits, 1) * SECOND
        play.catch_up(now)
        if play.verdict is None:
            seat = luck.choice(sorted(play.in_turn))
            name = luck.choice(sorted(RULES.legal(play.state, seat)))
            try:
                do(play, seat, name, now, **arguments(play, seat, name, luck))
            except IllegalMove:
                assert name == "palm_card"  # all of that rank were in this hand before
        check(Table.of(play.state))
    facts = play.verdict.facts
    assert sum(facts["points"]) == 2 * POINTS
    assert (facts["winner"] is None) == (facts["reason"] == "void")
    assert play.version < 400
    json.dumps(play.state)


def check(table: Table) -> None:
    assert sum(side.points + side.staked for side in table.sides) == 2 * POINTS
    for side in table.sides:
        assert side.points >= 0
        assert side.staked >= 0
        assert side.wins <= 2
        assert 0 <= side.nerve <= 100
        assert len(set(side.seen)) == len(side.seen)
        assert set(side.hand) <= set(side.seen)
        assert len(side.hand) in (0, HAND)
        assert all(side.nerve >= 0 for side in table.sides)


@settings(max_examples=120, deadline=None)
@given(number=st.integers(0, 2**32))
def test_no_view_depends_on_what_the_other_side_hides(number: int) -> None:
    """Whatever the other side holds, has said, seen or done in hiding: the view is the same."""
    luck, play = Random(number), begin(number)
    do(play, 0, "ready")
    for _ in range(luck.randrange(30)):
        if play.verdict is not None:
            break
        for seat in (0, 1):
            assert_hidden(play, seat, luck)
        seat = luck.choice(sorted(play.in_turn))
        name = luck.choice(sorted(set(RULES.legal(play.state, seat)) - {"forfeit"}))
        try:
            do(play, seat, name, **arguments(play, seat, name, luck))
        except IllegalMove:
            assert name == "palm_card"


def assert_hidden(play: Play, seat: int, luck: Random) -> None:
    before = RULES.view(play.state, seat), sorted(RULES.legal(play.state, seat))
    table = Table.of(play.state)
    theirs = table.sides[1 - seat]
    theirs.hand = luck.sample(sorted(CODES), HAND)
    theirs.seen = [*theirs.hand, *luck.sample(sorted(set(CODES) - set(theirs.hand)), 3)]
    theirs.held, theirs.holds = [luck.randrange(HAND)], luck.randrange(5)
    theirs.nerve, theirs.again = luck.randrange(100), {"reroll": 9}
    theirs.stone_until, theirs.false_tell = 9, not theirs.false_tell
    theirs.palmed, theirs.reads = not theirs.palmed, [["clubs-2"]]
    theirs.instinct, theirs.deception, theirs.sleight = 99, 99, 99
    theirs.accused, theirs.here_at = not theirs.accused, 0
    table.idle, table.acted = 3, not table.acted
    changed = table.stored()
    assert (RULES.view(changed, seat), sorted(RULES.legal(changed, seat))) == before
    outside = json.dumps(RULES.view(changed, None))
    shown = json.dumps(table.rounds)
    for side in table.sides:
        assert not [code for code in side.hand if code in outside and code not in shown]


def test_a_view_has_one_s_own_cards_and_no_others() -> None:
    play = betting()
    table = Table.of(play.state)
    for seat in (0, 1):
        view = json.dumps(RULES.view(play.state, seat))
        assert all(f'"{code}"' in view for code in table.sides[seat].hand)
        others = set(table.sides[1 - seat].hand) - set(table.sides[seat].hand)
        assert not [code for code in others if f'"{code}"' in view]


# The phases


def test_the_challenger_says_that_it_is_there_or_nothing_comes_of_it() -> None:
    play = begin()
    play.catch_up(START + 59 * SECOND)
    assert play.in_turn == {0}
    play.catch_up(START + 60 * SECOND)
    assert play.verdict is not None
    assert (play.verdict.status, play.verdict.facts["reason"]) == ("void", "void")


def test_both_choose_unseen_and_in_any_order() -> None:
    play = dealt()
    seen = play.version
    do(play, 1, "draw", cards=[0, 1])
    assert play.in_turn == {0}
    play.move(_move(0, "draw", cards=ALL), seen)  # it has not seen the other's, and need not
    assert Table.of(play.state).phase == "betting"


def _move(seat: int, name: str, **about: Any) -> Move:
    return Move(seat, name, about, START)


def test_what_is_kept_stays_and_the_others_are_new() -> None:
    play = dealt()
    before = Table.of(play.state).sides[0].hand
    after = do(play, 0, "draw", cards=[0, 4]).sides[0]
    assert [after.hand[0], after.hand[4]] == [before[0], before[4]]
    assert not set(after.hand[1:4]) & set(before)
    assert len(after.seen) == HAND + 3


def test_at_the_deadline_what_was_said_is_kept() -> None:
    play = dealt()
    before = Table.of(play.state).sides[0].hand
    do(play, 0, "hold", START + 50 * SECOND, cards=[1, 3])
    assert play.in_turn == {0, 1}
    assert play.deadline == START + 60 * SECOND  # saying so gives no time
    play.catch_up(START + 61 * SECOND)
    after = Table.of(play.state).sides[0].hand
    assert [after[1], after[3]] == [before[1], before[3]]
    assert not {after[0], after[2], after[4]} & set(before)


def test_what_one_keeps_cannot_be_said_for_ever() -> None:
    play = dealt()
    for _ in range(MOST_HOLDS):
        do(play, 0, "hold", cards=[])
    with pytest.raises(IllegalMove):
        do(play, 0, "hold", cards=[])


@pytest.mark.parametrize(
    ("hand", "kept"),
    [
        (["clubs-2", "clubs-4", "hearts-9", "spades-J", "spades-A"], []),
        (["clubs-2", "hearts-2", "hearts-9", "spades-J", "spades-A"], [0, 1]),
        (["clubs-2", "hearts-2", "hearts-9", "spades-9", "diamonds-9"], ALL),
        (["clubs-2", "hearts-3", "hearts-4", "spades-5", "diamonds-6"], ALL),
        (["clubs-2", "clubs-9", "clubs-J", "clubs-K", "clubs-A"], ALL),
        (["clubs-2", "hearts-2", "clubs-9", "hearts-9", "clubs-A"], [0, 1, 2, 3]),
    ],
)
def test_who_has_said_nothing_keeps_what_is_worth_it(hand: list[str], kept: list[int]) -> None:
    assert worth_keeping(side_of(*hand)) == kept


@pytest.mark.parametrize("cards", [[0, 0], [-1], [5], [7], ["1"], [True], [1.0], [0] * 500, "01"])
def test_places_that_are_none_are_refused(cards: Any) -> None:
    play = dealt()
    before = play.state
    for name in ("draw", "hold", "reroll"):
        with pytest.raises(IllegalMove):
            do(play, 0, name, cards=cards)
    assert play.state == before


# Betting


@pytest.mark.parametrize("amount", [0, -1, 91, 10.0, "5", True, None])
def test_a_bet_is_a_whole_number_that_both_can_pay(amount: Any) -> None:
    play = betting()
    seat = Table.of(play.state).opens
    with pytest.raises(IllegalMove):
        do(play, seat, "bet", amount=amount)


def test_one_bet_and_two_raises() -> None:
    play = betting()
    first = Table.of(play.state).opens
    do(play, first, "bet", amount=10)
    assert "check" not in RULES.legal(play.state, 1 - first)
    do(play, 1 - first, "raise", amount=5)
    do(play, first, "raise", amount=5)
    assert set(RULES.legal(play.state, 1 - first)) >= {"call", "fold"}
    assert not set(RULES.legal(play.state, 1 - first)) & {"raise", "all_in", "bet", "check"}
    table = do(play, 1 - first, "call")
    assert table.rounds[0]["pot"] == 2 * (ANTE + 10 + 5 + 5)


def test_all_in_is_what_both_can_pay_and_a_call_of_it_may_end_the_duel() -> None:
    play = betting()
    give(play, ACES, KINGS)
    first = Table.of(play.state).opens
    table = do(play, first, "all_in")
    assert table.pot == POINTS + ANTE
    assert set(RULES.legal(play.state, 1 - first)) & {"raise", "all_in"} == set()
    table = do(play, 1 - first, "call")
    assert (table.phase, table.winner, table.reason) == ("over", 0, "normal")
    assert [side.points for side in table.sides] == [2 * POINTS, 0]


def test_who_folds_loses_the_round_and_shows_nothing() -> None:
    play = betting()
    first = Table.of(play.state).opens
    do(play, first, "bet", amount=30)
    table = do(play, 1 - first, "fold")
    (row,) = table.rounds
    assert (row["winner"], row["how"]) == (first, "fold")
    assert row["hands"] is row["strengths"] is None
    assert table.sides[first].wins == 1
    assert table.sides[first].points + table.sides[first].staked == POINTS + ANTE


def test_the_sides_take_turns_in_betting_first() -> None:
    opens = Counter(Table.of(dealt(number).state).opens for number in range(64))
    assert set(opens) == {0, 1}
    play = betting()
    first = Table.of(play.state).opens
    give(play, ACES, KINGS)
    assert checked_down(play).opens == 1 - first


# Who wins


def test_two_rounds_win() -> None:
    play = betting()
    for _ in range(2):
        give(play, ACES, KINGS)
        table = checked_down(play)
        if table.phase == "selection":
            for seat in (0, 1):
                do(play, seat, "draw", cards=ALL)
    assert (table.winner, table.reason) == (0, "normal")
    assert [row["winner"] for row in table.rounds] == [0, 0]


def test_equal_hands_are_dealt_again_once_and_then_split() -> None:
    play = betting()
    twin = [code.replace("clubs", "diamonds") for code in ACES]
    give(play, ACES, twin)
    table = checked_down(play)
    assert (table.round, table.replayed) == (1, True)
    for seat in (0, 1):
        do(play, seat, "draw", cards=ALL)
    give(play, ACES, twin)
    table = checked_down(play)
    assert (table.round, table.replayed) == (2, False)
    assert [side.points + side.staked for side in table.sides] == [POINTS, POINTS]
    assert [side.wins for side in table.sides] == [0, 0]


def level(play: Play, *points: int) -> None:
    """Three rounds, of which nobody has won more than the other; before the last reveal."""
    table = Table.of(play.state)
    table.round, table.replayed = 3, True
    for side, had in zip(table.sides, points, strict=True):
        side.wins, side.points = 1, had - side.staked
    play.state = table.stored()
    give(play, ACES, ACES)


def test_who_is_level_after_three_rounds_is_told_apart_by_points() -> None:
    play = betting()
    level(play, 101, 99)
    table = checked_down(play)
    assert (table.winner, table.reason) == (0, "normal")


def test_points_that_are_level_too_lead_to_sudden_death_and_at_last_to_nothing() -> None:
    play = betting()
    level(play, 100, 100)
    table = checked_down(play)
    for number in range(1, MOST_SUDDEN + 1):
        assert table.sudden == number
        assert table.pot == 0
        for seat in (0, 1):
            do(play, seat, "draw", cards=ALL)
        give(play, ACES, ACES)
        assert (
            set(RULES.legal(play.state, Table.of(play.state).to_move)) & {"bet", "all_in"} == set()
        )
        table = checked_down(play)
    assert play.verdict is not None
    assert (play.verdict.status, play.verdict.facts["winner"]) == ("void", None)


def test_a_hand_of_sudden_death_decides() -> None:
    play = betting()
    level(play, 100, 100)
    checked_down(play)
    for seat in (0, 1):
        do(play, seat, "draw", cards=ALL)
    give(play, KINGS, ACES)
    assert checked_down(play).winner == 1


# The clock


def test_a_bet_beats_who_is_away() -> None:
    play, now = dealt(), START
    while play.verdict is None:
        for seat in sorted(play.in_turn - {1}):
            name = "draw" if Table.of(play.state).phase == "selection" else "bet"
            do(play, seat, name, now, cards=ALL, amount=1)
        now = play.deadline
        play.catch_up(now)
    assert (play.verdict.facts["winner"], play.verdict.facts["reason"]) == (0, "normal")
    assert now <= START + timedelta(minutes=5)


def test_who_has_been_away_for_ten_minutes_loses() -> None:
    play = dealt()
    table = Table.of(play.state)
    table.sides[1].here_at -= 590
    play.state = table.stored()
    do(play, 0, "draw", START + SECOND, cards=ALL)
    play.catch_up(START + 60 * SECOND)
    assert play.verdict is not None
    assert (play.verdict.facts["winner"], play.verdict.facts["reason"]) == (0, "timeout")


def test_who_comes_back_a_second_before_goes_on() -> None:
    play = dealt()
    table = Table.of(play.state)
    table.sides[1].here_at -= 590
    play.state = table.stored()
    do(play, 1, "draw", START + 59 * SECOND, cards=ALL)
    play.catch_up(START + 3 * 60 * SECOND)
    assert play.verdict is None


def test_what_only_the_clock_has_played_is_nobodys_win() -> None:
    play = dealt()
    play.catch_up(START + LASTS)
    assert play.verdict is not None
    assert (play.verdict.status, play.verdict.facts["wins"]) == ("void", [0, 0])
    assert play.made[-1].at <= START + timedelta(minutes=12)


def test_two_who_cannot_play_are_parted_at_once() -> None:
    play = dealt()
    play.catch_up(START + SECOND, absent={0, 1})
    assert play.verdict is not None
    assert play.verdict.status == "void"


def test_a_duel_whose_time_is_over_is_won_by_whoever_leads() -> None:
    play = betting()
    give(play, ACES, KINGS)
    checked_down(play)
    ahead, fresh = RULES.verdict(play.state, True), RULES.verdict(dealt().state, True)
    assert ahead is not None
    assert fresh is not None
    assert (ahead.status, ahead.facts["winner"]) == ("complete", 0)
    assert fresh.status == "void"


def test_who_gives_up_has_lost() -> None:
    play = dealt()
    do(play, 1, "forfeit")
    assert play.verdict is not None
    assert (play.verdict.facts["winner"], play.verdict.facts["reason"]) == (0, "forfeit")


# Abilities


def test_reading_takes_instinct_nerve_and_rest() -> None:
    dull = {**SKILLED, "instinct": 34}
    play = betting(1, terms(dull, dull))
    assert "read_opponent" not in RULES.legal(play.state, Table.of(play.state).opens)
    play = betting()
    seat = Table.of(play.state).opens
    table = do(play, seat, "read_opponent")
    assert table.to_move == seat
    assert table.sides[seat].nerve == 50 - ABILITIES["read_opponent"].nerve
    assert "read_opponent" not in RULES.legal(play.state, seat)


def reads(number: int, *, stone: bool = False, tell: bool = False) -> tuple[list[str], list[str]]:
    """What somebody of great instinct sees in a hand, and the hand."""
    sharp, blunt = {**SKILLED, "instinct": 99}, {**SKILLED, "instinct": 1, "deception": 1}
    play = dealt(number, terms(sharp, blunt))
    if stone:
        do(play, 1, "stone_face")
    if tell:
        do(play, 1, "false_tell")
    for seat in (0, 1):
        do(play, seat, "draw", cards=ALL)
    if Table.of(play.state).to_move == 1:
        do(play, 1, "check")
    table = do(play, 0, "read_opponent")
    assert table.sides[1].false_tell == (tell and not table.sides[0].reads[0])
    return table.sides[0].reads[0], table.sides[1].hand


def test_who_reads_well_sees_two_cards_and_who_fails_sees_none() -> None:
    for number in range(20):
        seen, hand = reads(number)
        assert len(seen) == 2  # 99 against 1 is clearly won by any throw but the worst
        assert set(seen) <= set(hand)


def test_a_stone_face_shows_nothing_and_a_false_tell_what_is_not_so() -> None:
    for number in range(20):
        assert reads(number, stone=True)[0] == []
        seen, hand = reads(number, tell=True)
        assert len(seen) == 2
        assert not set(seen) & set(hand)


def test_a_reroll_exchanges_one_card_before_the_draw() -> None:
    play = dealt()
    before = Table.of(play.state).sides[0].hand
    after = do(play, 0, "reroll", cards=[2]).sides[0]
    assert [n for n in ALL if after.hand[n] != before[n]] == [2]
    assert after.hand[2] not in before


def palm(number: int, sleight: int = 99) -> Play:
    cheat = {**SKILLED, "sleight": sleight, "instinct": 35}
    play = dealt(number, terms(cheat, {**SKILLED, "instinct": 1}))
    wanted = card_of(Table.of(play.state).sides[0].hand[0]).rank
    do(play, 0, "palm_card", cards=[1], rank=wanted)
    return play


def test_whoever_palms_a_card_has_it_or_is_caught() -> None:
    caught = 0
    for number in range(200):
        play = palm(number)
        if play.verdict is not None:
            caught += 1
            assert (play.verdict.facts["winner"], play.verdict.facts["reason"]) == (1, "cheating")
            continue
        hand = Table.of(play.state).sides[0].hand
        assert card_of(hand[0]).rank == card_of(hand[1]).rank
    assert 2 <= caught <= 24  # 5 of 100: four standard deviations


@pytest.mark.parametrize(
    ("sleight", "watching", "percent"), [(99, 1, 5), (30, 30, 15), (1, 50, 60), (20, 25, 20)]
)
def test_how_likely_a_cheat_is_caught(sleight: int, watching: int, percent: int) -> None:
    assert caught_percent(sleight, watching) == percent


@pytest.mark.parametrize("rank", [None, 1, 15, "K", True])
def test_a_rank_that_there_is_not_is_refused(rank: Any) -> None:
    play = dealt()
    with pytest.raises(IllegalMove):
        do(play, 0, "palm_card", cards=[0], rank=rank)
    assert Table.of(play.state).sides[0].nerve == 50


def accused(play: Play) -> Table:
    for seat in (0, 1):
        do(play, seat, "draw", cards=ALL)
    if Table.of(play.state).to_move == 0:
        do(play, 0, "check")
    return do(play, 1, "accuse")


def test_who_is_rightly_accused_loses_the_duel() -> None:
    number = next(n for n in range(99) if palm(n).verdict is None)
    table = accused(palm(number))
    assert (table.winner, table.reason) == (1, "cheating")


def test_who_accuses_wrongly_loses_the_round_and_accuses_nobody_again() -> None:
    table = accused(play := dealt())
    assert (table.rounds[0]["winner"], table.rounds[0]["how"]) == (0, "accusation")
    assert table.rounds[0]["hands"] is None
    for seat in (0, 1):
        do(play, seat, "draw", cards=ALL)
    if Table.of(play.state).to_move == 0:
        do(play, 0, "check")
    assert "accuse" not in RULES.legal(play.state, 1)


@pytest.mark.parametrize("name", sorted(ABILITIES))
def test_no_ability_without_nerve_or_rest(name: str) -> None:
    ability = ABILITIES[name]
    play = dealt() if ability.phase == "selection" else betting()
    seat = min(play.in_turn)
    ready = Table.of(play.state)
    for nerve, again, may in (
        (ability.nerve, 1, True),
        (ability.nerve - 1, 1, False),
        (100, 2, False),
    ):
        ready.sides[seat].nerve, ready.sides[seat].again = nerve, {name: again}
        play.state = ready.stored()
        assert (name in RULES.legal(play.state, seat)) == may
    with pytest.raises(IllegalMove):
        do(play, seat, name, cards=[0], rank=14)


def test_nobody_jumps_ahead() -> None:
    play = dealt()
    for name in ("bet", "check", "call", "accuse", "read_opponent", "ready", "withdraw", "win", ""):
        with pytest.raises(IllegalMove):
            do(play, 0, name, amount=5)
    do(play, 0, "draw", cards=ALL)
    for name in ("draw", "hold", "reroll", "forfeit"):
        with pytest.raises(NotYourTurn):
            do(play, 0, name, cards=ALL)
    do(play, 1, "draw", cards=ALL)
    first = Table.of(play.state).to_move
    for name in ("draw", "hold", "reroll", "palm_card", "call", "raise", "fold"):
        with pytest.raises(IllegalMove):
            do(play, first, name, cards=[0], amount=5, rank=14)
    with pytest.raises(NotYourTurn):
        do(play, 1 - first, "check")
    do(play, first, "bet", amount=5)
    with pytest.raises(IllegalMove):
        do(play, 1 - first, "check")


# The odds


def test_nobody_is_favoured_by_having_challenged() -> None:
    """The same play on both sides: each wins as often, within four standard deviations."""
    won = Counter(_winner(number) for number in range(1_200))
    decided = won[0] + won[1]
    assert decided > 1_150
    assert abs(won[0] - won[1]) < 4 * math.sqrt(decided)


def _winner(number: int) -> int | None:
    """Both keep what is worth it, and bet on a pair of tens or better."""
    luck, play = Random(number), begin(number)
    do(play, 0, "ready")
    while play.verdict is None:
        seat = luck.choice(sorted(play.in_turn))
        table = Table.of(play.state)
        side, names = table.sides[seat], RULES.legal(play.state, seat)
        good = side.strength() >= TENS
        if "draw" in names:
            do(play, seat, "draw", cards=worth_keeping(side))
        elif "check" in names:
            name = "bet" if good and table.room(seat) >= 10 else "check"
            do(play, seat, name, amount=10)
        else:
            do(play, seat, "call" if good else "fold")
    winner: int | None = play.verdict.facts["winner"]
    return winner
