"""How the health of the economy is judged: inequality, velocity, inflation, suspicion. Pure.

Thresholds of what is worth a look are the catalogue's, per the design of the game: one movement
above a million, more than half a million earned in an hour, and so on. A flag is a reason to look,
never a verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LARGE_MOVEMENT = 1_000_000
LARGE_HOURLY_INCOME = 500_000
LARGE_DAILY_INCOME = 3_000_000
MOST_TRADES_AN_HOUR = 50
MOST_SOLD_AN_HOUR = 200
ROUND_TRIP_LEAST = 1_000
ROUND_TRIP_SHARE = 0.8
WASH_TRADES_LEAST = 3
FRESH_DAYS = 7
FRESH_RECEIVES = 10_000


def gini(holdings: Iterable[int]) -> float:
    """The Gini coefficient: 0 when all hold the same, towards 1 when one holds everything.

    From the sorted form, G = 2 * sum(i * x_i) / (n * sum(x)) - (n + 1) / n with i from 1 (Damgaard
    and Weiner, "Describing inequality in plant size or fecundity", Ecology 81, 2000).
    """
    ordered = sorted(holdings)
    total = sum(ordered)
    count = len(ordered)
    if not total:
        return 0.0
    weighted = sum(rank * held for rank, held in enumerate(ordered, start=1))
    return 2 * weighted / (count * total) - (count + 1) / count


def velocity(moved: int, supply: int, days: float) -> float:
    """How often a coin changes hands in a day: what was moved a day, as a share of the supply."""
    return moved / days / supply if supply > 0 and days > 0 else 0.0


def basket_index(before: Mapping[str, float], after: Mapping[str, float]) -> float | None:
    """The price of a basket against an earlier one, 100 meaning no change.

    The mean of the price ratios of the items that have a price in both; None if there is none.
    """
    ratios = [after[item] / before[item] for item in before if item in after and before[item] > 0]
    return 100 * sum(ratios) / len(ratios) if ratios else None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Dollars that one character gave another, or paid for a listing."""

    giver: str
    receiver: str
    amount: int
    at: datetime
    sale: bool = False


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A pattern that is worth a look. ``who`` are character ids."""

    pattern: str
    who: tuple[str, ...]
    amount: int
    detail: str


def suspicions(
    transfers: Sequence[Transfer],
    born: Mapping[str, datetime],
    incomes: Mapping[str, Sequence[tuple[datetime, int]]],
) -> list[Suspicion]:
    """Everything in a window of time that is worth a look, the largest sums first.

    ``born`` says when the characters were created, ``incomes`` what each earned from faucets.
    """
    found = [
        *_large(transfers),
        *_round_trips(transfers),
        *_wash_trades(transfers),
        *_fresh(transfers, born),
        *_fast_income(incomes),
    ]
    return sorted(found, key=lambda s: (-s.amount, s.pattern, s.who))


def _large(transfers: Iterable[Transfer]) -> Iterable[Suspicion]:
    for transfer in transfers:
        if transfer.amount > LARGE_MOVEMENT:
            yield Suspicion(
                "large movement",
                (transfer.giver, transfer.receiver),
                transfer.amount,
                f"{transfer.amount:,} at once",
            )


def _round_trips(transfers: Iterable[Transfer]) -> Iterable[Suspicion]:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for transfer in transfers:
        if not transfer.sale:
            sums[transfer.giver, transfer.receiver] += transfer.amount
    for (giver, receiver), there in sums.items():
        back = sums.get((receiver, giver), 0)
        smaller, larger = sorted((there, back))
        if (
            giver < receiver
            and smaller >= ROUND_TRIP_LEAST
            and smaller >= ROUND_TRIP_SHARE * larger
        ):
            yield Suspicion(
                "round trip", (giver, receiver), smaller, f"{there:,} there and {back:,} back"
            )


def _wash_trades(transfers: Iterable[Transfer]) -> Iterable[Suspicion]:
    sales: dict[tuple[str, str], list[int]] = defaultdict(list)
    for transfer in transfers:
        if transfer.sale:
            first, second = sorted((transfer.giver, transfer.receiver))
            sales[first, second].append(transfer.amount)
    for pair, amounts in sales.items():
        if len(amounts) >= WASH_TRADES_LEAST:
            yield Suspicion(
                "wash trades", pair, sum(amounts), f"{len(amounts)} sales between the two"
            )


def _fresh(transfers: Iterable[Transfer], born: Mapping[str, datetime]) -> Iterable[Suspicion]:
    received: dict[str, int] = defaultdict(int)
    for transfer in transfers:
        since = born.get(transfer.receiver)
        young = since is not None and transfer.at - since < timedelta(days=FRESH_DAYS)
        if young and not transfer.sale:
            received[transfer.receiver] += transfer.amount
    for receiver, amount in received.items():
        if amount >= FRESH_RECEIVES:
            yield Suspicion(
                "fresh account", (receiver,), amount, f"given in its first {FRESH_DAYS} days"
            )


def _fast_income(incomes: Mapping[str, Sequence[tuple[datetime, int]]]) -> Iterable[Suspicion]:
    for who, rows in incomes.items():
        for span, limit in (
            (timedelta(hours=1), LARGE_HOURLY_INCOME),
            (timedelta(days=1), LARGE_DAILY_INCOME),
        ):
            most = most_within(rows, span)
            if most > limit:
                hours = int(span.total_seconds() // 3600)
                yield Suspicion("fast income", (who,), most, f"earned within {hours} h")


def most_within(
    rows: Sequence[tuple[datetime, int]], span: timedelta, since: datetime | None = None
) -> int:
    """The largest sum of amounts in any window of ``span`` that ends at ``since`` or later.

    Who looks every hour at two hours, and asks for windows that end in the last one, sees each
    window once.
    """
    ordered = sorted(rows)
    most = total = start = 0
    for at, amount in ordered:
        total += amount
        while at - ordered[start][0] >= span:
            total -= ordered[start][1]
            start += 1
        if since is None or at >= since:
            most = max(most, total)
    return most
