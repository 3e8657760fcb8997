"""Documents that expire: removed by their TTL index soon after their date has passed."""

from __future__ import annotations

import datetime

from desperados.embedded.errors import CommandError
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.keys import after, number_of, part_of, rank_of
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.versions import Locked
from desperados.embedded.values.order import DATE

SWEEP_SECONDS = 0.25


def expire_documents(store: Store, now: datetime.datetime) -> int:
    """Delete everything that is past its date; how many that were.

    A document that an open transaction has written is left for the next sweep.
    """
    removed = 0
    for collection in list(store.collections.values()):
        for index in list(collection.indexes.values()):
            if index.expires_after is not None:
                cutoff = now - datetime.timedelta(seconds=index.expires_after)
                low, high = rank_of(DATE), after(part_of(cutoff))
                numbers = set(map(number_of, index.entries.between(low, high)))
                removed += _remove(store, collection, numbers)
    return removed


def _remove(store: Store, collection: Collection, numbers: set[int]) -> int:
    unit = store.statement()
    removed = 0
    for number in numbers:
        head = collection.head(number)
        if not head.raw or head.unit is not None:
            continue
        try:
            store.write(collection, number, None, None, unit)
            removed += 1
        except Locked:
            continue
    try:
        store.commit(unit)
    except CommandError:
        # Not written; nothing stays claimed, and the next sweep tries again.
        store.abort(unit)
        raise
    return removed
