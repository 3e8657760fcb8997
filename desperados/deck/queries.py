"""Looks at deeds, games, and what came of them."""

from __future__ import annotations

from typing import Literal

from bson import ObjectId

from desperados.characters.actor import load_actor
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant, load_participant
from desperados.deck.actions import (
    ActionType,
    PlayedAction,
    all_actions,
    cooldown_of,
    hours_of,
    is_done_at,
)
from desperados.deck.collection.decks import all_specials, deck_of
from desperados.deck.documents import ActionDeckSession, ActionResult, CardDeck
from desperados.deck.sessions import ACTION, DECK_GAME, show
from desperados.deck.views import (
    ActionView,
    CardView,
    DeckGameView,
    DeckRecord,
    DeckView,
    GameResult,
    TalliedGames,
    result_view,
)
from desperados.engine.allowances import Usage, read_usage
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import alone
from desperados.engine.views import Cursor, Limit, Page
from desperados.play.requirements import Requirement, Situation, situation_of, unmet
from desperados.play.requirements.views import unmet_view
from desperados.play.rewards import bound
from desperados.play.shapes import games
from desperados.play.shapes.errors import GameNotFound
from desperados.world.places import Place, read_place

PLAYED = (ActionType.COMBAT, ActionType.SOCIAL, ActionType.CRAFT)
PlayedType = Literal["combat", "social", "craft"]
PastPurpose = Literal["action", "practice", "crime"]


async def list_actions(actor: ObjectId, kind: PlayedType | None = None) -> list[ActionView]:
    """The deeds that cards decide, those that are done here first: what they cost a character, may
    bring, and what of all that they ask for it does not meet. Crimes are not among them.

    Raises:
        CharacterNotFound: there is no such character.
    """
    wanted = PLAYED if kind is None else (ActionType(kind),)
    return await offers_of(actor, [each for each in await all_actions() if each.type in wanted])


async def offers_of(actor: ObjectId, actions: list[PlayedAction]) -> list[ActionView]:
    """These deeds for a character where it is: those that are done there first.

    Raises:
        CharacterNotFound: there is no such character.
    """
    who = await load_participant(actor)
    place = await read_place(who.location_id)
    usage = await read_usage(*(limit for each in actions for limit in cooldown_of(each, actor)))
    needs = {each.code: _needs(each, place) for each in actions}
    situation = await situation_of(who, [need for each in needs.values() for need in each])
    found = [_offer(each, who, place, usage, situation, needs[each.code]) for each in actions]
    return sorted(found, key=lambda each: not each.here)


async def get_game(actor: ObjectId, game_id: ObjectId) -> DeckGameView:
    """A deck game of a character, after what the clock had to do in it.

    Raises:
        GameNotFound: there is no such game, or it is somebody else's.
    """
    game, _ = await games.read(DECK_GAME, actor, game_id)
    return await show(game)


async def current_game(actor: ObjectId) -> DeckGameView:
    """The deck game that a character is at, or was at last, after what the clock had to do in it.

    Raises:
        GameNotFound: there is none that is kept.
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    row = await ActionDeckSession.collection().find_one(
        {"characterId": actor, "startedAt": {"$type": "date"}}, {"_id": 1}, sort=[("startedAt", -1)]
    )
    if row is None:
        raise GameNotFound()
    return await get_game(actor, row["_id"])


async def list_results(
    actor: ObjectId,
    purpose: PastPurpose = ACTION,
    *,
    limit: Limit = 50,
    after: Cursor | None = None,
) -> Page[GameResult]:
    """What came of the games of a character that were played for one purpose, the newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        ActionResult.collection(),
        {"characterId": actor, "result.purpose": purpose},
        sort="-performedAt",
        limit=limit,
        after=after,
        view=result_view,
    )


async def read_record(actor: ObjectId) -> DeckRecord:
    """How all deck games of a character ended, by their kind.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    deck = await alone(deck_of(actor))
    return DeckRecord(
        games=[
            TalliedGames(game=game, **{name: int(counts.get(name, 0)) for name in _COUNTS})
            for game, counts in sorted(deck.record.items())
        ],
        streak=deck.streak,
        hot_hand=deck.hot_hand,
    )


async def read_deck(actor: ObjectId) -> DeckView:
    """The special cards that a character has, and the deck that it plays with.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    return await deck_view(await alone(deck_of(actor)))


async def deck_view(deck: CardDeck) -> DeckView:
    """A deck as its owner may see it."""
    return DeckView(
        cards=[
            CardView(
                card=card.code,
                name=card.name,
                plain=card.plain,
                rarity=card.rarity.value,
                score=card.score,
                threshold=card.threshold,
                owned=int(owned),
            )
            for card in await all_specials()
            if (owned := deck.owned.get(card.code, 0))
        ],
        active=deck.active,
        streak=deck.streak,
        hot_hand=deck.hot_hand,
    )


_COUNTS = ("played", "won", "bailed", "forfeited")


def _needs(action: PlayedAction, place: Place | None) -> list[Requirement]:
    hours = hours_of(action, place) if is_done_at(action, place) else []
    return [*action.needs, *hours]


def _offer(
    action: PlayedAction,
    who: Participant,
    place: Place | None,
    usage: Usage,
    situation: Situation,
    needs: list[Requirement],
) -> ActionView:
    most = bound(action.reward)
    ready = [moment for limit in cooldown_of(action, who.id) if (moment := usage.free_at(*limit))]
    return ActionView(
        action=action.code,
        name=action.name,
        type=action.type.value,
        suit=action.suit,
        game=action.game,
        grade=action.grade,
        tier=action.tier,
        energy=energy_cost(action.energy, who.level, who.effects, who.at),
        dollars=most.dollars,
        xp=most.xp,
        places=list(action.places),
        here=is_done_at(action, place),
        ready_at=max(ready, default=None),
        unmet=[unmet_view(missing) for missing in unmet(situation, needs)],
    )
