"""The bodies that the API page shows to begin with succeed, sent in the order of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiohttp.test_utils import TestClient
from bson import ObjectId

from desperados import economy
from desperados.accounts.documents import UserRole
from desperados.api.app import create_app
from desperados.api.routes import PREFIX
from desperados.engine import clock
from desperados.inventory import staff as item_staff
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.testing import World
from tests.api.client import Api
from tests.api.conftest import ApiServer
from tests.api.contract import document

MONDAY = datetime(2026, 11, 29, 14, tzinfo=UTC)  # in the game: the bar is open, Abe in town
EXAMPLE_ID = "65f0c0ffee0123456789abcd"

# What an example cannot know, and what is answered that says so.
PREPARED = {
    "POST /sessions/refresh": ("the token is that of the last answer", "invalid_token"),
    "POST /characters/{characterId}/market/listings/{listingId}/bids": (
        "bids are for auctions of others",
        "self_trade",
    ),
    "POST /characters/{characterId}/market/listings/{listingId}/purchases": (
        "one buys of others, at the price that they ask",
        "self_trade",
    ),
    "POST /characters/{characterId}/trades/{tradeId}/confirmation": (
        "the version is the last one, and each side gives something",
        "trade_changed",
    ),
    "POST /characters/{characterId}/law/bail": ("somebody sits", "not_jailed"),
    "POST /characters/{characterId}/crimes": ("the place offers it", "not_done_here"),
    "POST /characters/{characterId}/witnesses/{sightingId}/silence": (
        "somebody has seen something",
        "sighting_not_found",
    ),
    "POST /characters/{characterId}/jail/bribes": ("one sits", "not_jailed"),
    "POST /characters/{characterId}/arrests": ("the law wants somebody", "not_arrestable"),
    "POST /characters/{characterId}/bounties": ("nobody bars one from trade", "trade_locked"),
    "POST /characters/{characterId}/bounty-hunts": ("nobody bars one from trade", "trade_locked"),
    "POST /characters/{characterId}/law-contracts": (
        "one is of some level",
        "level_too_low",
    ),
    "POST /characters/{characterId}/law-contracts/current/stand": (
        "one has a contract",
        "no_contract",
    ),
    "POST /characters/{characterId}/hiding": ("there is a hiding place", "no_hiding_place"),
    "POST /characters/{characterId}/questions/{questionId}/answers": (
        "something was asked",
        "question_not_found",
    ),
    "POST /characters/{characterId}/boss-fights/{fightId}/moves": (
        "a fight against a boss is on",
        "game_not_found",
    ),
    "POST /characters/{characterId}/actions": ("one is where it is done", "not_done_here"),
    "POST /characters/{characterId}/deck/games/{gameId}/moves": (
        "a game has begun",
        "game_not_found",
    ),
    "PUT /characters/{characterId}/deck": ("52 cards are named", "invalid_deck"),
    "POST /characters/{characterId}/fights": ("one fights whom one meets", "not_here"),
    "POST /characters/{characterId}/fights/{fightId}/moves": ("a fight is on", "game_not_found"),
    "PUT /characters/{characterId}/scars/{index}": ("one has scars", "scar_not_found"),
    "POST /characters/{characterId}/duels/{duelId}/moves": (
        "the challenge was accepted",
        "game_not_found",
    ),
    "POST /characters/{characterId}/alms": ("one gives at a church", "wrong_place_type"),
    "POST /characters/{characterId}/rests": (
        "one rests where it is offered",
        "not_offered_here",
    ),
    "POST /characters/{characterId}/legends/rumors": ("one asks whom one meets", "nobody_here"),
    "POST /characters/{characterId}/legend-fights/{fightId}/moves": (
        "a fight is on",
        "game_not_found",
    ),
    "POST /admin/characters/{characterId}/pardon": ("somebody sits", "not_jailed"),
    "POST /characters/{characterId}/matches/{matchId}/hand": (
        "a match is to be played",
        "game_not_found",
    ),
    "POST /characters/{characterId}/shooting-contests/{contestId}/entry": (
        "a contest is announced",
        "shooting_not_found",
    ),
    "POST /characters/{characterId}/shooting-contests/{contestId}/shots": (
        "a contest is on",
        "shooting_not_found",
    ),
    "POST /admin/tournaments": ("the start is to come", "invalid_tournament"),
    "POST /admin/tournaments/{tournamentId}/cancellation": (
        "a tournament is announced",
        "tournament_not_found",
    ),
    "POST /admin/tournaments/{tournamentId}/disqualifications/{characterId}": (
        "a tournament is on",
        "tournament_not_found",
    ),
    "POST /admin/shooting-contests": ("the start is to come", "invalid_contest"),
    "POST /admin/shooting-contests/{contestId}/cancellation": (
        "a contest is announced",
        "shooting_not_found",
    ),
    "POST /characters/{characterId}/world-bosses/{worldBossId}/attacks": (
        "a world boss is there",
        "world_boss_not_found",
    ),
    "POST /admin/operations/{operationId}/reversal": (
        "the operation is one that can be undone",
        "operation_not_found",
    ),
}


def examples() -> Iterator[tuple[str, str, Any]]:
    """Method, address and body of each request that has one, in the order of the document."""
    tags = [tag["name"] for tag in document()["tags"]]
    found = [
        (described["tags"][0], method.upper(), path.removeprefix(PREFIX), described["requestBody"])
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
        if "requestBody" in described
    ]
    for _, method, path, body in sorted(found, key=lambda entry: tags.index(entry[0])):
        yield method, path, body["content"]["application/json"]["example"]


async def test_the_example_bodies_succeed_in_the_order_of_the_page(world: World) -> None:
    with clock.frozen(MONDAY) as time:
        async with TestClient(ApiServer(create_app(world.game))) as client:
            answered = await walk(Api(world.game, client), world, time)
    expected = {f"{method} {path}": "ok" for method, path, _ in examples()}
    assert answered == {**expected, **{name: code for name, (_, code) in PREPARED.items()}}


async def walk(api: Api, world: World, time: clock.FrozenClock) -> dict[str, str]:
    """Send every example; what was answered, by method and path."""
    sheriff = await api.join("sheriff", UserRole.ADMIN)
    names = {"shop": "golden-spur-bar", "merchant": "honest-abe", "bill": EXAMPLE_ID}
    names |= {"region": "town", "boss": "old-mossback"}
    names |= dict.fromkeys(("tournamentId", "matchId", "contestId", "gameId"), EXAMPLE_ID)
    token: str | None = None
    answered: dict[str, str] = {}
    # The password comes last: it ends the session.
    for method, path, body in sorted(examples(), key=lambda e: e[1] == "/account/password"):
        time.advance(10)
        answer = await api.call(
            method,
            path.format(**names),
            json.loads(json.dumps(body).replace(EXAMPLE_ID, names["bill"])),
            token=sheriff.token if path.startswith("/admin/") else token,
        )
        answered[f"{method} {path}"] = answer.code or "ok"
        # A game of cards has begun with some: it is not what the next ones are about.
        await api.game.database["characters"].update_many({}, {"$unset": {"busy": ""}})
        match path:
            case "/accounts":
                names["userId"] = answer.data["id"]
            case "/sessions":
                token = answer.data["accessToken"]
            case "/characters":
                names |= await prepare(world, answer.data["id"], sheriff.id)
            case "/characters/{characterId}/market/listings":
                names["listingId"] = answer.data["id"]
            case "/characters/{characterId}/trades":
                names["tradeId"] = answer.data["id"]
            case "/characters/{characterId}/duels":
                names["duelId"] = answer.data["id"]
    return answered


async def prepare(world: World, jane: str, sheriff: str) -> dict[str, str]:
    """What the examples take for granted: money, gold, whiskey, a vault, somebody beside her."""
    actor = ObjectId(jane)
    await economy.earn(actor, 10_000, source=Source.QUEST_REWARD)
    await economy.earn(actor, 5, source=Source.QUEST_REWARD, currency=Currency.GOLD)
    await item_staff.grant_items(
        ObjectId(sheriff), actor, "whiskey", quantity=5, reason="for the test"
    )
    await economy.bank.open_vault(actor)
    bill = await world.character("Bill")
    characters = world.game.database["characters"]
    beside = await characters.find_one({"_id": actor}, {"_id": 0, "currentLocationId": 1})
    await characters.update_one({"_id": bill}, {"$set": beside})
    return {
        "characterId": jane,
        "bill": str(bill),
        "operationId": str(ObjectId()),
        "questionId": str(ObjectId()),
        "fightId": str(ObjectId()),
        "index": "0",
        "worldBossId": str(ObjectId()),
        "sightingId": str(ObjectId()),
    }
