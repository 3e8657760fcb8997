"""What comes of a fight: shares that add up, and nothing for nothing."""

from hypothesis import given
from hypothesis import strategies as st

from desperados.combat.bosses.rules import Fought, dollars_of, eligible, xp_of

parties = st.lists(
    st.builds(Fought, damage=st.integers(0, 20_000), fled=st.booleans()), min_size=1, max_size=5
)


@given(st.integers(0, 100_000), parties)
def test_every_coin_is_somebodys_or_burned_with_those_who_fled(
    pot: int, party: list[Fought]
) -> None:
    shares, total = dollars_of(pot, party), sum(one.damage for one in party)
    assert list(shares) == eligible(party)
    if shares:
        fled = sum(one.damage for one in party if one.fled)
        assert sum(shares.values()) == pot - pot * fled // total
    assert all(share >= 0 for share in shares.values())


@given(st.integers(0, 100_000), parties)
def test_who_has_dealt_more_has_no_less(pot: int, party: list[Fought]) -> None:
    shares = list(dollars_of(pot, party).values())
    assert shares == sorted(shares, reverse=True)


@given(parties)
def test_who_has_earned_a_part_has_dealt_a_tenth_and_stayed(party: list[Fought]) -> None:
    total = sum(one.damage for one in party)
    for seat, one in enumerate(party):
        earned = not one.fled and one.damage > 0 and one.damage * 10 >= total
        assert (seat in eligible(party)) == earned


@given(st.integers(0, 100_000), parties)
def test_experience_is_whole_for_an_even_share_and_a_tenth_for_being_there(
    xp: int, party: list[Fought]
) -> None:
    total = sum(one.damage for one in party)
    for seat, one in enumerate(party):
        gained = xp_of(xp, party, seat)
        if one.fled:
            assert gained == 0
        elif seat not in eligible(party):
            assert gained == xp // 10
        else:
            assert xp // 2 <= gained <= xp
            assert gained == xp or one.damage * len(party) < total


def test_the_last_coin_goes_to_who_dealt_most() -> None:
    party = [Fought(100), Fought(200), Fought(20), Fought(100, fled=True)]
    assert eligible(party) == [1, 0]
    assert dollars_of(1_000, party) == {1: 508, 0: 254}  # 238 are burned
    assert [xp_of(1_000, party, seat) for seat in range(4)] == [976, 1_000, 100, 0]


def test_alone_everything_is_ones_own() -> None:
    assert dollars_of(777, [Fought(1)]) == {0: 777}
    assert xp_of(777, [Fought(1)], 0) == 777
    assert dollars_of(777, [Fought(1, fled=True)]) == {}
    assert dollars_of(777, [Fought(0)]) == {}
