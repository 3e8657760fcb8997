"""``docs/economy.md`` says what is: its examples are tried over HTTP, its table is derived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.accounts.documents import UserRole
from desperados.economy import service as economy
from desperados.economy.bank.documents import InvestmentProduct
from desperados.economy.shops.documents import Merchant, Shop
from desperados.economy.watch import alarms
from desperados.engine import clock
from desperados.inventory import staff as item_staff
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.rules import CAPS
from desperados.ledger.money.sources import Source
from tests.api.client import Api, Person
from tests.api.conftest import open_api
from tests.economy.documentation import (
    Example,
    examples,
    operations,
    reference,
    written_reference,
)
from tests.economy.market.market_world import add_item, give, give_unique
from tests.worlds import STAFF, hire

REASON = "for the examples"
TOWN = ObjectId()


def test_the_table_of_routes_is_that_of_the_api() -> None:
    assert written_reference() == reference(), "run: python -m tests.economy.documentation"


def test_every_route_of_money_and_goods_has_an_example() -> None:
    missing = [
        f"{operation.route.method} {operation.route.path}"
        for operation in operations()
        if not any(example.shows(operation) for example in examples())
    ]
    assert missing == []


def test_every_example_is_of_a_route_that_there_is() -> None:
    strange = [
        str(example)
        for example in examples()
        if not any(example.shows(operation) for operation in operations())
    ]
    assert strange == []


async def test_every_example_answers_as_the_page_says() -> None:
    async with open_api() as api:
        people = await settle(api)
        names: dict[str, str] = {name: person.character for name, person in people.items()}
        names["giver"] = people["ann"].id
        for example in examples():
            answer = await api.call(
                example.method,
                fill(example.path, names),
                fill(example.body, names),
                token=token_for(example, people),
                key=f"example-{example.line}" if example.method != "GET" else None,
            )
            assert answer.status == example.status, f"{example}: {answer.text}"
            compare(example.answer, answer.data, names, str(example))


async def settle(api: Api) -> dict[str, Person]:
    """Ann, Bob and Cole in a town with everything, and the staff."""
    database = api.game.database
    await database["locations"].insert_one({"_id": TOWN, "locationId": "dry-gulch", "type": "bank"})
    for code, value, weight in (("whiskey", 100, 0.5), ("coal", 5, 2.5), ("rope", 20, 1)):
        await add_item(code, value=value, weight=weight, max_stack=20, tags=["provisions"])
    await add_item("colt", type="weapon", stackable=False, max_stack=1, value=500, weight=3)
    await Shop(
        shop_id="store",
        name="The Store",
        location_id="dry-gulch",
        item_ids=["whiskey", "coal"],
        markup=100,
        buy_back=50,
        buys=["provisions"],
    ).insert()
    await Merchant(
        merchant_id="abe",
        name="Abe",
        goods="general",
        markup=110,
        trade_hours={"open": 0, "close": 0},
        route=[
            {
                "location_id": "dry-gulch",
                "from_day": one,
                "from_hour": 0,
                "until_day": other,
                "until_hour": 0,
            }
            for one, other in ((1, 4), (4, 1))
        ],
    ).insert()
    await database["merchantstocks"].insert_one(
        {"merchantId": "abe", "itemId": "rope", "quantity": 10, "initialQuantity": 10,
         "restocksAt": clock.now() + timedelta(days=7), "trust": 0}
    )  # fmt: skip
    await InvestmentProduct(
        product_type="treasury_bond",
        name="Treasury bond",
        min_return=2,
        max_return=4,
        term_days=7,
        min_amount=100,
        max_amount=10_000,
        early_penalty=5,
        default_chance=0,
    ).insert()
    people = {name: await api.ride(name) for name in ("ann", "bob", "cole")}
    people["admin"] = await api.join("sheriff", UserRole.ADMIN)
    await database["characters"].update_many(
        {},
        {"$set": {"currentLocationId": TOWN, "createdAt": clock.now() - timedelta(days=30)}},
    )
    ann, bob, cole = (ObjectId(people[name].character) for name in ("ann", "bob", "cole"))
    for who, dollars in ((ann, 10_000), (bob, 5_000)):
        held = (await economy.balance(who)).dollars
        if held:
            await economy.spend(who, held, source=Source.SERVICE_FEE)
        await economy.earn(who, dollars, source=Source.QUEST_REWARD)
        await economy.earn(who, 20, source=Source.QUEST_REWARD, currency=Currency.GOLD)
        for code in ("whiskey", "rope"):
            await give(who, code, 20)
    await give_unique(ann, "colt")
    await economy.earn(cole, CAPS[Currency.DOLLARS], source=Source.QUEST_REWARD)
    held = (await economy.balance(cole)).dollars
    assert held == CAPS[Currency.DOLLARS]
    await economy.spend(cole, 1_000_000, source=Source.SERVICE_FEE)
    for later in (clock.now(), clock.now() + alarms.HOUR):
        await alarms.look(later)  # a new hour may have begun meanwhile
    await hire(api.game)
    await item_staff.grant_items(STAFF, cole, "coal", quantity=250, reason=REASON)
    return people


def token_for(example: Example, people: dict[str, Person]) -> str | None:
    """Who speaks: the character in the path, the staff, or nobody."""
    if example.path.startswith("/admin"):
        return people["admin"].token
    for name, person in people.items():
        if example.path.startswith(f"/characters/{{{name}}}"):
            return person.token
    return None


def fill(value: Any, names: dict[str, str]) -> Any:
    """``value`` with what the names stand for."""
    if isinstance(value, dict):
        return {key: fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    if isinstance(value, str):
        for name, known in names.items():
            value = value.replace(f"{{{name}}}", known)
    return value


def compare(expected: Any, found: Any, names: dict[str, str], where: str) -> None:
    """What is expected is there; a new name in braces takes what it finds in its place."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), f"{where}: {found!r} instead of {expected!r}"
        for key, value in expected.items():
            assert key in found, f"{where}: no {key} in {found!r}"
            compare(value, found[key], names, f"{where}, {key}")
    elif isinstance(expected, list):
        assert len(found) >= len(expected), f"{where}: {found!r} is too short"
        for value, item in zip(expected, found, strict=False):
            compare(value, item, names, where)
    elif isinstance(expected, str) and expected.startswith("{"):
        assert names.setdefault(expected.strip("{}"), found) == found, f"{where}: {found!r}"
    else:
        assert found == expected, f"{where}: {found!r} instead of {expected!r}"
