"""What identifies the rows of an operation, whoever reads them in whatever order."""

from random import Random
from typing import Any

from bson import Int64, ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.engine.storage.fields import WholeDouble
from desperados.ledger.money.operations import OperationKind, digest_of
from desperados.ledger.money.sources import Flow, Source

IDS = st.binary(min_size=12, max_size=12).map(ObjectId)
COINS = st.integers(-(2**53), 2**53)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "characterId": IDS,
            "currency": st.sampled_from(["dollars", "gold", "silver"]),
            "seq": st.integers(1, 2**31),
            "amount": COINS,
            "balanceAfter": COINS,
            "source": st.sampled_from([source.value for source in Source]),
        },
        optional={"reference": IDS},
    ),
    min_size=1,
    max_size=4,
)


@given(rows=ROWS, seed=st.integers(0, 2**32))
def test_the_digest_knows_no_order_and_no_type_of_number(
    rows: list[dict[str, Any]], seed: int
) -> None:
    shuffled, order = [dict(row) for row in rows], Random(seed)
    order.shuffle(shuffled)
    for row in shuffled:
        number = order.choice([int, Int64, float, WholeDouble])
        row["amount"], row["seq"] = number(row["amount"]), Int64(row["seq"])
    assert digest_of(shuffled) == digest_of(rows)


@given(rows=ROWS, data=st.data())
def test_the_digest_of_rows_that_were_changed_is_another(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    changed = [dict(row) for row in rows]
    row = data.draw(st.sampled_from(changed))
    name = data.draw(st.sampled_from(["characterId", "seq", "amount", "balanceAfter", "reference"]))
    value = row.get(name)
    row[name] = value + 1 if isinstance(value, int) else ObjectId()
    assert digest_of(changed) != digest_of(rows)
    assert digest_of(changed[1:]) != digest_of(changed)


def test_every_source_belongs_to_a_kind_and_reversals_to_one() -> None:
    used = {source for kind in OperationKind for source in kind.sources}
    unused = {source for source in Source if source not in used}
    # Money that trades once held; the last of it was given back long ago.
    assert unused == {Source.TRADE_HELD, Source.TRADE_RELEASED}
    for kind in set(OperationKind) - {OperationKind.REVERSAL, OperationKind.DEBT}:
        assert not {Source.REVERSED_INCOME, Source.REVERSED_TRANSFER} & kind.sources
    assert {source.flow for source in OperationKind.INCOME.sources} == {Flow.FAUCET}
