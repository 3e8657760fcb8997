"""The engine of fights, as properties over any fight that content may describe."""

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from desperados.combat.fights.engine import cards, effects, ours, playing, theirs
from desperados.combat.fights.engine.blows import BOSS_BLOW, FIGHT_BLOW, FOE_BLOW
from desperados.combat.fights.engine.fray import Fray
from desperados.combat.fights.engine.setup import Ability, Flee, Foe, Member, Phase, Setup
from desperados.combat.fights.engine.state import MOST_MINIONS, Battle
from desperados.deck.hands import Strength
from desperados.engine.dice import Draws
from desperados.play.shapes.errors import IllegalMove
from desperados.play.shapes.rules import Move
from tests.combat.fights.brawls import AIR, AT, COLD, last, played, setups, wildly

seeds = st.binary(min_size=8, max_size=8)


def fighters(battle: Battle) -> list[Any]:
    return [*battle["members"], battle["foe"], *battle["minions"]]


@settings(max_examples=60, deadline=None)
@given(setup=setups(), seed=seeds, luck=st.integers(0, 9999))
def test_whatever_is_done_a_fight_stays_whole_and_ends(
    setup: Setup, seed: bytes, luck: int
) -> None:
    phase, healed, before = 1, 0, None
    for battle in played(setup, seed, wildly(Random(luck))):
        for fighter in fighters(battle):
            assert 0 <= fighter["health"] <= fighter["max_health"]
            assert all(
                e["rounds"] > 0 and 0 < e["stacks"] <= effects.MOST_STACKS
                for e in fighter["effects"]
            )
        assert len(battle["minions"]) <= MOST_MINIONS
        assert phase <= battle["foe"]["phase"] <= len(setup.foe.phases)
        phase = battle["foe"]["phase"]
        for member in battle["members"]:
            assert len(set(member["hand"])) == len(member["hand"])
            assert set(member["hand"]) <= set(member["seen"])
            for gauge in setup.gauges:
                assert gauge.low <= member["gauges"][gauge.code] <= gauge.high
            if member["out"] == "down":
                assert member["health"] == 0
        if before is not None and battle["round"] != before["round"]:
            healed += sum(event["what"] == "healed" for event in battle["events"])
            entered = [e["phase"] for e in battle["events"] if e["what"] == "phase"]
            assert entered == list(range(before["foe"]["phase"] + 1, battle["foe"]["phase"] + 1))
        before = battle
    kinds = [ability.kind for ability in setup.foe.abilities]
    assert healed <= theirs.MOST_HEALS * kinds.count("heal")
    assert playing.ending_of(battle, True) is not None
    assert playing.in_turn(battle) == [] or playing.ending_of(battle, False) is not None


@settings(max_examples=20, deadline=None)
@given(setup=setups(), seed=seeds, luck=st.integers(0, 9999))
def test_the_same_seed_and_moves_come_to_the_same_end(setup: Setup, seed: bytes, luck: int) -> None:
    first = list(played(setup, seed, wildly(Random(luck))))
    assert list(played(setup, seed, wildly(Random(luck)))) == first


@settings(max_examples=20, deadline=None)
@given(setup=setups(), seed=seeds)
def test_a_step_changes_no_state_that_it_was_given(setup: Setup, seed: bytes) -> None:
    draws = Draws(seed)
    battle = playing.begin(setup, draws)
    kept = copy.deepcopy(battle)
    playing.step(battle, Move(playing.in_turn(battle)[0], "defend", {}, AT), draws)
    assert battle == kept


def brawl(health: int = 100, **foe: Any) -> Setup:
    """One of ours against one who hits with a plain 10."""
    whole = {"code": "foe", "name": "Foe", "health": 1_000, "attack": 10, **foe}
    member = Member(name="Jane", health=health, max_health=100, rerolls=1, peeks=1)
    return Setup(members=[member], foe=Foe(**whole), blow=FIGHT_BLOW)


def fray(setup: Setup, seed: bytes = b"seed") -> Fray:
    draws = Draws(seed)
    return Fray(playing.begin(setup, draws), setup, draws)


