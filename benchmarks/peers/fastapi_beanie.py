"""Two calls of the game's API as a FastAPI and Beanie team would write them."""

# No `from __future__ import annotations` here: FastAPI and pydantic read them at once.

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import jwt
import uvicorn
from beanie import Document, PydanticObjectId, UpdateResponse, init_beanie
from beanie.operators import In
from bson import ObjectId
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
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


class Currency(StrEnum):
    DOLLARS = "dollars"
    GOLD = "gold"
    SILVER = "silver"


class UserStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BANNED = "banned"


def stored_name(name: str) -> str:
    """Beanie asks for its own alias for the id."""
    return "_id" if name == "id" else to_camel(name)


STORED = ConfigDict(alias_generator=stored_name, populate_by_name=True)


class User(Document):
    model_config = STORED

    email: str
    username: str
    password: str
    role: str = "user"
    status: UserStatus = UserStatus.ACTIVE
    token_version: int = 0

    class Settings:
        name = "users"


class RefreshToken(Document):
    model_config = STORED

    user_id: PydanticObjectId
    family_id: PydanticObjectId
    status: str
    expires_at: datetime

    class Settings:
        name = "refreshtokens"


class Skill(BaseModel):
    level: int = 1
    xp: int = 0
    specialization: str | None = None


class Character(Document):
    model_config = STORED

    user_id: PydanticObjectId
    name: str
    background: str
    faction: str
    level: int = 1
    xp: int = 0
    dollars: int = 0
    gold: int = 0
    silver: int = 0
    health: int = 100
    max_health: int = 100
    energy: int = 150
    max_energy: int = 150
    current_location_id: PydanticObjectId
    skills: dict[str, Skill] = Field(default_factory=dict)
    is_in_combat: bool = False
    is_in_jail: bool = False
    is_dead: bool = False
    gang_id: PydanticObjectId | None = None
    ledger_seq: dict[str, int] = Field(default_factory=dict)
    trade_locked_until: datetime | None = None
    deleted_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    last_active: datetime

    class Settings:
        name = "characters"


class GoldTransaction(Document):
    model_config = STORED

    character_id: PydanticObjectId
    type: str
    currency: Currency
    amount: int
    source: str
    balance_before: int
    balance_after: int
    created_at: datetime
    seq: int
    counterparty: str | None = None
    operation: PydanticObjectId
    note: str | None = None

    class Settings:
        name = "goldtransactions"


class Allowance(Document):
    model_config = STORED

    id: str
    since: datetime
    used: int
    expires_at: datetime

    class Settings:
        name = "allowances"


class CommandRecord(Document):
    model_config = STORED

    id: str
    command: str
    fingerprint: str
    result: dict[str, Any]
    created_at: datetime
    expires_at: datetime

    class Settings:
        name = "commandrecords"


class CharacterOut(BaseModel):
    """A character as its owner sees it."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)

    id: PydanticObjectId
    name: str
    background: str
    faction: str
    level: int
    xp: int
    dollars: int
    gold: int
    silver: int
    health: int
    max_health: int
    energy: int
    max_energy: int
    current_location_id: PydanticObjectId
    skills: dict[str, Skill]
    powers: dict[str, int] = Field(default_factory=dict)
    is_in_combat: bool
    is_in_jail: bool
    is_dead: bool
    gang_id: PydanticObjectId | None
    created_at: datetime
    last_active: datetime


class TransferIn(BaseModel):
    """What is sent, and to whom."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    recipient_id: PydanticObjectId
    amount: int = Field(ge=1, le=1_000_000, strict=True)
    currency: Currency = Currency.DOLLARS
    note: str | None = Field(None, max_length=200)


class Receipt(BaseModel):
    """What was sent."""

    operation: PydanticObjectId
    currency: Currency
    amount: int
    tax: int
    balance: int
    at: datetime


# The application

