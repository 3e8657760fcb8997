"""The WebSocket of a character's events: for its owner, as long as he may and keeps up."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import WSCloseCode, WSMsgType
from aiohttp.test_utils import TestClient
from bson import ObjectId

import desperados
from desperados.accounts import staff
from desperados.accounts.documents import UserRole, UserStatus
from desperados.api.app import create_app
from desperados.api.routes import PREFIX
from desperados.api.serving import sockets
from desperados.economy import service as economy
from desperados.engine import clock
from desperados.engine.live import pubsub
from desperados.ledger.money.sources import Source
from tests.api.client import Api, Person
from tests.api.conftest import CHEAP, ApiServer, open_api
from tests.economy.market.market_world import add_item, give
from tests.engine.redis_servers import needs_redis, redis_server
from tests.games import embedded

Socket = aiohttp.ClientWebSocketResponse


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def opened(api: Api, person: Person) -> AsyncIterator[Socket]:
    path = f"{PREFIX}/characters/{person.character}/events"
    async with api.client.ws_connect(path, headers=bearer(person.token)) as socket:
        yield socket


async def heard(socket: Socket) -> Any:
    return await socket.receive_json(timeout=5)


async def ending(socket: Socket) -> tuple[int | None, str]:
    """The code and the reason with which the server closes, past all that it still says."""
    while True:
        message = await socket.receive(timeout=5)
        if message.type is WSMsgType.CLOSE:
            return socket.close_code, message.extra or ""
        if message.type is WSMsgType.CLOSED:
            return socket.close_code, ""


async def silent(socket: Socket) -> bool:
    try:
        await socket.receive(timeout=0.2)
    except TimeoutError:
        return True
    return False


async def earn(person: Person, amount: int = 5) -> None:
    await economy.earn(ObjectId(person.character), amount, source=Source.QUEST_REWARD)


async def test_a_transfer_over_http_is_heard_by_both_and_by_nobody_else(api: Api) -> None:
    jane, bill, ruth = [await api.ride(name) for name in ("jane", "bill", "ruth")]
    await earn(jane, 1000)
    async with opened(api, jane) as hers, opened(api, bill) as his, opened(api, ruth) as others:
        sent = await api.call(
            "POST",
            f"/characters/{jane.character}/transfers",
            {"recipientId": bill.character, "amount": 25},
            token=jane.token,
            key="once",
        )
        assert sent.status == 201, sent.text
        at_hers, at_his = await heard(hers), await heard(his)
        assert at_hers["event"] == at_his["event"] == "wallet:changed"
        assert at_hers["data"]["delta"] == -25
        assert at_hers["data"]["balance"] == sent.data["balance"]
        assert (at_his["data"]["delta"], at_his["data"]["source"]) == (25, "player_transfer")
        assert set(at_his) == {"event", "at", "data"}
        assert await silent(others)
        again = await api.call(
            "POST",
            f"/characters/{jane.character}/transfers",
            {"recipientId": bill.character, "amount": 25},
            token=jane.token,
            key="once",
        )
        assert again.data == sent.data
        assert await silent(his)


async def test_who_is_outbid_hears_it_and_the_seller_hears_the_bids(api: Api) -> None:
    seller, jane, bill = [await api.ride(name) for name in ("seller", "jane", "bill")]
    for bidder in (jane, bill):
        await earn(bidder, 1000)
    await add_item()
    await give(ObjectId(seller.character), quantity=2)
    goods = {"item": "whiskey", "quantity": 2, "price": 100, "isAuction": True}
    listed = await api.call(
        "POST",
        f"/characters/{seller.character}/market/listings",
        goods,
        token=seller.token,
        key="list",
    )
    assert listed.status == 201, listed.text
    listing = listed.data["id"]

    async def bid(person: Person, amount: int) -> None:
        placed = await api.call(
            "POST",
            f"/characters/{person.character}/market/listings/{listing}/bids",
            {"amount": amount},
            token=person.token,
            key=str(amount),
        )
        assert placed.status == 201, placed.text

    async with opened(api, seller) as sellers, opened(api, jane) as hers, opened(api, bill) as his:
        await bid(jane, 100)
        await bid(bill, 150)
        at_hers = [await heard(hers) for _ in range(3)]
        at_his = await heard(his)
        at_sellers = [await heard(sellers) for _ in range(2)]
        assert await silent(his)
    held, outbid, returned = at_hers
    assert (held["data"]["delta"], returned["data"]["delta"]) == (-100, 100)
    assert outbid["event"] == "market:outbid"
    assert outbid["data"] == {"listingId": listing, "newBid": 150, "refunded": 100}
    assert at_his["data"]["delta"] == -150
    assert [message["data"]["bid"] for message in at_sellers] == [100, 150]


async def test_a_browser_sends_its_token_as_a_subprotocol(api: Api) -> None:
    jane = await api.ride("jane")
    path = f"{PREFIX}/characters/{jane.character}/events"
    protocols = ("desperados.v1", f"bearer.{jane.token}")
    async with api.client.ws_connect(path, protocols=protocols) as socket:
        assert socket.protocol == "desperados.v1"
        await earn(jane)
        assert (await heard(socket))["data"]["delta"] == 5


@pytest.mark.parametrize(
    ("protocols", "headers", "status"),
    [
        ("desperados.v1", {}, 401),
        ("desperados.v1, bearer.nonsense", {}, 401),
        ("desperados.v1, bearer.", {}, 401),
        ("desperados.v1, bearer.{token}, bearer.{token}", {}, 401),
        ("desperados.v1, bearer.{token}", {"Authorization": "Bearer {token}"}, 401),
        ("bearer.{token}", {}, 426),
        ("chat, bearer.{token}", {}, 426),
    ],
)
async def test_a_token_in_a_wrong_place_opens_nothing_and_is_not_logged(
    api: Api,
    caplog: pytest.LogCaptureFixture,
    protocols: str,
    headers: dict[str, str],
    status: int,
) -> None:
    jane = await api.ride("jane")
    answer = await api.call(
        "GET",
        f"/characters/{jane.character}/events",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": protocols.format(token=jane.token),
            **{name: value.format(token=jane.token) for name, value in headers.items()},
        },
    )
    assert answer.status == status, answer.text
    assert jane.token not in caplog.text
    assert jane.token not in answer.text


async def test_without_a_handshake_it_says_how_to_upgrade(api: Api) -> None:
    jane = await api.ride("jane")
    answer = await api.call("GET", f"/characters/{jane.character}/events", token=jane.token)
    assert (answer.status, answer.code) == (426, "upgrade_needed")
    assert answer.headers["Upgrade"] == "websocket"


async def test_it_is_the_owners_alone(api: Api) -> None:
    jane, stranger = await api.ride("jane"), await api.ride("stranger")
    for character, token, status in (
        (jane.character, stranger.token, 404),
        (str(ObjectId()), stranger.token, 404),
        (jane.character, "nonsense", 401),
    ):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await api.client.ws_connect(
                f"{PREFIX}/characters/{character}/events", headers=bearer(token)
            )
        assert refused.value.status == status


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (lambda socket: socket.send_str("hello"), WSCloseCode.POLICY_VIOLATION),
        (lambda socket: socket.send_bytes(b"\0"), WSCloseCode.UNSUPPORTED_DATA),
        (lambda socket: socket.send_str("a" * 70_000), WSCloseCode.MESSAGE_TOO_BIG),
    ],
    ids=["text", "bytes", "big"],
)
async def test_a_client_that_speaks_is_closed(api: Api, say: Any, code: WSCloseCode) -> None:
    jane = await api.ride("jane")
    async with opened(api, jane) as socket:
        await say(socket)
        assert (await ending(socket))[0] == code


async def test_a_logout_closes_the_sockets_of_its_session_only(api: Api) -> None:
    jane = await api.ride("jane")
    pair = await api.call("POST", "/sessions", {"login": "jane", "password": "Six-shooter-1876"})
    other = Person(jane.id, pair.data["accessToken"], "", jane.character)
    async with opened(api, jane) as socket, opened(api, other) as stays:
        await api.call("DELETE", "/sessions/current", token=jane.token)
        assert await ending(socket) == (WSCloseCode.POLICY_VIOLATION, "invalid_token")
        await earn(jane)
        assert (await heard(stays))["event"] == "wallet:changed"


async def test_a_ban_closes_it_at_once(api: Api) -> None:
    jane, sheriff = await api.ride("jane"), await api.join("sheriff", UserRole.ADMIN)
    async with opened(api, jane) as socket:
        await staff.set_status(
            ObjectId(sheriff.id), ObjectId(jane.id), status=UserStatus.BANNED, reason="cheating"
        )
        code, reason = await ending(socket)
    assert (code, reason) == (WSCloseCode.POLICY_VIOLATION, "account_banned")


async def test_it_ends_with_the_character(api: Api) -> None:
    jane = await api.ride("jane")
    async with opened(api, jane) as socket:
        deleted = await api.call(
            "DELETE", f"/characters/{jane.character}?name=Jane", token=jane.token, key="end"
        )
        assert deleted.status == 204, deleted.text
        assert await ending(socket) == (WSCloseCode.POLICY_VIOLATION, "character_not_found")


async def test_it_ends_with_the_token(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    jane = await api.ride("jane")
    started = clock.now()

    class NearTheEnd:
        """What the sockets take for the time."""

        @staticmethod
        def now() -> datetime:
            return clock.now() + timedelta(minutes=15, seconds=-1)

    monkeypatch.setattr(sockets, "clock", NearTheEnd)
    async with opened(api, jane) as socket:
        assert await ending(socket) == (WSCloseCode.POLICY_VIOLATION, "token_expired")
    assert clock.now() - started < timedelta(seconds=5)


async def test_a_user_has_so_many_sockets_and_no_more(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MOST_OF_A_USER", 2)
    jane, bill = await api.ride("jane"), await api.ride("bill")
    async with opened(api, jane) as first, opened(api, jane), opened(api, bill):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with opened(api, jane):
                pass
        assert refused.value.status == 429
        metrics = await api.call("GET", "//metrics")
        assert "desperados_sockets_open 3.0" in metrics.text
        assert "desperados_http_requests_in_flight 1.0" in metrics.text
        await first.close()
        await asyncio.sleep(0.05)
        async with opened(api, jane):
            pass
    await asyncio.sleep(0.05)
    assert "desperados_sockets_open 0.0" in (await api.call("GET", "//metrics")).text


async def test_a_client_that_does_not_read_is_hung_up_on(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pubsub, "MOST_UNREAD", 4)
    monkeypatch.setattr(sockets, "CLOSE_SECONDS", 0.1)
    jane = await api.ride("jane")
    async with opened(api, jane) as socket:
        # What is read is held back here, so that the server's buffers fill up.
        assert socket._conn is not None
        socket._conn.protocol.transport.pause_reading()
        await flood(api, jane)
        socket._conn.protocol.transport.resume_reading()
        code, reason = await ending(socket)
        assert (code, reason) in {
            (WSCloseCode.TRY_AGAIN_LATER, "fell_behind"),
            (WSCloseCode.ABNORMAL_CLOSURE, ""),
        }
    await asyncio.sleep(0.05)
    assert "desperados_sockets_open 0.0" in (await api.call("GET", "//metrics")).text


async def flood(api: Api, person: Person) -> None:
    """More than the buffers of a connection hold."""
    text = json.dumps({"event": "flood", "data": "x" * 200_000})
    for _ in range(60):
        api.game.outbox.put([pubsub.Letter(person.character, text)])
        await asyncio.sleep(0.025)


async def test_when_the_server_stops_it_says_so(api: Api) -> None:
    jane = await api.ride("jane")
    async with opened(api, jane) as socket:
        closing = asyncio.create_task(api.client.server.close())
        assert await ending(socket) == (WSCloseCode.GOING_AWAY, "stopping")
        await asyncio.wait_for(closing, 5)


@needs_redis
async def test_losing_redis_closes_it_and_a_new_one_cannot_be_opened() -> None:
    async with redis_server() as url, open_api(redis_url=url) as api:
        jane = await api.ride("jane")
        async with opened(api, jane) as socket:
            await earn(jane)
            assert (await heard(socket))["data"]["delta"] == 5
            await api.game.redis.shutdown(nosave=True)
            code, reason = await ending(socket)
            assert (code, reason) == (WSCloseCode.TRY_AGAIN_LATER, "interrupted")
            await earn(jane)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with opened(api, jane):
                pass
        assert refused.value.status == 503


@needs_redis
async def test_what_one_server_commits_is_heard_at_another() -> None:
    secret = "a secret of two servers, 0123456789"
    async with (
        redis_server() as url,
        open_api(redis_url=url, token_secret=secret) as near,
        desperados.connect(
            embedded(near.game).url, redis_url=url, token_secret=secret, **CHEAP
        ) as game,
        TestClient(ApiServer(create_app(game))) as client,
    ):
        jane = await near.ride("jane")
        async with opened(Api(game, client), jane) as socket:
            with near.game.active():
                await earn(jane)
            assert (await heard(socket))["data"]["delta"] == 5
