"""Every route in every state of who acts, and of who stands on the other side: none is accidental.

Each cell is a request to a fork of one town in which everything can be done.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp.test_utils import TestClient
from bson import ObjectId

import desperados
from desperados.accounts.documents import UserRole
from desperados.api.app import create_app
from desperados.api.operations.operation import BODY_METHODS, derive
from desperados.api.routes import ROUTES
from desperados.combat import shooting, tournaments
from desperados.combat.shooting.documents import ShootingTemplate
from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.corrections import staff as corrections
from desperados.economy.trades import service as trades
from desperados.embedded import EmbeddedServer
from desperados.engine import clock
from desperados.engine.game import Game
from desperados.engine.manifest.routes import Access, Route
from desperados.engine.work import Jobs
from desperados.inventory import staff as item_staff
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.play.shapes.jobs import JOBS as CONTESTS
from tests.api.client import Api, add_start_places
from tests.api.conftest import CHEAP, ApiServer
from tests.api.matrix import ANY, BY_ACCESS, NEVER, OK, OPPOSITE, ROWS, Cast, Cells, Row
from tests.combat.bosses.hunts import small_boss
from tests.economy.market.market_world import add_item, add_trader, assert_sound, give
from tests.economy.money_worlds import change
from tests.economy.town import settle_town
from tests.games import embedded, open_game
from tests.world.wilds import settle_wilds
from tests.worlds import STAFF as ADMIN
from tests.worlds import fingerprint

SETTINGS: dict[str, Any] = {**CHEAP, "sending_age_hours": 24, "token_secret": "matrix" * 8}
STATES = (*ANY, "deleted", "banned", "suspended")
STAFF = (Access.MODERATOR, Access.ADMIN)
STAFFS = tuple(route for route in ROUTES if route.access in STAFF)
PLAYERS = tuple(route for route in ROUTES if route.access not in STAFF)

WITH_KEY = frozenset(route for route in ROUTES if derive(route).takes_key)

Worlds = dict[str, EmbeddedServer]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


def decided(route: Route) -> Cells:
    """All cells of a route."""
    row = ROWS[named(route)]
    return {**row.kind, **BY_ACCESS[route.access], **row.other}


# The worlds


@asynccontextmanager
async def api_over(world: EmbeddedServer) -> AsyncIterator[Api]:
    """The API over a world; the requests are those of the same people wherever they are sent."""
    async with (
        desperados.connect(embedded=world, **SETTINGS) as game,
        TestClient(ApiServer(create_app(game))) as client,
    ):
        yield Api(game, client)


async def set_the_stage(api: Api) -> Cast:
    """Ann, Bob and Cole with accounts, in a town in which something of everything has begun."""
    game = api.game
    await add_start_places(game)
    await game.database["regions"].insert_one({"regionId": "town", "weatherPattern": "town"})
    town = await settle_town(game)
    await settle_wilds(game, "gulch")
    cole = await add_trader(game, whiskey=5)
    place = (await game.database["characters"].find_one({"_id": town.ann}))["currentLocationId"]
    await change(game, cole, currentLocationId=place, createdAt=clock.now() - timedelta(days=30))
    await game.database["npcs"].insert_one(
        {"_id": "coyote", "kind": "combat", "name": "Coyote", "type": "wildlife",
         "locationId": place, "level": 1, "hp": 60, "difficulty": 1, "loot": {}}
    )  # fmt: skip
    await game.database["hunters"].insert_one(
        {"hunterId": "copper-kate", "name": "Kate", "description": "", "method": "tracking",
         "level": 22, "minBounty": 100, "hours": 18, "hireBase": 150, "capture": 75}
    )  # fmt: skip
    await game.database["lawtargets"].insert_one(
        {"targetId": "dusty-dan", "name": "Dan", "description": "", "tier": "petty",
         "reward": {"min": 1, "max": 2}, "tracking": 1, "combat": 1, "escape": 1}
    )  # fmt: skip
    code = (await game.database["locations"].find_one({"_id": place}))["locationId"]
    await game.database["bosses"].insert_one(small_boss("bruin", code, most=2))
    await add_item("anvil", weight=100)
    await item_staff.grant_items(ADMIN, town.ann, "anvil", quantity=12, reason="for the test")
    (sack,) = await game.database["pendingrewards"].find({"rewardType": "items"}).to_list(None)
    # There is room for some of it now.
    await item_staff.remove_items(ADMIN, town.ann, "anvil", quantity=1, reason="for the test")
    await trades.confirm_trade(town.ann, town.trade, version=1)
    sent = await transfers.send(town.ann, cole, 5)

    silver = {"currency": Currency.SILVER}
    prize = await economy.earn(town.ann, 5, source=Source.QUEST_REWARD, **silver)
    await economy.spend(town.ann, 5, source=Source.SERVICE_FEE, **silver)
    undone = await corrections.reverse(ADMIN, prize.operation, reason="for the test", force=True)
    people = {name: await api.join(name) for name in ("annie", "bobby", "coley")}
    people["staff"] = await api.join("sheriff", role=UserRole.ADMIN)
    by_name = dict(zip(("ann", "bob", "cole", "staff"), people.values(), strict=True))
    for name, who in (("ann", town.ann), ("bob", town.bob), ("cole", cole)):
        await change(game, who, userId=ObjectId(by_name[name].id))
    lobby, bracket, match = await hold_tournaments(cole, town.ann, town.bob)
    open_range, running = await hold_shooting(cole, town.ann, town.bob)
    bob = await game.database["characters"].find_one({"_id": town.bob})
    return Cast(
        **asdict(town),
        cole=cole,
        bobs_name=bob["name"],
        sack=sack["_id"],
        operation=sent.operation,
        debt=undone.debts[0],
        lobby=lobby,
        bracket=bracket,
        match=match,
        shooting=open_range,
        range=running,
        users={name: person.id for name, person in by_name.items()},
        tokens={name: person.token for name, person in by_name.items()},
        refresh_tokens={name: person.refresh_token for name, person in by_name.items()},
    )


async def hold_tournaments(
    one: ObjectId, *players: ObjectId
) -> tuple[ObjectId, ObjectId, ObjectId]:
    """A tournament in which one has a place already, another in which two play, and their match."""
    held = {"capacity": 4, "reason": "for the test"}
    lobby = await tournaments.create_tournament(
        ADMIN, name="Lobby", starts_at=clock.now() + timedelta(hours=1), entry_fee=5, **held
    )
    await tournaments.join_tournament(one, lobby.id)
    soon = clock.now() + timedelta(minutes=6)
    bracket = await tournaments.create_tournament(ADMIN, name="Bracket", starts_at=soon, **held)
    for player in players:
        await tournaments.join_tournament(player, bracket.id)
    with clock.frozen(soon):
        await Jobs(CONTESTS).run_until_idle()
    (match,) = (await tournaments.list_matches(bracket.id)).items
    return lobby.id, bracket.id, match.id


async def hold_shooting(one: ObjectId, *shooters: ObjectId) -> tuple[ObjectId, ObjectId]:
    """A shooting contest for which one has registered already, and another in which two shoot."""
    await add_item("navy", type="weapon", subtype="revolver", stackable=False, max_stack=1)
    await ShootingTemplate(
        id="match",
        name="The Match",
        location_id="gulch",
        when={"hour": 12},
        fee=5,
        least=2,
        capacity=8,
        subsidy=0,
        prizes=[10],
        weapons=["revolver"],
        rounds=[{"targets": ["bull_50"], "shots": 5, "seconds": 20, "advance": 1}],
    ).insert()
    for who in (one, *shooters):
        await give(who, "navy")
    held = {"template": "match", "reason": "for the test"}
    later = clock.now() + timedelta(hours=1)
    contest = await shooting.create_contest(ADMIN, starts_at=later, **held)
    await shooting.register_shooter(one, contest.id, "navy")
    soon = clock.now() + timedelta(minutes=6)
    running = await shooting.create_contest(ADMIN, starts_at=soon, **held)
    for who in shooters:
        await shooting.register_shooter(who, running.id, "navy")
    with clock.frozen(soon):
        await Jobs(CONTESTS).run_until_idle()
    return contest.id, running.id


async def put_into(game: Game, cast: Cast, who: str, state: str) -> None:
    """Bring somebody into a state, as whatever brings it about would."""
    characters, users = game.database["characters"], game.database["users"]
    fields: dict[str, Any] = {
        "dead": {"isDead": True},
        "jailed": {"isInJail": True},
        "fighting": {"isInCombat": True},
        "locked": {"tradeLockedUntil": clock.now() + timedelta(days=1)},
        "young": {"createdAt": clock.now()},
        "deleted": {"deletedAt": clock.now()},
    }.get(state, {})
    if fields:
        await characters.update_one({"_id": getattr(cast, who)}, {"$set": fields})
    if state in ("banned", "suspended"):
        await users.update_one({"_id": ObjectId(cast.users[who])}, {"$set": {"status": state}})
    if state == "staff":
        await users.update_one({"_id": ObjectId(cast.users[who])}, {"$set": {"role": "admin"}})


class Stage:
    """One town, and forks of it in which somebody is in some state."""

    def __init__(self, world: EmbeddedServer, cast: Cast) -> None:
        self.cast = cast
        self._worlds: Worlds = {"": world}

    async def world(self, *states: tuple[str, str]) -> EmbeddedServer:
        """A fork of the town in which each of these people is in his state."""
        name = "".join(f"{who} {state}; " for who, state in states)
        if name not in self._worlds:
            fork = self._worlds[""].fork()
            async with desperados.connect(embedded=fork, **SETTINGS) as game:
                for who, state in states:
                    await put_into(game, self.cast, who, state)
            self._worlds[name] = fork
        return self._worlds[name].fork()


_stage: Stage | None = None


async def the_stage() -> Stage:
    """The town, made once: forks serve every event loop."""
    global _stage
    if _stage is None:
        async with (
            open_game(**SETTINGS) as game,
            TestClient(ApiServer(create_app(game))) as client,
        ):
            world = embedded(game)
            cast = await set_the_stage(Api(game, client))
            await assert_sound()
        _stage = Stage(world, cast)
    return _stage


@pytest.fixture
async def stage() -> Stage:
    """The town."""
    return await the_stage()


# Requests


async def answer_of(api: Api, cast: Cast, route: Route, swap: tuple[str, str] = ("", "")) -> str:
    """``OK`` or the code with which the request of a route is answered; ``swap`` are two texts, the
    first of which is written as the second wherever the request names it."""
    row = ROWS[named(route)]
    actor = "staff" if route.access in STAFF else row.who
    sends = json.loads(json.dumps(dict(row.sends(cast))).replace(*swap))
    path, body = fill(route, row, cast).replace(*swap), None
    if route.method in BODY_METHODS:
        body = sends
    elif sends:
        path += f"?{urlencode(sends)}"
    key = f"{route.method} {route.path}"[:100] if route in WITH_KEY else None
    answer = await api.call(route.method, path, body, token=cast.tokens[actor], key=key)
    code = answer.code if answer.status >= 400 else OK
    return OK if code == row.usual else code


def fill(route: Route, row: Row, cast: Cast) -> str:
    """The path with what it names."""
    names = {
        "characterId": getattr(cast, row.who),
        "userId": cast.users["ann"], "listingId": cast.mine, "tradeId": cast.trade,
        "investmentId": cast.investment, "rewardId": cast.reward, "uniqueId": cast.colt,
        "groundItemId": cast.goods, "operationId": cast.operation, "debtId": cast.debt,
        "sessionId": ObjectId(), "noticeId": ObjectId(), "questionId": ObjectId(),
        "offerId": ObjectId(), "gameId": ObjectId(), "tournamentId": cast.lobby,
        "matchId": cast.match, "contestId": cast.shooting, "template": "match",
        "shop": "store", "merchant": "abe", "metal": "gold", "item": "whiskey", "kind": "items",
        "entry": "whiskey", "region": "town", "location": "gulch", **row.names(cast),
    }  # fmt: skip
    return route.path.format(**{name: str(value) for name, value in names.items()})


async def column(stage: Stage, state: str, expected: Mapping[Route, str], who: str = "") -> None:
    """One column of the table: what each route answers if who acts (or ``who``) is in a state.

    What only looks, or is to be refused, is asked in one world, which is the same afterwards; what
    is to succeed has a world of its own.
    """
    got: dict[Route, str] = {}
    by_person = defaultdict(list)
    for route in expected:
        by_person[who or ROWS[named(route)].who].append(route)
    for person, routes in by_person.items():
        changes = [r for r in routes if r.method != "GET" and expected[r] == OK]
        async with api_over(await stage.world((person, state))) as api:
            before = await fingerprint(api.game)
            for route in routes:
                if route not in changes:
                    got[route] = await answer_of(api, stage.cast, route)
            assert await fingerprint(api.game) == before
        for route in changes:
            async with api_over(await stage.world((person, state))) as api:
                got[route] = await answer_of(api, stage.cast, route)
    shown = {named(route): code for route, code in got.items()}
    assert shown == {named(route): code for route, code in expected.items()}


# The table


def test_every_route_is_in_the_table_and_nothing_else() -> None:
    assert {named(route) for route in ROUTES} == set(ROWS)


def test_every_command_that_names_somebody_else_says_what_his_state_means() -> None:
    for route in ROUTES:
        row = ROWS[named(route)]
        said = {*row.sends.__code__.co_names, *row.names.__code__.co_names}
        meets = said & {"bob", "cole", "auction", "fixed"} or "tradeId" in route.path
        if route.access is Access.OWNER and route.method != "GET" and meets:
            assert named(route) in OPPOSITE


async def test_whoever_is_in_no_state_is_answered_as_usual(stage: Stage) -> None:
    await column(stage, "well", dict.fromkeys(ROUTES, OK))


@pytest.mark.parametrize("state", STATES)
async def test_every_route_answers_as_the_table_says(stage: Stage, state: str) -> None:
    await column(stage, state, {route: decided(route)[state] for route in PLAYERS})
    # Of the staff the accounts count; the states are those of the character that is named.
    who = "staff" if state in ("banned", "suspended") else "ann"
    await column(stage, state, {route: decided(route)[state] for route in STAFFS}, who)


async def test_staff_play_like_everybody(stage: Stage) -> None:
    await column(stage, "staff", {route: decided(route)["staff"] for route in PLAYERS})


@pytest.mark.parametrize("name", OPPOSITE)
async def test_the_state_of_who_is_on_the_other_side_counts_as_the_table_says(
    stage: Stage, name: str
) -> None:
    (route,) = (route for route in ROUTES if named(route) == name)
    other, expected = OPPOSITE[name]
    cast, actor = stage.cast, ROWS[name].who
    got = {}
    for state in expected:
        swap = ("", "")
        if state == "self":
            # One's own id, or one's own listing.
            swap = (str(getattr(cast, other)), str(getattr(cast, actor)))
            for listing in (cast.auction, cast.fixed):
                if str(listing) in fill(route, ROWS[name], cast):
                    swap = (str(listing), str(cast.mine))
        async with api_over(await stage.world((other, state))) as api:
            if state == "family":
                user = ObjectId(cast.users[actor])
                await change(api.game, getattr(cast, other), userId=user)
            got[state] = await answer_of(api, cast, route, swap)
    assert got == {s: got[s] if cell == NEVER else cell for s, cell in expected.items()}
