"""The bank: a vault that robbers, raids and death do not reach, in three sizes.

A vault holds dollars only and bears no interest; it counts for the wealth tax. Money goes in and
out at a bank, at most a hundred times an hour. Vault and wallet change in one posting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.accounts.documents import AuditLog
from desperados.characters.actor import Actor, load_actor
from desperados.economy.bank.documents import BankAccount, VaultTier
from desperados.economy.bank.terms import CAPACITIES, TIER_COSTS, next_tier
from desperados.economy.errors import InvalidTier, NotAtBank, NoVault, VaultFull
from desperados.engine import clock, dice
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import read_usage
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.errors import InvalidInput
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.ledger.items.capacity import set_bonus
from desperados.ledger.items.holders import pack
from desperados.ledger.items.rules import VAULT_BONUS
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import vault as vault_of
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import AccountEntry, Currency, TransactionType
from desperados.ledger.money.errors import AccountFull
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import CAPS, Coins, check_amount
from desperados.ledger.money.sources import Source
from desperados.world.places import read_place, read_places

BANK = "bank"
OPERATIONS = Allowed("bank", 100, timedelta(hours=1))


class VaultView(View):
    """A vault. Without one, ``tier`` is null and ``capacity`` 0; of the largest tier ``capacity``
    is null: it has no limit of its own."""

    tier: VaultTier | None
    balance: int
    capacity: int | None
    next_tier: VaultTier | None
    next_cost: int | None


class BankReceipt(View):
    """What lies where after a deposit or a withdrawal."""

    operation: Id
    amount: int
    wallet: int
    vault: int
    at: datetime


class VaultEntryView(View):
    """One row of a vault's history. ``amount`` is signed."""

    id: Id
    type: TransactionType
    amount: int
    source: str
    balance_before: int
    balance_after: int
    created_at: datetime


@command(queue="actor")
async def open_vault(actor: ObjectId, *, key: str | None = None) -> VaultView:
    """Open a vault of the smallest size. It costs nothing, and gives the pack 20 slots more.

    Raises:
        InvalidTier: the character has a vault.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_actor(actor)
    person.must_be_free()
    transaction = current_transaction()
    assert transaction is not None
    now = clock.now()
    document = {
        "_id": dice.new_id(),
        "characterId": actor,
        "tier": VaultTier.BRONZE.value,
        "balance": 0,
        "ledgerSeq": {Currency.DOLLARS.value: 0},
        "createdAt": now,
        "updatedAt": now,
    }
    await _widen_pack(actor, VaultTier.BRONZE)
    stage(StagedInsert(BankAccount.collection_name(), document))
    _note_tier(person, VaultTier.BRONZE, now)
    try:
        await transaction.flush()
    except DuplicateKeyError:
        raise InvalidTier("This character has a vault.") from None
    return _view(document)


@command(queue="actor")
async def upgrade_vault(
    actor: ObjectId,
    tier: Annotated[VaultTier, Field(examples=["silver"])],
    *,
    key: str | None = None,
) -> VaultView:
    """Make the vault one tier larger: silver for 100 dollars, gold for 500, from the wallet.

    The pack grows with it: 40 slots and 200 pounds more than without a vault, then 60 and 300.

    Raises:
        NoVault: the character has no vault yet.
        InvalidTier: ``tier`` is not the one after the present one.
        InsufficientFunds: the wallet holds less than the cost.
        InvalidInput: there is no such tier.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    wanted = _check_tier(tier)
    person = await load_actor(actor)
    person.must_be_free()
    account = await _load(actor)
    present = VaultTier(account["tier"])
    if wanted is not next_tier(present):
        raise InvalidTier(present=present.value, wanted=wanted.value, path="tier")
    cost = TIER_COSTS[wanted]
    await ledger.post(
        [
            ledger.burn(
                wallet(actor),
                Currency.DOLLARS,
                cost,
                Source.VAULT_UPGRADE,
                reference=account["_id"],
            )
        ],
        OperationKind.VAULT_UPGRADE,
    )
    now = clock.now()
    stage(
        StagedUpdate(
            BankAccount.collection_name(),
            {"_id": account["_id"], "tier": present.value},
            {"$set": {"tier": wanted.value, "updatedAt": now}},
            otherwise=InvalidTier(wanted=wanted.value, path="tier"),
        )
    )
    await _widen_pack(actor, wanted)
    _note_tier(person, wanted, now)
    return _view({**account, "tier": wanted.value})


