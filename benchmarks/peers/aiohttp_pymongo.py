"""Two calls of the game's API as a team would write them on aiohttp and PyMongo Async."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import jwt
from aiohttp import web
from bson import ObjectId
from pymongo import AsyncMongoClient, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from python_rules import (
    DATABASE,
    DAY,
    HEADERS,
    HOUR,
    MONGODB_URL,
    MOST_A_DAY,
    MOST_AN_HOUR,
    MOST_AT_ONCE,
    PORT,
    RATE_LIMIT,
    REDIS_URL,
    TOKEN_KEY,
    powers,
    tax_on,
)
from redis.asyncio import Redis

IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,200}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Row = dict[str, Any]

CLIENT = web.AppKey("client", AsyncMongoClient)
REDIS = web.AppKey("redis", Redis)
USER = web.RequestKey("user", dict)


class Refusal(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


def not_found() -> Refusal:
    """What strangers get, too."""
    return Refusal(404, "character_not_found", "There is no such character.")


def database(request: web.Request) -> Any:
    """Where the game is kept."""
    return request.app[CLIENT][DATABASE]


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as JSON, and the headers of every answer."""
    try:
        response = await handler(request)
    except Refusal as error:
        response = web.json_response(
            {"code": error.code, "detail": error.detail}, status=error.status
        )
    response.headers.update(HEADERS)
    return response


async def count(redis: Redis, name: str) -> None:
    """Count a call in a window of a minute."""
    async with redis.pipeline() as pipe:
        pipe.set(f"rl:{name}", 0, ex=60, nx=True)
        pipe.incr(f"rl:{name}")
        _, used = await pipe.execute()
    if used > RATE_LIMIT:
        raise Refusal(429, "rate_limited", "Too many calls.")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who calls, checked against the present state of the account, and how often."""
    redis = request.app[REDIS]
    await count(redis, f"global:{request.remote}")
    refused = Refusal(401, "invalid_token", "Log in.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise refused
    try:
        claims = jwt.decode(
            token, TOKEN_KEY, algorithms=["HS256"], issuer="desperados", audience="desperados"
        )
    except jwt.PyJWTError:
        raise refused from None
    if claims["typ"] != "access" or await redis.exists(f"deny:{claims['jti']}"):
        raise refused
    db = database(request)
    user = await db.users.find_one(
        {"_id": ObjectId(claims["sub"])}, {"role": 1, "status": 1, "tokenVersion": 1}
    )
    if user is None or (user.get("tokenVersion") or 0) != claims["tv"]:
        raise refused
    if user["status"] != "active":
        raise Refusal(403, "account_closed", "The account is closed.")
    session = await db.refreshtokens.find_one(
        {"familyId": ObjectId(claims["sid"]), "status": "active"}, {"expiresAt": 1}
    )
    if session is None or session["expiresAt"] <= datetime.now(UTC):
        raise refused
    request[USER] = user
    await count(redis, f"api:{user['_id']}")
    return await handler(request)


async def owned(request: web.Request) -> Row:
    """The character of the path, if it is the caller's."""
    given = request.match_info["character"]
    if not ObjectId.is_valid(given):
        raise not_found()
    found: Row | None = await database(request).characters.find_one(
        {"_id": ObjectId(given), "userId": request[USER]["_id"], "deletedAt": None}
    )
    if found is None:
        raise not_found()
    return found


