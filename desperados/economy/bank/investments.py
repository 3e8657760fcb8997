"""Investments: money that is put away for some days, with a return that is drawn once.

The principal lies in a hold until it is redeemed. When an investment matures, its payout is drawn
and stored; what is paid later is what was drawn. Given back earlier it pays no return and costs a
penalty. What was agreed is kept with the investment, whatever becomes of the product.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import itself, load_actor
from desperados.characters.happenings import Happened, note
from desperados.characters.notices.writing import notify
from desperados.economy.bank import terms
from desperados.economy.bank.documents import (
    Investment,
    InvestmentOutcome,
    InvestmentProduct,
    InvestmentStatus,
    InvestmentTerms,
)
from desperados.economy.corrections import debts
from desperados.economy.errors import (
    AlreadyRedeemed,
    InvestmentNotFound,
    OutsideProductRange,
    ProductNotFound,
    TooManyInvestments,
)
from desperados.economy.events import MATURED, InvestmentMatured
from desperados.engine import clock, dice
from desperados.engine.allowances import Limit as Allowed
from desperados.engine.allowances import Places, read_usage, usage_of
from desperados.engine.commands import command
from desperados.engine.errors import Contention, InvalidInput
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.storage.reads import together
from desperados.engine.transactions import stage, transactional
from desperados.engine.views import Cursor, Id, Limit, Page, View
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import escrow, wallet
from desperados.ledger.money.documents import Currency, HoldPurpose, HoldStatus
from desperados.ledger.money.holds import new_hold
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.rules import Coins, check_amount
from desperados.ledger.money.sources import Source

CALLS = Allowed("investments", 20, timedelta(minutes=1))
ACTIVE = Places("active investments", terms.MOST_ACTIVE_INVESTMENTS, TooManyInvestments)
MOST_PRODUCTS = 100
_WHOLE = 10_000

ProductType = Annotated[str, Field(min_length=1, max_length=60, examples=["treasury_bond"])]


class ProductView(View):
    """Something to invest in. Percentages are of the principal, amounts in dollars."""

    product_type: str
    name: str
    description: str
    min_return: float
    max_return: float
    term_days: int
    min_amount: int
    max_amount: int
    early_penalty: float
    default_chance: float


class InvestmentView(View):
    """An investment. ``payout`` is null until it has matured; ``early_payout`` is what it pays
    when it is given back before."""

    id: Id
    product_type: str
    principal: int
    status: InvestmentStatus
    outcome: InvestmentOutcome | None
    payout: int | None
    early_payout: int | None
    purchased_at: datetime
    matures_at: datetime
    closed_at: datetime | None


class Redemption(View):
    """What an investment paid. ``parked`` dollars wait as a pending reward: the wallet is full."""

    investment: InvestmentView
    paid: int
    gain: int
    balance: int
    parked: int


@command(queue="actor")
async def invest(
    actor: ObjectId,
    product_type: ProductType,
    amount: Annotated[Coins, Field(examples=[100])],
    *,
    key: str | None = None,
) -> InvestmentView:
    """Put dollars into a product. They are held until the investment is redeemed.

    A character has at most ten active investments.

    Raises:
        ProductNotFound: there is no such product.
        InvalidAmount: the amount is not a whole number from 1 to the cap of dollars.
        OutsideProductRange: the product takes more, or less, than that.
        TooManyInvestments: ten investments are active.
        InsufficientFunds: the wallet holds less.
        RateLimited: twenty purchases and redemptions in the last minute.
        CharacterUnavailable: the character is dead.
        TradeLocked: the staff bar the character from trade.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    amount = check_amount(amount, Currency.DOLLARS)
    product = await _load_product(product_type)
    if not product.min_amount <= amount <= product.max_amount:
        raise OutsideProductRange(
            f"{product.name} takes {product.min_amount:,} to {product.max_amount:,} dollars.",
            least=product.min_amount,
            most=product.max_amount,
            path="amount",
        )
    person = await load_actor(actor)
    person.must_be_alive()
    person.must_be_unlocked()
    read, owed = usage_of((CALLS, actor)), debts.owed_by(actor)
    await together(itself(person), read, owed)
    usage = read.result
    usage.use(CALLS, actor)
    await debts.collect_first(owed)
    place = await ACTIVE.find(actor, lambda: _count_active(actor))
    now = clock.now()
    matures_at = now + timedelta(days=product.term_days)
    agreed = _offered(product)
    investment_id = dice.new_id()
    account, hold = new_hold(actor, HoldPurpose.INVESTMENT, investment_id)
    await ledger.post(
        ledger.move(
            wallet(actor),
            account,
            Currency.DOLLARS,
            amount,
            Source.INVESTMENT_HELD,
            reference=investment_id,
        ),
        OperationKind.INVESTMENT,
        opened={account: hold},
        details={"terms": agreed.to_mongo(), "maturesAt": matures_at},
    )
    usage.write()
    investment = Investment(
        id=investment_id,
        character_id=actor,
        product_type=product.product_type,
        principal=amount,
        interest_rate=product.min_return,
        purchased_at=now,
        matures_at=matures_at,
        hold_id=account.id,
        terms=agreed,
    )
    stage(StagedInsert(Investment.collection_name(), investment.to_mongo()))
    place.take(investment.matures_at)
    note(person, Happened.TRADE_DONE, "invested", amount=amount, reference=investment_id)
    return _view(investment)


