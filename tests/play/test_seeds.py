"""Chance that follows from a seed: fair, countable, and to be taken up where it was left."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine import dice
from desperados.engine.dice import Draws
from desperados.play.seeds import draws_of, hash_of, new_seed

SEED = "5a" * 32
seeds = st.binary(min_size=32, max_size=32)


def test_a_seed_is_32_bytes_and_its_hash_is_their_sha_256() -> None:
    seed, other = new_seed(), new_seed()
    assert len(bytes.fromhex(seed.secret)) == 32
    assert (
        seed.hash == hash_of(seed.secret) == hashlib.sha256(bytes.fromhex(seed.secret)).hexdigest()
    )
    assert seed.secret != other.secret
    with dice.seeded(7):
        first = new_seed()
    with dice.seeded(7):
        assert new_seed() == first


def test_the_numbers_are_those_that_the_docstring_says() -> None:
    draws, seed = draws_of(SEED), bytes.fromhex(SEED)
    blocks = [hashlib.sha256(seed + n.to_bytes(8, "big")).digest() for n in range(4)]
    assert draws.getrandbits(8) == blocks[0][0]
    assert draws.random() == (int.from_bytes(blocks[1], "big") >> 203) / 2**53
    assert draws.getrandbits(512) == int.from_bytes(blocks[2] + blocks[3], "big")
    assert draws.drawn == 4


@given(
    seeds,
    st.lists(st.sampled_from(["roll", "float", "shuffle", "sample", "gauss", "choice"])),
    st.data(),
)
def test_who_knows_the_count_goes_on_where_the_last_one_stopped(
    seed: bytes, calls: list[str], data: st.DataObject
) -> None:
    def draw(draws: Draws, call: str) -> object:
        deck = list(range(52))
        match call:
            case "roll":
                return draws.randint(1, 6)
            case "float":
                return draws.uniform(-1, 1)
            case "shuffle":
                draws.shuffle(deck)
                return deck
            case "sample":
                return draws.sample(deck, 5)
            case "gauss":
                return draws.gauss(0, 1)
        return draws.choice(deck)

    whole = Draws(seed)
    expected = [draw(whole, call) for call in calls]
    stop = data.draw(st.integers(0, len(calls)))
    before = Draws(seed)
    found = [draw(before, call) for call in calls[:stop]]
    after = Draws(seed, before.drawn)
    found += [draw(after, call) for call in calls[stop:]]
    assert found == expected
    assert after.drawn == whole.drawn


def test_nothing_sets_it_back() -> None:
    draws = draws_of(SEED)
    first = draws.random()
    draws.seed(1)
    assert draws.random() != first
    assert draws.drawn == 2


@pytest.mark.parametrize("sides", [2, 6, 52])
def test_each_side_comes_as_often(sides: int) -> None:
    """Chi-squared: with these seeds far below what comes once in a thousand times by chance."""
    throws = 200 * sides
    draws = draws_of(SEED)
    seen = Counter(draws.randrange(sides) for _ in range(throws))
    off = sum((seen[side] - 200) ** 2 / 200 for side in range(sides))
    assert off < {2: 10.8, 6: 20.5, 52: 88.0}[sides]