def plain(value: Any) -> str:
    """Ids and dates in JSON."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def answer(data: Row, status: int = 200) -> web.Response:
    """A JSON response."""
    return web.json_response(
        data, status=status, dumps=lambda value: json.dumps(value, default=plain)
    )


SHOWN = (
    *("name", "background", "faction", "level", "xp", "dollars", "gold", "silver", "health"),
    *("maxHealth", "energy", "maxEnergy", "currentLocationId", "isInCombat", "isInJail"),
    *("isDead", "gangId", "createdAt", "lastActive"),
)


async def get_character(request: web.Request) -> web.Response:
    """A character as its owner sees it."""
    character = await owned(request)
    skills = {
        name: {
            "level": skill["level"],
            "xp": skill["xp"],
            "specialization": skill.get("specialization"),
        }
        for name, skill in character["skills"].items()
    }
    levels = {name: skill["level"] for name, skill in skills.items()}
    shown = {name: character.get(name) for name in SHOWN}
    shown |= {"skills": skills, "powers": powers(levels, character["faction"])}
    return answer({"id": character["_id"], **shown})


def parse_transfer(body: Any, sender: ObjectId) -> tuple[ObjectId, int, str, str | None]:
    """Recipient, amount, currency and note of a request's body."""
    known = {"recipientId", "amount", "currency", "note"}
    if not isinstance(body, dict) or not body.keys() <= known:
        raise Refusal(422, "invalid_input", "Send recipientId, amount, currency and note.")
    recipient, amount = body.get("recipientId"), body.get("amount")
    currency, note = body.get("currency", "dollars"), body.get("note")
    if not isinstance(recipient, str) or not ObjectId.is_valid(recipient):
        raise Refusal(422, "invalid_input", "recipientId is no id.")
    if currency not in MOST_AT_ONCE:
        raise Refusal(422, "invalid_input", "There is no such currency.")
    if type(amount) is not int or not 0 < amount <= MOST_AT_ONCE[currency]:
        raise Refusal(422, "invalid_input", "That cannot be sent.")
    if note is not None and (not isinstance(note, str) or len(note) > 200):
        raise Refusal(422, "invalid_input", "The note is too long.")
    if ObjectId(recipient) == sender:
        raise Refusal(409, "self_transfer", "You cannot pay yourself.")
    return ObjectId(recipient), amount, currency, note


async def post_transfer(request: web.Request) -> web.Response:
    """Send money to another player's character, once for each key."""
    sender = await owned(request)
    key = request.headers.get("Idempotency-Key", "")
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise Refusal(400, "idempotency_key_missing", "Send an Idempotency-Key.")
    try:
        body = await request.json()
    except ValueError:
        raise Refusal(400, "malformed_json", "Send JSON.") from None
    given = parse_transfer(body, sender["_id"])
    db = database(request)
    identity = f"{sender['_id']}:{key}"
    said = json.dumps(["transfer", *given], default=str)
    fingerprint = hashlib.sha256(said.encode()).hexdigest()

    async def work(session: Any) -> Row:
        result = await transfer(db, session, sender["_id"], *given)
        now = datetime.now(UTC)
        await db.commandrecords.insert_one(
            {
                "_id": identity,
                "command": "transfer",
                "fingerprint": fingerprint,
                "result": result,
                "createdAt": now,
                "expiresAt": now + 30 * DAY,
            },
            session=session,
        )
        return result

    try:
        async with request.app[CLIENT].start_session() as session:
            result = await session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
    except (Refusal, DuplicateKeyError):
        earlier = await db.commandrecords.find_one({"_id": identity})
        if earlier is None:
            raise
        if earlier["fingerprint"] != fingerprint:
            raise Refusal(409, "key_reused", "This key was used otherwise.") from None
        result = earlier["result"]
    return answer(result)


