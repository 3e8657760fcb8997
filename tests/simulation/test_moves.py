"""Which moves there are, and how a bot draws."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from desperados.engine import dice
from desperados.engine.manifest.bots import now_and_then, one_of, up_to
from desperados.engine.manifest.routes import Access
from desperados.simulation.moves import all_moves, in_random_order

MOVES = all_moves()


@given(st.integers(0, 10**9), st.integers())
def test_a_bot_asks_for_at_least_one_and_for_little_more_than_there_is(
    most: int, seed: int
) -> None:
    with dice.seeded(seed):
        assert 1 <= up_to(most) <= max(1, most) + 10


def test_a_bot_mostly_asks_for_little_sometimes_for_all_and_rarely_for_too_much() -> None:
    with dice.seeded(1):
        asked = Counter((n > 100) - (n < 100) for n in (up_to(100) for _ in range(2_000)))
    assert asked[-1] > asked[0] > asked[1] > 0


def test_of_nothing_there_is_nothing_to_choose() -> None:
    assert one_of([]) is None
    assert one_of(["rope"]) == "rope"
    assert not now_and_then(0)
    assert now_and_then(100)


@given(st.integers())
def test_every_move_comes_once_and_the_heavy_ones_first_as_a_rule(seed: int) -> None:
    with dice.seeded(seed):
        order = list(in_random_order(MOVES))
    assert Counter(order) == Counter(MOVES)


def test_a_heavy_move_comes_first_as_often_as_its_weight_says() -> None:
    total = sum(move.bot.weight for move in MOVES)
    heaviest = max(MOVES, key=lambda move: move.bot.weight)
    with dice.seeded(2):
        first = Counter(next(in_random_order(MOVES)).name for _ in range(3_000))
    expected = 3_000 * heaviest.bot.weight / total
    assert 0.8 * expected < first[heaviest.name] < 1.2 * expected


def test_what_only_the_staff_may_do_is_no_move() -> None:
    assert {move.access for move in MOVES} == {Access.PUBLIC, Access.USER, Access.OWNER}


def test_passwords_and_tokens_are_not_in_the_trace() -> None:
    (login,) = (move for move in MOVES if move.name == "accounts.login")
    assert login.told({"login": "jane", "password": "Six-shooter"}) == (
        "accounts.login(login=jane, password=...)"
    )