clients: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Open and close the connections."""
    clients["mongodb"] = AsyncMongoClient(MONGODB_URL, tz_aware=True)
    clients["redis"] = Redis.from_url(REDIS_URL, decode_responses=True)
    await init_beanie(
        clients["mongodb"][DATABASE],
        document_models=[User, RefreshToken, Character, GoldTransaction, Allowance, CommandRecord],
        skip_indexes=True,
    )
    yield
    await clients["mongodb"].close()
    await clients["redis"].aclose()


async def count(name: str) -> None:
    """Count a call in a window of a minute."""
    async with clients["redis"].pipeline() as pipe:
        pipe.set(f"rl:{name}", 0, ex=60, nx=True)
        pipe.incr(f"rl:{name}")
        _, used = await pipe.execute()
    if used > RATE_LIMIT:
        raise HTTPException(429, "Too many calls.")


async def limit_address(request: Request) -> None:
    """The limit of an address."""
    assert request.client is not None
    await count(f"global:{request.client.host}")


app = FastAPI(lifespan=lifespan, dependencies=[Depends(limit_address)])
bearer = HTTPBearer()


@app.middleware("http")
async def add_headers(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    """The headers of every answer."""
    response = await call_next(request)
    response.headers.update(HEADERS)
    return response


async def current_user(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> User:
    """Who calls, checked against the present state of the account, and how often."""
    refused = HTTPException(401, "Log in.")
    try:
        claims = jwt.decode(
            credentials.credentials,
            TOKEN_KEY,
            algorithms=["HS256"],
            issuer="desperados",
            audience="desperados",
        )
    except jwt.PyJWTError:
        raise refused from None
    if claims["typ"] != "access" or await clients["redis"].exists(f"deny:{claims['jti']}"):
        raise refused
    user = await User.get(claims["sub"])
    if user is None or user.token_version != claims["tv"]:
        raise refused
    if user.status is not UserStatus.ACTIVE:
        raise HTTPException(403, "The account is closed.")
    session = await RefreshToken.find_one(
        RefreshToken.family_id == ObjectId(claims["sid"]), RefreshToken.status == "active"
    )
    if session is None or session.expires_at <= datetime.now(UTC):
        raise refused
    await count(f"api:{user.id}")
    return user


async def owned_character(
    character_id: str, user: Annotated[User, Depends(current_user)]
) -> Character:
    """The character of the path, if it is the caller's."""
    found = None
    if ObjectId.is_valid(character_id):
        found = await Character.find_one(
            Character.id == ObjectId(character_id),
            Character.user_id == user.id,
            Character.deleted_at == None,  # noqa: E711
        )
    if found is None:
        raise HTTPException(404, "There is no such character.")
    return found


Owned = Annotated[Character, Depends(owned_character)]


@app.get("/api/v1/characters/{character_id}")
async def get_character(character: Owned) -> CharacterOut:
    """A character as its owner sees it."""
    out = CharacterOut.model_validate(character)
    levels = {name: skill.level for name, skill in character.skills.items()}
    out.powers = powers(levels, character.faction)
    return out