async def transfer(
    db: Any,
    session: Any,
    sender_id: ObjectId,
    recipient_id: ObjectId,
    amount: int,
    currency: str,
    note: str | None,
) -> Row:
    """Both wallets and both rows of the ledger, in the transaction of ``session``."""
    people = {
        row["_id"]: row
        async for row in db.characters.find(
            {"_id": {"$in": [sender_id, recipient_id]}, "deletedAt": None},
            {"userId": 1, "isDead": 1, "tradeLockedUntil": 1},
            session=session,
        )
    }
    sender, recipient = people.get(sender_id), people.get(recipient_id)
    now = datetime.now(UTC)
    if sender is None:
        raise not_found()
    if recipient is None:
        raise Refusal(404, "recipient_not_found", "There is no such recipient.")
    if sender["isDead"] or recipient["isDead"]:
        raise Refusal(409, "character_unavailable", "One of the two is dead.")
    if sender.get("tradeLockedUntil") is not None and sender["tradeLockedUntil"] > now:
        raise Refusal(409, "trade_locked", "The staff bar this character from trade.")
    user = await db.users.find_one({"_id": recipient["userId"]}, {"status": 1}, session=session)
    if user is not None and user["status"] == "banned":
        raise Refusal(409, "character_unavailable", "The recipient is banned.")
    tax = await count_transfer(db, session, sender, amount, currency, now)
    sent = await move(db, session, sender_id, currency, -(amount + tax), now)
    if sent is None:
        raise Refusal(409, "insufficient_funds", "Not enough money.")
    received = await move(db, session, recipient_id, currency, amount, now)
    operation = ObjectId()
    left = sent[currency]

    def row(wallet: Row, change: int, kind: str, source: str, counterparty: str, after: int) -> Row:
        written = {
            "characterId": wallet["_id"],
            "type": kind,
            "currency": currency,
            "amount": change,
            "source": source,
            "balanceBefore": after - change,
            "balanceAfter": after,
            "createdAt": now,
            "seq": wallet["ledgerSeq"][currency],
            "counterparty": counterparty,
            "operation": operation,
        }
        return written if note is None else {**written, "note": note}

    to, by = f"wallet:{recipient_id}", f"wallet:{sender_id}"
    rows = [
        row(sent, -amount, "TRANSFER", "player_transfer", to, left + tax),
        row(received, amount, "TRANSFER", "player_transfer", by, received[currency]),
    ]
    if tax:
        rows.append(row(sent, -tax, "TAX", "transfer_tax", "world", left))
    await db.goldtransactions.insert_many(rows, session=session)
    return {
        "operation": operation,
        "currency": currency,
        "amount": amount,
        "tax": tax,
        "balance": left,
        "at": now,
    }


async def count_transfer(
    db: Any, session: Any, sender: Row, amount: int, currency: str, now: datetime
) -> int:
    """Count what an account and a character send; returns the tax on this amount."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    limits = [(f"transfers:{sender['userId']}", now, HOUR, 1, MOST_AN_HOUR)]
    if currency == "dollars":
        limits.append((f"sent:{sender['_id']}", today, DAY, amount, MOST_A_DAY))
    stored = {
        row["_id"]: row
        async for row in db.allowances.find(
            {"_id": {"$in": [name for name, *_ in limits]}}, session=session
        )
    }
    writes, before = [], 0
    for name, start, window, by, most in limits:
        since, before = start, 0
        known = stored.get(name)
        if known is not None and now < known["since"] + window:
            since, before = known["since"], known["used"]
        if before + by > most:
            raise Refusal(429, "limit_exceeded", f"At most {most} in {window}.")
        change = {"since": since, "used": before + by, "expiresAt": since + window}
        writes.append(UpdateOne({"_id": name}, {"$set": change}, upsert=True))
    await db.allowances.bulk_write(writes, session=session)
    return tax_on(amount, before) if currency == "dollars" else 0


async def move(
    db: Any, session: Any, wallet: ObjectId, currency: str, amount: int, now: datetime
) -> Any:
    """Change a balance; None where it does not suffice."""
    where: Row = {"_id": wallet, "deletedAt": None}
    if amount < 0:
        where[currency] = {"$gte": -amount}
    return await db.characters.find_one_and_update(
        where,
        {"$inc": {currency: amount, f"ledgerSeq.{currency}": 1}, "$set": {"updatedAt": now}},
        projection={currency: 1, "ledgerSeq": 1},
        return_document=ReturnDocument.AFTER,
        session=session,
    )


async def make_app() -> web.Application:
    """The application."""
    app = web.Application(middlewares=[refusals, guard], client_max_size=64 * 1024)
    app[CLIENT] = AsyncMongoClient(MONGODB_URL, tz_aware=True)
    app[REDIS] = Redis.from_url(REDIS_URL, decode_responses=True)
    app.router.add_get("/api/v1/characters/{character}", get_character)
    app.router.add_post("/api/v1/characters/{character}/transfers", post_transfer)
    return app


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    web.run_app(make_app(), host="127.0.0.1", port=PORT, print=None)
