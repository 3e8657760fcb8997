"""Sending money: limits, tax, and what is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.characters.errors import CharacterNotFound, CharacterUnavailable, TooNew
from desperados.economy import service as economy
from desperados.economy import transfers
from desperados.economy.errors import RecipientNotFound, SelfTransfer, TooManyPayments
from desperados.economy.taxes import UNTAXED_TRANSFERS, transfer_tax
from desperados.economy.transfers import Payment, send, send_many
from desperados.engine import clock
from desperados.engine.errors import Contention, InvalidInput, KeyReused, LimitExceeded, RateLimited
from desperados.engine.game import Game
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds, InvalidAmount, UnknownCurrency
from desperados.ledger.money.rules import CAPS
from tests.economy.money_worlds import NO_AMOUNTS, add_settler, assert_sound, change, money_of
from tests.games import expire, open_game
from tests.worlds import add_character, fingerprint

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


@given(st.lists(st.integers(1, 1_000_000), min_size=1, max_size=10), st.integers(0, 5_000))
def test_sending_in_parts_never_saves_tax(parts: list[int], sent_before: int) -> None:
    in_parts, sent = 0, sent_before
    for part in parts:
        in_parts += transfer_tax(part, sent)
        sent += part
    assert in_parts >= transfer_tax(sum(parts), sent_before)


@given(st.integers(1, 3_000_000), st.integers(0, 3_000_000))
def test_the_tax_is_whole_and_one_percent_at_most_rounded_up(amount: int, before: int) -> None:
    tax = transfer_tax(amount, before)
    assert 0 <= tax <= -(-amount // 100)
    if amount + before <= UNTAXED_TRANSFERS:
        assert tax == 0


@pytest.mark.parametrize(
    ("amount", "before", "tax"),
    [(1_000, 0, 0), (1_001, 0, 1), (1_100, 0, 1), (1_101, 0, 2), (1, 1_000, 1), (200, 5_000, 2)],
)
def test_tax_by_example(amount: int, before: int, tax: int) -> None:
    assert transfer_tax(amount, before) == tax


async def test_money_arrives_with_its_note(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    receipt = await send(ann, bob, 40, note="For the mule.")
    assert (receipt.amount, receipt.tax, receipt.parked, receipt.balance) == (40, 0, 0, 60)
    for person in (ann, bob):
        newest = (await economy.history(person)).items[0]
        assert newest.note == "For the mule."
        assert newest.source == "player_transfer"
    assert (await money_of(game, bob))["dollars"] == 40
    await assert_sound()


async def test_beyond_a_thousand_dollars_a_day_the_sender_pays_tax_on_top(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=10_000), await add_settler(game)
    assert (await send(ann, bob, 1_000)).tax == 0
    assert (await send(ann, bob, 150)).tax == 2
    assert (await money_of(game, ann))["dollars"] == 10_000 - 1_150 - 2
    assert (await money_of(game, bob))["dollars"] == 1_150
    await assert_sound()


async def test_the_tax_must_be_affordable_too(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=2_000), await add_settler(game)
    with pytest.raises(InsufficientFunds):
        await send(ann, bob, 2_000)
    await send(ann, bob, 1_990)
    assert (await money_of(game, ann))["dollars"] == 0


async def test_metal_is_sent_without_tax(game: Game) -> None:
    ann, bob = await add_settler(game, gold=20_000), await add_settler(game)
    receipt = await send(ann, bob, 10_000, currency=Currency.GOLD)
    assert (receipt.tax, receipt.balance) == (0, 10_000)
    with pytest.raises(LimitExceeded):
        await send(ann, bob, 10_001, currency=Currency.GOLD)


async def test_a_character_sends_nothing_in_its_first_24_hours(game: Game) -> None:
    with clock.frozen() as now:
        ann, bob = await add_character(game, dollars=100), await add_settler(game)
        now.advance(hours=24, milliseconds=-1)
        with pytest.raises(TooNew):
            await send(ann, bob, 1)
        now.advance(milliseconds=1)
        await send(ann, bob, 1)


async def test_a_million_at_once_and_three_in_a_utc_day(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann, bob = await add_settler(game, dollars=9_000_000), await add_settler(game)
        with pytest.raises(LimitExceeded):
            await send(ann, bob, 1_000_001)
        for _ in range(3):
            await send(ann, bob, 1_000_000)
        with pytest.raises(LimitExceeded) as caught:
            await send(ann, bob, 1)
        assert caught.value.facts["retry_after"] == 12 * 3600
        now.advance(hours=12, milliseconds=-1)
        with pytest.raises(LimitExceeded):
            await send(ann, bob, 1)
        now.advance(milliseconds=1)
        assert (await send(ann, bob, 1_000)).tax == 0
    await assert_sound()


async def test_ten_transfers_an_hour_for_all_characters_of_an_account(game: Game) -> None:
    with clock.frozen(NOON) as now:
        ann, amy = await add_settler(game, dollars=100), await add_settler(game, dollars=100)
        bob = await add_settler(game)
        user = (await game.database["characters"].find_one({"_id": ann}))["userId"]
        await change(game, amy, userId=user)
        for turn in range(10):
            await send((ann, amy)[turn % 2], bob, 1, key=f"k{turn}")
        now.advance(minutes=30)
        for _ in range(20):  # what is refused does not prolong the wait
            with pytest.raises(RateLimited) as caught:
                await send(ann, bob, 1)
        assert caught.value.facts["retry_after"] == 30 * 60
        assert (await send(ann, bob, 1, key="k0")).balance == 99
        now.advance(minutes=30, milliseconds=-1)
        with pytest.raises(RateLimited):
            await send(amy, bob, 1)
        now.advance(milliseconds=1)
        await send(amy, bob, 1)
    await assert_sound()


async def test_two_characters_of_an_account_may_send_for_the_first_time_at_once(
    game: Game,
) -> None:
    """Both make the counter of their account."""
    senders = [await add_settler(game, dollars=10) for _ in range(10)]
    bob, user = await add_settler(game), ObjectId()
    await game.database["users"].insert_one({"_id": user, "username": "z", "email": "z@z.org"})
    for sender in senders:
        await change(game, sender, userId=user)
    await asyncio.gather(*(send(sender, bob, 1) for sender in senders))
    with pytest.raises(RateLimited):
        await send(senders[0], bob, 1)
    await assert_sound()


@pytest.mark.parametrize("amount", NO_AMOUNTS, ids=lambda amount: repr(amount)[:12])
async def test_what_is_no_amount_is_refused_and_changes_nothing(game: Game, amount: Any) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    before = await fingerprint(game)
    with pytest.raises(InvalidAmount):
        await send(ann, bob, amount, key="k")
    with pytest.raises(InvalidAmount):
        await send(ann, bob, amount, currency=Currency.SILVER)
    assert await fingerprint(game) == before


async def test_nobody_sends_to_themselves_to_nobody_to_the_dead_or_to_the_banned(
    game: Game,
) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    dead, gone, banned = [await add_settler(game) for _ in range(3)]
    await change(game, dead, isDead=True)
    await change(game, gone, deletedAt=clock.now())
    user = (await game.database["characters"].find_one({"_id": banned}))["userId"]
    await game.database["users"].update_one({"_id": user}, {"$set": {"status": "banned"}})
    before = await fingerprint(game)
    for sender, recipient, error in (
        (ann, ann, SelfTransfer),
        (ann, ObjectId(), RecipientNotFound),
        (ann, gone, RecipientNotFound),
        (ann, dead, CharacterUnavailable),
        (ann, banned, CharacterUnavailable),
        (dead, bob, CharacterUnavailable),
        (gone, bob, CharacterNotFound),
        (ObjectId(), bob, CharacterNotFound),
    ):
        with pytest.raises(error):
            await send(sender, recipient, 1)
    assert await fingerprint(game) == before


async def test_two_characters_of_one_account_may_share_their_money(game: Game) -> None:
    ann, amy = await add_settler(game, dollars=100), await add_settler(game)
    user = (await game.database["characters"].find_one({"_id": ann}))["userId"]
    await change(game, amy, userId=user)
    assert (await send(ann, amy, 1)).balance == 99


async def test_a_developers_world_has_no_day_to_wait() -> None:
    async with open_game() as game:
        ann, bob = await add_character(game, dollars=100), await add_character(game)
        assert (await send(ann, bob, 1)).balance == 99


@pytest.mark.parametrize("note", ["x" * 201, "line\nbreak", "\x00", 5])
async def test_a_note_is_200_printable_characters(game: Game, note: Any) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    with pytest.raises(InvalidInput):
        await send(ann, bob, 1, note=note)
    await send(ann, bob, 1, note="ü" * 200)


async def test_an_unknown_currency_is_refused(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    with pytest.raises(UnknownCurrency):
        await send(ann, bob, 1, currency="pesos")  # type: ignore[arg-type]


async def test_at_the_cap_all_of_it_arrives_and_one_more_waits(game: Game) -> None:
    cap = CAPS[Currency.GOLD]
    ann, bob = await add_settler(game, gold=10), await add_settler(game, gold=cap - 3)
    assert (await send(ann, bob, 3, currency=Currency.GOLD)).parked == 0
    assert (await send(ann, bob, 1, currency=Currency.GOLD)).parked == 1
    assert (await money_of(game, bob))["gold"] == cap
    await assert_sound()


async def test_fifty_at_once_of_all_that_there_is_send_it_once(game: Game) -> None:
    ann = await add_settler(game, dollars=900)
    others = [await add_settler(game) for _ in range(50)]
    results = await asyncio.gather(
        *(send(ann, other, 900) for other in others), return_exceptions=True
    )
    assert sum(isinstance(result, InsufficientFunds) for result in results) == 49
    await assert_sound()


async def test_one_key_sends_once_and_serves_no_other_request(game: Game) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    answers = await asyncio.gather(*(send(ann, bob, 7, key="k") for _ in range(20)))
    assert len({answer.operation for answer in answers}) == 1
    assert (await money_of(game, bob))["dollars"] == 7
    with pytest.raises(KeyReused):
        await send(ann, bob, 8, key="k")


async def test_a_batch_reaches_a_hundred_and_counts_as_one_transfer(game: Game) -> None:
    ann = await add_settler(game, dollars=10_000)
    crowd = [await add_settler(game) for _ in range(100)]
    receipt = await send_many(ann, [Payment(recipient_id=who, amount=20) for who in crowd])
    assert (receipt.amount, receipt.tax, receipt.balance) == (2_000, 10, 10_000 - 2_010)
    assert {(await money_of(game, who))["dollars"] for who in crowd} == {20}
    allowance = await game.database["allowances"].find_one({"_id": {"$regex": "^transfers:"}})
    assert allowance["used"] == 1
    await assert_sound()


async def test_a_batch_with_one_bad_recipient_pays_nobody(game: Game) -> None:
    ann, bob, dead = [await add_settler(game, dollars=100) for _ in range(3)]
    await change(game, dead, isDead=True)
    before = await fingerprint(game)
    good = Payment(recipient_id=bob, amount=10)
    for bad, error in (
        (Payment(recipient_id=ObjectId(), amount=10), RecipientNotFound),
        (Payment(recipient_id=dead, amount=10), CharacterUnavailable),
        (Payment(recipient_id=ann, amount=10), SelfTransfer),
        (Payment(recipient_id=dead, amount=0), InvalidAmount),
        (Payment(recipient_id=bob, amount=10), TooManyPayments),
        (Payment(recipient_id=dead, amount=1_000_001), LimitExceeded),
    ):
        with pytest.raises(error):
            await send_many(ann, [good, bad])
    with pytest.raises(TooManyPayments):
        await send_many(ann, [])
    with pytest.raises(TooManyPayments):
        await send_many(ann, [Payment(recipient_id=ObjectId(), amount=1) for _ in range(101)])
    assert await fingerprint(game) == before


async def test_who_is_blocked_sends_nothing_and_is_told_that_nobody_is_there(game: Game) -> None:
    ann, bob, cleo = [await add_settler(game, dollars=100) for _ in range(3)]
    friends = game.database["friends"]
    await friends.insert_one({"requesterId": bob, "requesteeId": ann, "status": "blocked"})
    await friends.insert_one({"requesterId": cleo, "requesteeId": ann, "status": "accepted"})
    before = await fingerprint(game)
    batch = [Payment(recipient_id=who, amount=5) for who in (cleo, bob)]
    with pytest.raises(RecipientNotFound) as blocked:
        await send(ann, bob, 5)
    with pytest.raises(RecipientNotFound) as missing:
        await send(ann, ObjectId(), 5)
    assert (blocked.value.message, blocked.value.facts) == (
        missing.value.message,
        missing.value.facts,
    )
    with pytest.raises(RecipientNotFound) as of_batch:
        await send_many(ann, batch)
    assert of_batch.value.facts == {"path": "payments.1.recipientId"}
    with pytest.raises(CharacterUnavailable) as own:
        await send(bob, ann, 5)
    assert own.value.facts["state"] == "blocked"
    assert await fingerprint(game) == before
    await send(ann, cleo, 5)
    await friends.delete_one({"requesterId": bob})
    await send(ann, bob, 5)


async def test_a_batch_that_cannot_be_covered_pays_nobody(game: Game) -> None:
    ann, bob, cleo = [await add_settler(game, dollars=100) for _ in range(3)]
    before = await fingerprint(game)
    with pytest.raises(InsufficientFunds):
        await send_many(
            ann, [Payment(recipient_id=bob, amount=60), Payment(recipient_id=cleo, amount=60)]
        )
    assert await fingerprint(game) == before


async def test_a_batch_that_is_refused_for_its_sender_looks_up_no_recipients(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await add_settler(game, dollars=10)
    payments = [Payment(recipient_id=ObjectId(), amount=1) for _ in range(100)]

    def looked_up(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(transfers, "actors_of", looked_up)
    with pytest.raises(InsufficientFunds) as refused:
        await send_many(ann, payments)
    assert (refused.value.facts["had"], refused.value.facts["needed"]) == (10, 100)
    with pytest.raises(InsufficientFunds):
        await send_many(ann, payments, currency=Currency.GOLD)
    monkeypatch.undo()
    bob = await add_settler(game)
    for _ in range(10):
        await send(ann, bob, 1)
    monkeypatch.setattr(transfers, "actors_of", looked_up)
    with pytest.raises(RateLimited):
        await send_many(ann, payments)


async def test_an_account_that_another_program_gave_a_character_is_the_one_that_counts(
    game: Game,
) -> None:
    ann, bob = await add_settler(game, dollars=100), await add_settler(game)
    await send(ann, bob, 5)
    new_owner = (await game.database["users"].insert_one({"status": "banned"})).inserted_id
    await change(game, bob, userId=new_owner)
    with pytest.raises(Contention):
        await send(ann, bob, 5)
    with pytest.raises(CharacterUnavailable):
        await send(ann, bob, 5)
    assert (await money_of(game, bob))["dollars"] == 5


async def test_the_counter_of_a_day_goes_after_the_day_by_whatever_clock(game: Game) -> None:
    """The database's clock decides when it goes, the host's when the day is over."""
    with clock.frozen(NOON) as now:
        ann, bob = await add_settler(game, dollars=100), await add_settler(game)
        await send(ann, bob, 5)
        midnight = NOON + timedelta(hours=12)
        allowance = await game.database["allowances"].find_one({"_id": f"sent:{ann}"})
        assert allowance["since"] == NOON - timedelta(hours=12)
        assert allowance["expiresAt"] > midnight
        now.at = midnight - timedelta(seconds=1)
        await expire(game, midnight + timedelta(minutes=3))
        await send(ann, bob, 5)
        allowance = await game.database["allowances"].find_one({"_id": f"sent:{ann}"})
        assert allowance["used"] == 10