@command(queue="actor")
async def redeem(actor: ObjectId, investment_id: ObjectId, *, key: str | None = None) -> Redemption:
    """Take an investment back: with its return once it has matured, before that less a penalty.

    The dead may, too: what was theirs is wound up. What a full wallet cannot take waits as a
    pending reward.

    Raises:
        InvestmentNotFound: there is no such investment, or it is not the character's.
        AlreadyRedeemed: it was redeemed before.
        RateLimited: twenty purchases and redemptions in the last minute.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    person = await load_actor(actor)
    investment = await _load(actor, investment_id)
    found_as = investment.status
    if found_as is InvestmentStatus.REDEEMED:
        raise AlreadyRedeemed()
    usage = await read_usage((CALLS, actor))
    usage.use(CALLS, actor)
    paid = _settle(investment)
    legs = _legs(investment, paid)
    _stage_state(investment, found_as, AlreadyRedeemed())
    balance, parked = person.dollars, 0
    if legs:
        ended = {escrow(investment.hold_id): _end_of(paid)} if investment.hold_id else {}
        posted = await ledger.post(legs, OperationKind.REDEMPTION, closed=ended)
        place = (wallet(actor), Currency.DOLLARS)
        balance, parked = posted.balances.get(place, balance), posted.parked.get(place, 0)
    usage.write()
    if investment.outcome is not InvestmentOutcome.EARLY:
        note(person, Happened.TRADE_DONE, "redeemed", amount=paid, reference=investment.id)
    return Redemption(
        investment=_view(investment),
        paid=paid,
        gain=paid - investment.principal,
        balance=balance,
        parked=parked,
    )


@transactional
async def mature(investment_id: ObjectId) -> None:
    """Draw what an investment pays, if it is active and its term is over; else do nothing."""
    investment = await Investment.load_one({"_id": investment_id})
    if (
        investment is None
        or investment.status is not InvestmentStatus.ACTIVE
        or investment.matures_at > clock.now()
    ):
        return
    investment.terms = await _terms_of(investment)
    _draw(investment)
    _stage_state(investment, InvestmentStatus.ACTIVE, Contention(retry_after=1))
    matured = InvestmentMatured(
        investment_id=investment.id,
        product=investment.product_type,
        principal=investment.principal,
        payout=investment.payout or 0,
    )
    push(matured, to=investment.character_id)
    notify(
        investment.character_id,
        MATURED,
        investment_id=investment.id,
        product=investment.product_type.replace("_", " "),
        principal=investment.principal,
        payout=investment.payout or 0,
    )


async def investment_products() -> list[ProductView]:
    """What can be invested in."""
    rows = await InvestmentProduct.load_many(
        {"productType": {"$gt": ""}}, sort=[("productType", 1)], limit=MOST_PRODUCTS
    )
    return [ProductView.model_validate(row, from_attributes=True) for row in rows]


async def portfolio(
    actor: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[InvestmentView]:
    """The investments of a character, newest first.

    Raises:
        InvalidInput: the limit is not 1 to 100, or the cursor is not one of this list.
    """
    return await read_page(
        Investment.collection(),
        {"characterId": actor},
        sort="-purchasedAt",
        limit=limit,
        after=after,
        view=lambda row: _view(Investment.hydrate(row)),
    )


async def get_investment(actor: ObjectId, investment_id: ObjectId) -> InvestmentView:
    """One investment of a character.

    Raises:
        InvestmentNotFound: there is no such investment, or it is not the character's.
    """
    return _view(await _load(actor, investment_id))


def _draw(investment: Investment) -> None:
    """Chance decides, once."""
    agreed = investment.terms
    assert agreed is not None
    low, high = terms.returns(agreed)
    share = dice.between(low, high)
    paid = terms.payout(investment.principal, agreed, dice.roll(_WHOLE), share)
    investment.status = InvestmentStatus.MATURED
    investment.payout = paid
    investment.interest_rate = share / 100 if paid else 0


def _settle(investment: Investment) -> int:
    """Close an investment; returns the dollars that it pays."""
    if investment.status is InvestmentStatus.ACTIVE and investment.matures_at <= clock.now():
        _draw(investment)  # the job is late
    if investment.status is InvestmentStatus.MATURED:
        paid = investment.payout if investment.payout is not None else _promised(investment)
        investment.outcome = InvestmentOutcome.PAID if paid else InvestmentOutcome.DEFAULTED
    else:
        assert investment.terms is not None
        paid = terms.early_payout(investment.principal, investment.terms)
        investment.outcome = InvestmentOutcome.EARLY
    investment.payout = paid
    investment.status, investment.closed_at = InvestmentStatus.REDEEMED, clock.now()
    return paid


def _legs(investment: Investment, paid: int) -> list[ledger.Movement]:
    """The principal back from its hold, a gain out of nothing, a loss into nothing.

    The principal of an investment that another program sold left the world at that time: what it
    pays is made.
    """
    owner = wallet(investment.character_id)
    dollars, reference = Currency.DOLLARS, investment.id
    if investment.hold_id is None:
        made = ledger.mint(owner, dollars, paid, Source.INVESTMENT_RETURN, reference=reference)
        return [made] if paid else []
    account = escrow(investment.hold_id)
    returned = min(paid, investment.principal)
    legs = []
    if returned:
        legs += ledger.move(
            account, owner, dollars, returned, Source.INVESTMENT_REDEEMED, reference=reference
        )
    if returned < investment.principal:
        lost = investment.principal - returned
        legs.append(
            ledger.burn(account, dollars, lost, Source.INVESTMENT_LOSS, reference=reference)
        )
    if paid > returned:
        gain = paid - returned
        legs.append(
            ledger.mint(owner, dollars, gain, Source.INVESTMENT_RETURN, reference=reference)
        )
    return legs


def _end_of(paid: int) -> HoldStatus:
    return HoldStatus.RELEASED if paid else HoldStatus.LAPSED


def _stage_state(investment: Investment, was: InvestmentStatus, otherwise: Any) -> None:
    """Write the new state, if the investment still is in the old one; who leaves the active ones
    gives a place back."""
    if was is InvestmentStatus.ACTIVE:
        ACTIVE.give_back(investment.character_id)
    changed = investment.to_mongo()
    names = ("status", "interestRate", "payout", "outcome", "closedAt", "terms")
    stage(
        StagedUpdate(
            Investment.collection_name(),
            {"_id": investment.id, "status": was.value},
            {"$set": {name: changed[name] for name in names if changed.get(name) is not None}},
            otherwise=otherwise,
        )
    )


async def _load(actor: ObjectId, investment_id: ObjectId) -> Investment:
    investment = await Investment.load_one({"_id": investment_id, "characterId": actor})
    if investment is None:
        raise InvestmentNotFound()
    if investment.status is InvestmentStatus.ACTIVE:
        investment.terms = await _terms_of(investment)
    return investment


async def _load_product(product_type: str) -> InvestmentProduct:
    if not isinstance(product_type, str):
        raise InvalidInput("A product is named by its type.", path="productType")
    product = await InvestmentProduct.load_one({"productType": product_type})
    if product is None:
        raise ProductNotFound(path="productType")
    return product


async def _terms_of(investment: Investment) -> InvestmentTerms:
    """What was agreed; without a record of it, what the product says now."""
    if investment.terms is not None:
        return investment.terms
    return _offered(await _load_product(investment.product_type))


def _offered(product: InvestmentProduct) -> InvestmentTerms:
    """What the product says now."""
    return InvestmentTerms(
        min_return=product.min_return,
        max_return=product.max_return,
        early_penalty=product.early_penalty,
        default_chance=product.default_chance,
    )


def _promised(investment: Investment) -> int:
    """What an investment pays that another program let mature: its rate was fixed."""
    rate = terms.hundredths(investment.interest_rate)
    return investment.principal + max(0, investment.principal * rate // _WHOLE)


async def _count_active(actor: ObjectId) -> int:
    active = await find_all(
        Investment.collection(),
        {"characterId": actor, "status": InvestmentStatus.ACTIVE.value},
        projection={"_id": 1},
        limit=ACTIVE.most,
    )
    return len(active)


def _view(investment: Investment) -> InvestmentView:
    active = investment.status is InvestmentStatus.ACTIVE
    early = None
    if active and investment.terms is not None:
        early = terms.early_payout(investment.principal, investment.terms)
    return InvestmentView(
        id=investment.id,
        product_type=investment.product_type,
        principal=investment.principal,
        status=investment.status,
        outcome=investment.outcome,
        payout=investment.payout,
        early_payout=early,
        purchased_at=investment.purchased_at,
        matures_at=investment.matures_at,
        closed_at=investment.closed_at,
    )