def step(battle: Battle, name: str, *, seat: int = 0, seed: bytes = b"x", **about: Any) -> Battle:
    return playing.step(battle, Move(seat, name, about, AT), Draws(seed))


def test_a_blow_that_skips_a_phase_enters_each_once() -> None:
    phases = [Phase(name=str(below), below=below) for below in (100, 66, 33)]
    struck = fray(brawl(phases=phases))
    struck.battle["foe"]["health"] = 10
    theirs.enter_phases(struck)
    assert [event["phase"] for event in struck.battle["events"]] == [2, 3]
    struck.battle["foe"]["health"] = 1_000
    theirs.enter_phases(struck)
    assert struck.battle["foe"]["phase"] == 3
    assert len(struck.battle["events"]) == 2


def test_an_ultimate_is_announced_a_round_before() -> None:
    ultimate = Ability(code="doom", name="Doom", kind="ultimate", power=20, every=9, priority=9)
    battle = fray(brawl(abilities=[ultimate], plain=0)).battle
    announced = step(battle, "attack", hold=[])
    assert announced["foe"]["announced"] == "doom"
    assert announced["members"][0]["taken"] == 10
    struck = step(announced, "attack", hold=[])
    assert (struck["foe"]["announced"], struck["members"][0]["taken"]) == (None, 40)
    assert step(struck, "attack", hold=[])["members"][0]["taken"] == 50


def test_who_defends_takes_half_and_has_a_card_more() -> None:
    battle = step(fray(brawl()).battle, "defend")
    assert battle["members"][0]["taken"] == 5
    assert len(battle["members"][0]["hand"]) == 6
    after = step(battle, "attack", hold=[])
    assert (after["members"][0]["taken"], len(after["members"][0]["hand"])) == (15, 5)


def test_effects_tick_end_and_keep_within_their_stacks() -> None:
    lasting: list[effects.Lasting] = []
    for _ in range(9):
        lasting = effects.added(lasting, "bleed", 2, 4)
    assert [(e["stacks"], e["rounds"]) for e in lasting] == [(5, 2)]
    assert effects.loss(lasting) == 20
    lasting = effects.added(lasting, "weakness", 3, 0)
    assert effects.damage(lasting, 100) == 60
    once = effects.ticked(lasting)
    assert [e["rounds"] for e in once] == [1, 2]
    assert effects.ticked(effects.ticked(once)) == []
    assert effects.suffered(effects.added([], "armor_break", 1, 0), 10) == 20


def test_whom_the_foe_stuns_loses_the_round_and_nobody_waits() -> None:
    stun = Ability(code="daze", name="Daze", kind="debuff", effect="stun", rounds=1, every=3)
    battle = fray(brawl(abilities=[stun], plain=0)).battle
    after = step(battle, "attack", hold=[])
    # Stunned in the first round, she has no choice in the second, which is played at once.
    assert after["round"] == 3
    assert playing.in_turn(after) == [0]


def test_a_stunned_foe_does_nothing() -> None:
    stunned = fray(brawl())
    stunned.battle["foe"]["effects"] = effects.added([], "stun", 2, 0)
    assert step(stunned.battle, "attack", hold=[])["members"][0]["taken"] == 0


def test_cold_bites_torches_warm_and_without_air_one_falls() -> None:
    setup = brawl().model_copy(update={"gauges": [COLD, AIR]})
    battle = fray(setup).battle
    for _ in range(2):
        battle = step(battle, "attack", hold=[])
    member = battle["members"][0]
    assert (member["gauges"], len(member["hand"])) == ({"cold": 4, "air": 80}, 4)
    battle = step(battle, "item", item="torch", heal=0)
    assert battle["members"][0]["gauges"]["cold"] == 2
    battle["members"][0]["gauges"]["air"] = 10
    fallen = step(battle, "attack", hold=[])
    assert fallen["members"][0]["out"] == "down"
    assert playing.ending_of(fallen, False) == "defeat"


