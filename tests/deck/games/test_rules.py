"""What holds in each of the four games, however it is played."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.deck.games import RULES
from desperados.play.seeds import draws_of
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move, State
from tests.deck.games.playing import AT, CODES, GAMES, Stacked, any_terms, arguments, seeded, terms

SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
FACTS = {
    "succeeded",
    "score",
    "target",
    "matches",
    "suit_percent",
    "cards",
    "doubled",
    "natural",
    "bailed",
    "mitigation",
}


def drawn_moves(draw: st.DrawFn, state: State) -> Move:
    name = draw(st.sampled_from(sorted(RULES.legal(state, 0))))
    about = arguments(draw, name) if state["state"]["terms"]["game"] == "poker" else {}
    return Move(0, name, about, AT)


@st.composite
def games(draw: st.DrawFn) -> tuple[dict[str, Any], str, list[Move], list[State]]:
    """A game of any kind as far as it was played: terms, seed, moves, and its states."""
    agreed, seed = draw(any_terms()), draw(SEEDS)
    draws = draws_of(seed)
    states: list[State] = [RULES.start(agreed, draws)]
    moves: list[Move] = []
    for _ in range(draw(st.integers(0, 12))):
        if RULES.verdict(states[-1], False) is not None:
            break
        moves.append(drawn_moves(draw, states[-1]))
        states.append(RULES.step(states[-1], moves[-1], draws))
    return agreed, seed, moves, states


@given(games())
def test_all_states_are_made_of_one_deck_and_of_what_json_can_hold(
    game: tuple[Any, str, list[Move], list[State]],
) -> None:
    for state in game[3]:
        own = state["state"]
        everywhere = [*state["deck"], *state["hand"], *own["discarded"], *own["house"]]
        assert sorted(everywhere) == sorted(CODES)
        assert json.loads(json.dumps(state)) == state
        json.dumps(RULES.view(state, 0))


@given(games())
def test_the_same_seed_and_moves_come_to_the_same_end(
    game: tuple[Any, str, list[Move], list[State]],
) -> None:
    agreed, seed, moves, states = game
    draws = draws_of(seed)
    state = RULES.start(agreed, draws)
    for move in moves:
        state = RULES.step(json.loads(json.dumps(state)), move, draws)
    assert state == states[-1]
    assert RULES.verdict(state, True) == RULES.verdict(states[-1], True)


@given(games())
def test_a_game_says_how_it_ended_and_then_no_move_is_left(
    game: tuple[Any, str, list[Move], list[State]],
) -> None:
    last = game[3][-1]
    verdict = RULES.verdict(last, False)
    assert (verdict is None) == bool(RULES.legal(last, 0))
    closed = RULES.verdict(last, True)
    assert closed is not None
    assert verdict in (None, closed)
    assert set(closed.facts) == FACTS
    assert closed.status == ("forfeited" if last["state"]["end"] == "forfeited" else "resolved")
    assert closed.facts["cards"] == last["hand"]
    assert 100 <= closed.facts["suit_percent"] <= 120
    assert 0 <= closed.facts["mitigation"] <= 50
    if last["state"]["end"] in ("forfeited", "bailed_out", "bust"):
        assert not closed.facts["succeeded"]
    if closed.facts["bailed"] is not None:
        assert 0 <= closed.facts["bailed"] <= 70
        assert not closed.facts["succeeded"]


@given(games())
def test_the_clock_ends_every_game_as_it_stands(
    game: tuple[Any, str, list[Move], list[State]],
) -> None:
    state, draws = game[3][-1], seeded(0)
    closed = RULES.verdict(state, True)
    for _ in range(3):
        if RULES.verdict(state, False) is not None:
            break
        name, about = RULES.auto(state, 0)
        assert name in RULES.legal(state, 0)
        state = RULES.step(state, Move(0, name, about, AT, auto=True), draws)
    assert RULES.verdict(state, False) == closed
    assert draws.drawn == 0  # it draws nothing that the player has not seen


@given(games(), st.randoms())
def test_what_is_seen_says_nothing_about_what_is_hidden(
    game: tuple[Any, str, list[Move], list[State]], luck: Any
) -> None:
    """Two games that differ only in hidden cards look the same, and allow the same moves."""
    for state in game[3]:
        if state["state"]["end"] is not None:
            continue
        own = state["state"]
        hidden = [*state["deck"], *own["house"][1:]]
        known = [own["peeked"]] if own.get("peeked") else []
        rest = [code for code in hidden if code not in known]
        luck.shuffle(rest)
        house = [*own["house"][:1], *(rest.pop() for _ in own["house"][1:])]
        other = {**state, "deck": [*known, *rest], "state": {**own, "house": house}}
        assert RULES.view(other, 0) == RULES.view(state, 0)
        assert RULES.legal(other, 0) == RULES.legal(state, 0)
        assert RULES.auto(other, 0) == RULES.auto(state, 0)
        told = json.dumps(RULES.view(state, None))
        assert not [code for code in hidden if f'"{code}"' in told]


WRONG: list[Any] = [
    {"cards": [-1]},
    {"cards": [5]},
    {"cards": [1.0]},
    {"cards": [True]},
    {"cards": ["0"]},
    {"cards": [None]},
    {"cards": [[0]]},
    {"cards": [1, 1]},
    {"cards": list(range(1_000))},
    {"cards": (0, 1)},
    {"cards": "01"},
    {"cards": {}},
    {"cards": None},
    {"cards": 3},
    {"cards": [0], "suit": "spades"},
    {"skill": 100},
    {"score": 900},
]


@given(games(), st.sampled_from(WRONG))
def test_a_move_with_wrong_arguments_changes_nothing(
    game: tuple[Any, str, list[Move], list[State]], about: Any
) -> None:
    state, draws = game[3][-1], seeded(0)
    before = json.dumps(state)
    for name in RULES.legal(state, 0):
        with pytest.raises(IllegalMove):
            RULES.step(state, Move(0, name, about, AT), draws)
    assert (json.dumps(state), draws.drawn) == (before, 0)


@given(games())
def test_more_skill_never_turns_a_success_into_a_failure(
    game: tuple[dict[str, Any], str, list[Move], list[State]],
) -> None:
    agreed, seed, moves, states = game
    closed = RULES.verdict(states[-1], True)
    assert closed is not None
    if not closed.facts["succeeded"]:
        return
    for skill in range(agreed["skill"], 101, 7):
        draws = draws_of(seed)
        state = RULES.start({**agreed, "skill": skill}, draws)
        for move in moves:
            assert move.name in RULES.legal(state, 0)
            state = RULES.step(state, move, draws)
        verdict = RULES.verdict(state, True)
        assert verdict is not None
        assert verdict.facts["succeeded"]


OWN_MOVES = {
    "poker": {"hold", "draw", "reroll", "peek", "early_finish"},
    "press_your_luck": {"draw", "stop", "safe_draw", "double_down"},
    "blackjack": {"hit", "stand", "double_down", "insurance"},
    "deckbuilder": {"draw", "stop"},
}


@given(games())
def test_a_game_allows_no_moves_of_another(
    game: tuple[dict[str, Any], str, list[Move], list[State]],
) -> None:
    for state in game[3]:
        assert set(RULES.legal(state, 0)) <= OWN_MOVES[game[0]["game"]] | {"forfeit", "bail_out"}


@pytest.mark.parametrize("game", GAMES)
def test_who_gives_up_or_gets_out_has_not_succeeded(game: str) -> None:
    draws = Stacked("2S 3H 4D 5C 6S 9H")
    state = RULES.start(terms(game, bail_out=True), draws)
    assert "bail_out" not in RULES.legal(state, 0)
    state = RULES.step(state, Move(0, "hit" if game == "blackjack" else "draw", {}, AT), draws)
    assert "bail_out" in RULES.legal(state, 0)
    promised = RULES.view(state, 0)["bail_out_percent"]
    out = RULES.verdict(RULES.step(state, Move(0, "bail_out", {}, AT), draws), False)
    gone = RULES.verdict(RULES.step(state, Move(0, "forfeit", {}, AT), draws), False)
    assert out is not None
    assert gone is not None
    assert (out.status, out.facts["succeeded"], out.facts["bailed"]) == (
        "resolved",
        False,
        promised,
    )
    assert (gone.status, gone.facts["succeeded"], gone.facts["bailed"]) == (
        "forfeited",
        False,
        None,
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"game": "whist"},
        {"suit": "swords"},
        {"skill": 101},
        {"skill": 7.5},
        {"skill": None},
        {"grade": 0},
        {"grade": True},
        {"relief": 51},
        {"target": 0},
        {"specials": None},
        {"specials": ["spades-A"]},
        {"specials": {"spades-1": {}}},
        {"specials": {"spades-A": {"score": 26}}},
        {"specials": {"spades-A": {"luck": 1}}},
        {"deck": CODES},
    ],
)
def test_terms_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        RULES.start({**terms("poker"), **wrong}, seeded(1))
