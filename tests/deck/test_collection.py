"""Special cards: found by their rarity, bound to their owner, played in the place of plain ones."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
import yaml

from desperados.deck.cards import DECK
from desperados.deck.collection import award_card, build_deck
from desperados.deck.collection.decks import WEIGHTS, Rarity, Special, all_specials, drawn
from desperados.deck.documents import ActionDeckSession, CardDeck
from desperados.deck.errors import CardNotFound, InvalidDeck
from desperados.deck.queries import get_game, read_deck
from desperados.deck.service import start_action
from desperados.engine.clock import FrozenClock
from desperados.engine.transactions import transaction
from desperados.seeding import default_directory
from desperados.testing import Luck, World, hammer
from tests.deck.players import EVENING, game_of, player, reseed, rigged, to_the_end

PLAIN = [card.code for card in DECK]


def special(code: str, rarity: Rarity) -> Special:
    return Special(code, code, "spades-A", rarity, 5, 0)


def test_a_class_is_drawn_first_however_many_cards_it_has() -> None:
    cards = [special(f"c{number}", Rarity.COMMON) for number in range(50)]
    cards += [special(rarity.value, rarity) for rarity in Rarity if rarity is not Rarity.COMMON]
    random = Random(1876)
    found = Counter(card.rarity for card in (drawn(cards, random) for _ in range(20_000)) if card)
    for rarity, percent in WEIGHTS.items():
        expected = 200 * percent
        assert abs(found[rarity] - expected) < 5 * (expected * (100 - percent) / 100) ** 0.5


def test_of_an_empty_class_the_next_more_common_is_taken() -> None:
    random = Random(1876)
    assert drawn([], random) is None
    epic, common = special("e", Rarity.EPIC), special("c", Rarity.COMMON)
    assert {drawn([epic], random) for _ in range(50)} == {epic}
    counts = Counter(drawn([epic, common], random) for _ in range(2_000))
    assert 60 < counts[epic] < 180  # legendary and epic: 6%


async def test_there_are_cards_of_all_classes_and_no_two_names(world: World) -> None:
    cards = await all_specials()
    assert len(cards) >= 20
    assert {card.rarity for card in cards} == set(Rarity)
    assert len({card.name for card in cards}) == len(cards)
    for card in cards:
        assert (card.score > 0) != (card.threshold > 0)
        assert card.plain in PLAIN
    rows = yaml.safe_load((default_directory() / "cards.yaml").read_text())["cards"]
    assert len([row for row in rows if not row["isSpecial"]]) == 52


async def test_a_card_that_was_found_can_be_played(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    card = await award_card(jane, "black_powder")
    assert (card.plain, card.owned) == ("clubs-10", 1)
    mine = [card.card if code == card.plain else code for code in PLAIN]
    deck = await build_deck(jane, mine)
    assert deck.active == mine
    shown = await start_action(jane, "bar_brawl")
    game = await game_of(shown.id)
    assert game.terms["specials"] == {"clubs-10": {"score": 12, "threshold": 0}}
    plain = await build_deck(jane, PLAIN)
    assert plain.active == []


async def test_a_stake_is_played_with_a_plain_deck(world: World, time: FrozenClock) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    await award_card(jane, "black_powder")
    await build_deck(jane, ["black_powder" if code == "clubs-10" else code for code in PLAIN])
    shown = await start_action(jane, "bar_brawl", 20)
    assert (await game_of(shown.id)).terms["specials"] == {}


@pytest.mark.parametrize(
    "cards",
    [
        PLAIN[:51],
        [*PLAIN, PLAIN[0]],
        [*PLAIN[:51], PLAIN[0]],
        ["black_powder" if code == "clubs-10" else code for code in PLAIN],  # not hers
        ["marked_deuce" if code == "clubs-10" else code for code in PLAIN],  # another's place
        [*PLAIN[:51], "joker"],
        [],
    ],
)
async def test_what_is_no_deck(world: World, cards: list[str]) -> None:
    jane = await world.character()
    await award_card(jane, "marked_deuce")
    with pytest.raises(InvalidDeck):
        await build_deck(jane, cards)
    assert (await read_deck(jane)).active == []


async def test_cards_that_are_given_at_once_are_all_there(world: World) -> None:
    jane = await world.character()
    outcomes = await hammer(lambda: award_card(jane, "marked_deuce"), 5)
    assert outcomes.done == 5
    assert (await read_deck(jane)).cards[0].owned == 5
    await award_card(jane, "marked_deuce", key="k")
    await award_card(jane, "marked_deuce", key="k")
    assert (await read_deck(jane)).cards[0].owned == 6
    with pytest.raises(CardNotFound):
        await award_card(jane, "spades-A")  # a plain one


async def test_a_card_is_given_with_what_gives_it_or_not_at_all(world: World) -> None:
    jane = await world.character()
    with pytest.raises(RuntimeError):
        async with transaction():
            await award_card(jane)
            raise RuntimeError
    assert (await read_deck(jane)).cards == []


async def test_a_great_win_may_bring_a_card(world: World, time: FrozenClock, luck: Luck) -> None:
    time.at = EVENING
    jane = await player(world, "golden-spur-saloon", level=5)
    shown = await start_action(jane, "bar_brawl")
    shown = await reseed(jane, shown, rigged("poker", won=True))
    game = await game_of(shown.id)
    flush = [f"clubs-{rank}" for rank in ("2", "5", "9", "J", "K")]
    rest = [card for card in [*game.hand, *game.deck] if card not in flush]
    dealt = {"hand": flush, "deck": rest}
    await ActionDeckSession.collection().update_one({"_id": game.id}, {"$set": dealt})
    shown = await get_game(jane, game.id)
    luck.next(1)  # one in ten
    over = await to_the_end(jane, shown)
    assert over.result is not None
    assert over.result.succeeded
    assert over.result.card is not None
    deck = await CardDeck.load_one({"characterId": jane})
    assert deck is not None
    assert deck.owned == {over.result.card: 1}