def test_enraged_the_foe_hits_twice_as_hard_with_every_round() -> None:
    setup = brawl().model_copy(update={"enrage": 2})
    battle, taken = fray(setup).battle, []
    for _ in range(3):
        battle = step(battle, "attack", hold=[])
        taken.append(battle["members"][0]["taken"])
    assert taken == [10, 30, 70]


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("attack", {"hold": [0, 0]}),
        ("attack", {"hold": [-1]}),
        ("attack", {"hold": [7]}),
        ("attack", {"hold": "1"}),
        ("attack", {"hold": [True]}),
        ("attack", {"hold": list(range(500))}),
        ("attack", {"hold": [], "target": "minion-1"}),
        ("hold", {"hold": None}),
        ("reroll", {"card": 5}),
        ("reroll", {}),
    ],
)
def test_what_is_not_in_the_hand_cannot_be_held(name: str, about: dict[str, Any]) -> None:
    with pytest.raises(IllegalMove):
        step(fray(brawl()).battle, name, **about)


def test_the_card_that_was_peeked_at_comes_first() -> None:
    peeked = step(fray(brawl()).battle, "peek")
    member = peeked["members"][0]
    assert member["peeked"] not in member["hand"]
    assert "peek" not in playing.legal(peeked, 0)
    changed = step(peeked, "reroll", card=0, seed=b"other")
    assert changed["members"][0]["hand"][0] == member["peeked"]
    assert "reroll" not in playing.legal(changed, 0)
    struck = step(peeked, "attack", hold=[0, 1, 2, 3], seed=b"other")
    (blow,) = [event for event in struck["events"] if event["what"] == "blow"]
    assert set(blow["cards"]) == {*member["hand"][:4], member["peeked"]}


def test_the_clock_holds_what_was_told_or_what_is_alike() -> None:
    battle = fray(brawl()).battle
    battle["members"][0]["hand"] = ["spades-A", "hearts-A", "clubs-4", "clubs-7", "clubs-9"]
    assert playing.auto(battle, 0) == ("attack", {"hold": [0, 1]})
    battle["members"][0]["held"] = [4]
    assert playing.auto(battle, 0) == ("attack", {"hold": [4]})
    late = brawl().model_copy(update={"late": "defend"})
    assert playing.auto(fray(late).battle, 0) == ("defend", {})


def test_fleeing_is_likely_at_first_and_over_after_three_rounds() -> None:
    setup = brawl()
    battle, percents = fray(setup).battle, []
    while "flee" in playing.legal(battle, 0):
        percents.append(ours.flee_percent(battle, setup, 0))
        battle = step(battle, "defend")
    assert percents == [70, 60, 50]
    sure = setup.model_copy(update={"flee": Flee(percent=100)})
    assert playing.ending_of(step(fray(sure).battle, "flee"), False) == "fled"


def test_whoever_is_behind_when_time_runs_out_has_lost_and_whoever_is_ahead_not_won() -> None:
    ahead, behind = fray(brawl()).battle, fray(brawl(health=50)).battle
    assert playing.ending_of(ahead, False) is None
    ahead["foe"]["health"] = 500
    assert (playing.ending_of(ahead, True), playing.ending_of(behind, True)) == ("draw", "defeat")
    ahead["round"] = behind["round"] = 51
    assert (playing.ending_of(ahead, False), playing.ending_of(behind, False)) == (
        "victory",
        "defeat",
    )


def party(count: int = 3) -> Setup:
    whole = brawl(attack=1)
    members = [Member(name=f"m{n}", health=90, max_health=90, peeks=1) for n in range(count)]
    return whole.model_copy(update={"members": members, "late": "defend"})


def test_a_party_moves_at_once_and_sees_nothing_of_each_other() -> None:
    battle = fray(party()).battle
    assert playing.in_turn(battle) == [0, 1, 2]
    assert not playing.PREPARING & set(playing.legal(battle, 0))
    first = step(battle, "attack", seat=1, hold=[0])
    assert (first["round"], playing.in_turn(first)) == (1, [0, 2])
    seen = str(playing.view(first, 0))
    assert "'acted': True" in seen
    for seat in (1, 2):
        assert not any(
            card in seen
            for card in set(battle["members"][seat]["hand"]) - set(battle["members"][0]["hand"])
        )
    both = step(step(first, "defend", seat=0), "flee", seat=2)
    assert both["round"] == 2


