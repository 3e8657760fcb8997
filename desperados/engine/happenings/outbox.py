"""Putting a happening into the outbox, and telling the workers of this process after the commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from desperados.engine import clock, dice
from desperados.engine.ambient import Transaction, current_transaction
from desperados.engine.errors import GameError
from desperados.engine.happenings.documents import Happening
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import after_commit, stage

_TICK = timedelta(milliseconds=1)


def put(name: str, tags: Iterable[str], facts: Mapping[str, Any]) -> bool:
    """Stage the row of a happening for those who follow it. Returns whether anybody does: where
    nobody follows, there is no row.

    ``facts`` are the other fields of a ``Happening`` by their stored names; those without a value
    are left out. Who keeps to a key that the happening lacks does not hear of it. Two happenings
    of one transaction never have the same date, so that the second comes after the first.

    Raises:
        GameError: no transaction is open.
    """
    transaction = current_transaction()
    if transaction is None:
        raise GameError("A happening was noted outside a transaction.")
    known = {field: value for field, value in facts.items() if value is not None}
    tags = list(tags)
    waiting = _followers(transaction, name, tags, known)
    if not waiting:
        return False
    earlier = transaction.happenings
    at = clock.now()
    if earlier:
        at = max(at, earlier[-1]["at"] + _TICK)
    else:
        after_commit(_tell_workers, transaction)
    row = {
        "_id": dice.new_id(),
        "name": name,
        "at": at,
        **known,
        "tags": tags,
        "waiting": waiting,
        **Happening.first_extras,
    }
    earlier.append(row)
    stage(StagedInsert(Happening.collection_name(), row))
    return True


def _followers(
    transaction: Transaction, name: str, tags: Iterable[str], known: Mapping[str, Any]
) -> list[str]:
    """The names of those who follow this and have a key in it, each once."""
    table = transaction.game.followers()
    heard = (
        *table.get(name, ()),
        *(pair for tag in tags for pair in table.get(f"{name}.{tag}", ())),
    )
    return list(dict.fromkeys(follower for follower, key in heard if key in known))


def _tell_workers(transaction: Transaction) -> None:
    """Let the workers of this process look at once, instead of at their next poll."""
    names = {name for row in transaction.happenings for name in row["waiting"]}
    for worker in list(transaction.game.nudged):
        worker(names)