@app.post("/api/v1/characters/{character_id}/transfers")
async def post_transfer(
    sender: Owned,
    body: TransferIn,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> Receipt:
    """Send money to another player's character, once for each key."""
    if not re.fullmatch(r"[\x20-\x7e]+", idempotency_key):
        raise HTTPException(422, "An idempotency key is printable.")
    if body.recipient_id == sender.id:
        raise HTTPException(409, "You cannot pay yourself.")
    identity = f"{sender.id}:{idempotency_key}"
    fingerprint = hashlib.sha256(body.model_dump_json().encode()).hexdigest()

    async def work(session: AsyncClientSession) -> Receipt:
        receipt = await transfer(sender, body, session)
        now = datetime.now(UTC)
        await CommandRecord(
            id=identity,
            command="transfer",
            fingerprint=fingerprint,
            result=receipt.model_dump(),
            created_at=now,
            expires_at=now + 30 * DAY,
        ).insert(session=session)
        return receipt

    try:
        async with clients["mongodb"].start_session() as session:
            receipt: Receipt = await session.with_transaction(
                work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
            )
            return receipt
    except (HTTPException, DuplicateKeyError):
        earlier = await CommandRecord.get(identity)
        if earlier is None:
            raise
        if earlier.fingerprint != fingerprint:
            raise HTTPException(409, "This key was used with another request.") from None
        return Receipt.model_validate(earlier.result)


async def transfer(owned: Character, order: TransferIn, session: AsyncClientSession) -> Receipt:
    """Both wallets and both rows of the ledger, in the transaction of ``session``."""
    amount, currency = order.amount, order.currency
    if amount > MOST_AT_ONCE[currency]:
        raise HTTPException(409, "Too much at once.")
    people = {
        person.id: person
        for person in await Character.find(
            In(Character.id, [owned.id, order.recipient_id]),
            Character.deleted_at == None,  # noqa: E711
            session=session,
        ).to_list()
    }
    sender, recipient = people.get(owned.id), people.get(order.recipient_id)
    if sender is None or recipient is None:
        raise HTTPException(404, "There is no such character.")
    now = datetime.now(UTC)
    if sender.is_dead or recipient.is_dead:
        raise HTTPException(409, "One of the two is dead.")
    if sender.trade_locked_until is not None and sender.trade_locked_until > now:
        raise HTTPException(409, "The staff bar this character from trade.")
    user = await User.get(recipient.user_id, session=session)
    if user is not None and user.status is UserStatus.BANNED:
        raise HTTPException(409, "The recipient is banned.")
    tax = await count_transfer(sender, amount, currency, now, session)
    sent = await move(sender, currency, -(amount + tax), now, session)
    if sent is None:
        raise HTTPException(409, "Not enough money.")
    received = await move(recipient, currency, amount, now, session)
    assert received is not None
    operation = PydanticObjectId()
    left = getattr(sent, currency)

    def row(
        wallet: Character, change: int, kind: str, source: str, counterparty: str, after: int
    ) -> GoldTransaction:
        return GoldTransaction(
            character_id=wallet.id,
            type=kind,
            currency=currency,
            amount=change,
            source=source,
            balance_before=after - change,
            balance_after=after,
            created_at=now,
            seq=wallet.ledger_seq[currency],
            counterparty=counterparty,
            operation=operation,
            note=order.note,
        )

    to, by = f"wallet:{recipient.id}", f"wallet:{sender.id}"
    rows = [
        row(sent, -amount, "TRANSFER", "player_transfer", to, left + tax),
        row(received, amount, "TRANSFER", "player_transfer", by, getattr(received, currency)),
    ]
    if tax:
        rows.append(row(sent, -tax, "TAX", "transfer_tax", "world", left))
    await GoldTransaction.insert_many(rows, session=session)
    return Receipt(
        operation=operation, currency=currency, amount=amount, tax=tax, balance=left, at=now
    )


async def count_transfer(
    sender: Character, amount: int, currency: Currency, now: datetime, session: AsyncClientSession
) -> int:
    """Count what an account and a character send; returns the tax on this amount."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    limits = [(f"transfers:{sender.user_id}", now, HOUR, 1, MOST_AN_HOUR)]
    if currency is Currency.DOLLARS:
        limits.append((f"sent:{sender.id}", today, DAY, amount, MOST_A_DAY))
    names = [name for name, *_ in limits]
    stored = {
        row.id: row
        for row in await Allowance.find(In(Allowance.id, names), session=session).to_list()
    }
    before = 0
    for name, start, window, by, most in limits:
        since, before = start, 0
        known = stored.get(name)
        if known is not None and now < known.since + window:
            since, before = known.since, known.used
        if before + by > most:
            raise HTTPException(429, f"At most {most} in {window}.")
        changed = Allowance(id=name, since=since, used=before + by, expires_at=since + window)
        if known is None:
            await changed.insert(session=session)
        else:
            await changed.replace(session=session)
    return tax_on(amount, before) if currency is Currency.DOLLARS else 0


async def move(
    wallet: Character,
    currency: Currency,
    amount: int,
    now: datetime,
    session: AsyncClientSession,
) -> Character | None:
    """Change a balance; None where it does not suffice."""
    enough = [getattr(Character, currency) >= -amount] if amount < 0 else []
    changed: Any = await Character.find_one(
        Character.id == wallet.id,
        Character.deleted_at == None,  # noqa: E711
        *enough,
        session=session,
    ).update(
        {"$inc": {currency: amount, f"ledgerSeq.{currency}": 1}, "$set": {"updatedAt": now}},
        response_type=UpdateResponse.NEW_DOCUMENT,
        session=session,
    )
    return changed if isinstance(changed, Character) else None


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT)