def test_who_fled_or_fell_is_neither_asked_nor_hit() -> None:
    battle = fray(party()).battle
    battle["members"][0]["out"], battle["members"][1]["health"] = "fled", 1
    after = step(step(battle, "attack", seat=1, hold=[]), "attack", seat=2, hold=[])
    assert battle["members"][0]["health"] == after["members"][0]["health"]
    assert playing.legal(after, 0) == []


def test_what_no_content_may_say_is_refused() -> None:
    for wrong in (
        {"phases": [Phase(below=50)]},
        {"phases": [Phase(), Phase(below=30), Phase(below=60)]},
        {"abilities": [Ability(code="a", name="A", kind="heal")] * 2},
    ):
        with pytest.raises(ValidationError):
            brawl(**wrong)
    with pytest.raises(ValidationError):
        Ability(code="a", name="A", kind="dot")
    with pytest.raises(ValidationError):
        Ability(code="a", name="A", kind="damage", effect="hiccups")


def test_hands_of_any_size_are_judged() -> None:
    assert cards.best_of(["spades-A", "hearts-A", "clubs-2"])[0] is Strength.PAIR
    assert cards.best_of(["spades-A", "hearts-A", "clubs-2", "spades-2"])[0] is Strength.TWO_PAIR
    six = ["spades-2", "hearts-A", "clubs-A", "spades-A", "diamonds-A", "hearts-K"]
    strength, best = cards.best_of(six)
    assert (strength, set(six) - set(best)) == (Strength.FOUR, {"spades-2"})


@pytest.mark.parametrize(
    ("blow", "codes", "damage"),
    [
        (FIGHT_BLOW, ("spades-2", "hearts-4", "spades-6", "spades-8", "diamonds-10"), 5),
        (FIGHT_BLOW, ("clubs-2", "clubs-4", "clubs-6", "clubs-8", "clubs-10"), 45),
        (FIGHT_BLOW, ("clubs-10", "clubs-J", "clubs-Q", "clubs-K", "clubs-A"), 60),
        (FOE_BLOW, ("spades-2", "hearts-2", "spades-6", "spades-8", "diamonds-10"), 8),
        (BOSS_BLOW, ("spades-2", "hearts-2", "spades-6", "hearts-6", "diamonds-10"), 80),
    ],
)
def test_the_scales_make_damage_of_hands(blow: Any, codes: tuple[str, ...], damage: int) -> None:
    assert cards.worth(blow, codes) == damage


def test_ordinary_play_is_worth_what_the_numbers_say() -> None:
    """A seed, and three standard errors: the balance of all fights hangs on these means."""
    luck, hands = Random(1876), []
    for _ in range(4_000):
        hand = cards.drawn(luck, (), 5)
        held = cards.promising(hand)
        hands.append(cards.exchanged(hand, held, cards.drawn(luck, set(hand), 5 - len(held))))
    means = {
        name: sum(cards.worth(blow, hand) for hand in hands) / len(hands)
        for name, blow in {"boss": BOSS_BLOW, "fight": FIGHT_BLOW, "foe": FOE_BLOW}.items()
    }
    assert means["boss"] == pytest.approx(64, abs=2)
    assert means["fight"] == pytest.approx(11.8, abs=0.6)
    assert means["foe"] == pytest.approx(8.6, abs=0.4)


def test_a_foe_with_better_wits_plays_better_hands() -> None:
    luck = Random(1876)
    means = [
        sum(cards.best_of(cards.played_by(wits, luck))[0] for _ in range(1_500)) / 1_500
        for wits in (1, 5, 8, 10)
    ]
    assert means[0] + 0.2 < means[1]
    assert means[1] <= means[2] < means[3]


@settings(max_examples=15, deadline=None)
@given(setup=setups(), seed=seeds)
def test_good_play_ends_within_the_rounds(setup: Setup, seed: bytes) -> None:
    assert last(setup, seed)["round"] <= setup.rounds + 1