@command(queue="actor")
async def deposit(actor: ObjectId, amount: Coins, *, key: str | None = None) -> BankReceipt:
    """Put dollars from the wallet into the vault, at a bank.

    Raises:
        InvalidAmount: the amount is not a whole number from 1 to the cap of dollars.
        NotAtBank: there is no bank where the character is.
        NoVault: the character has no vault yet.
        VaultFull: the vault would hold more than its tier allows.
        InsufficientFunds: the wallet holds less.
        RateLimited: a hundred deposits and withdrawals in the last hour.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    amount = check_amount(amount, Currency.DOLLARS)
    person = await _come_to_the_counter(actor)
    person.must_be_unlocked()
    account = await _load(actor)
    held = int(account.get("balance") or 0)
    capacity = CAPACITIES[VaultTier(account["tier"])]
    room = (CAPS[Currency.DOLLARS] if capacity is None else capacity) - held
    if amount > room and amount <= person.dollars:
        raise VaultFull(room=max(0, room), path="amount")
    return await _carry(actor, amount, into_vault=True)


@command(queue="actor")
async def withdraw(actor: ObjectId, amount: Coins, *, key: str | None = None) -> BankReceipt:
    """Take dollars out of the vault, at a bank.

    Raises:
        InvalidAmount: the amount is not a whole number from 1 to the cap of dollars.
        NotAtBank: there is no bank where the character is.
        NoVault: the character has no vault yet.
        InsufficientFunds: the vault holds less.
        AccountFull: the wallet cannot hold that much.
        RateLimited: a hundred deposits and withdrawals in the last hour.
        CharacterUnavailable: the character is dead, in jail or in a fight.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    amount = check_amount(amount, Currency.DOLLARS)
    person = await _come_to_the_counter(actor)
    account = await _load(actor)
    held = int(account.get("balance") or 0)
    room = CAPS[Currency.DOLLARS] - person.dollars
    if room < amount <= held:
        raise AccountFull("The wallet cannot hold that much.", room=room, path="amount")
    return await _carry(actor, amount, into_vault=False)


async def vault(actor: ObjectId) -> VaultView:
    """The vault of a character: what it holds, how much fits, and what the next tier costs.

    Raises:
        CharacterNotFound: there is no such character.
    """
    await load_actor(actor)
    return _view(await BankAccount.collection().find_one({"characterId": actor}))


async def vault_history(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[VaultEntryView]:
    """The movements of a character's vault, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        AccountEntry.collection(),
        {"account": str(vault_of(actor))},
        sort="-createdAt",
        limit=limit,
        after=after,
        view=lambda row: VaultEntryView.model_validate({**row, "id": row["_id"]}),
    )


async def _come_to_the_counter(actor: ObjectId) -> Actor:
    """The character, if it is free and at a bank."""
    person = await load_actor(actor)
    person.must_be_free()
    if not await _is_bank(person.location_id):
        raise NotAtBank()
    return person


async def _is_bank(location_id: ObjectId | None) -> bool:
    """Whether a place is a bank, or a town with one among its buildings."""
    place = await read_place(location_id)
    if place is None:
        return False
    if place.type == BANK or BANK in place.buildings:
        return True
    if not place.buildings:
        return False
    inside = await read_places(place.buildings)
    return any(building.type == BANK for building in inside.values())


async def _load(actor: ObjectId) -> dict[str, Any]:
    account: dict[str, Any] | None = await BankAccount.collection().find_one({"characterId": actor})
    if account is None:
        raise NoVault()
    return account


async def _carry(actor: ObjectId, amount: int, *, into_vault: bool) -> BankReceipt:
    usage = await read_usage((OPERATIONS, actor))
    usage.use(OPERATIONS, actor)
    pocket, box = wallet(actor), vault_of(actor)
    giver, receiver = (pocket, box) if into_vault else (box, pocket)
    source = Source.BANK_DEPOSIT if into_vault else Source.BANK_WITHDRAWAL
    posted = await ledger.post(
        ledger.move(giver, receiver, Currency.DOLLARS, amount, source),
        OperationKind.BANKING,
        missing={box: NoVault()},
    )
    usage.write()
    return BankReceipt(
        operation=posted.operation,
        amount=amount,
        wallet=posted.balances[pocket, Currency.DOLLARS],
        vault=posted.balances[box, Currency.DOLLARS],
        at=posted.at,
    )


async def _widen_pack(actor: ObjectId, tier: VaultTier) -> None:
    """Who has a vault carries more; see ``inventory.rules``."""
    await set_bonus(pack(actor), "vault", VAULT_BONUS[tier.value])


def _view(account: dict[str, Any] | None) -> VaultView:
    tier = VaultTier(account["tier"]) if account is not None else None
    following = next_tier(tier)
    return VaultView(
        tier=tier,
        balance=int(account.get("balance") or 0) if account is not None else 0,
        capacity=CAPACITIES[tier] if tier is not None else 0,
        next_tier=following,
        next_cost=TIER_COSTS[following] if following is not None else None,
    )


def _check_tier(tier: Any) -> VaultTier:
    try:
        return VaultTier(tier)
    except ValueError:
        raise InvalidInput("There is no such tier: bronze, silver, gold.", path="tier") from None


def _note_tier(person: Actor, tier: VaultTier, now: datetime) -> None:
    """A row of the audit log: the free tier leaves no row in the ledger."""
    row = {
        "_id": dice.new_id(),
        "userId": person.user_id,
        "characterId": person.id,
        "action": "VAULT_TIER_SET",
        "details": {"tier": tier.value, "cost": TIER_COSTS[tier]},
        "createdAt": now,
    }
    stage(StagedInsert(AuditLog.collection_name(), row))
