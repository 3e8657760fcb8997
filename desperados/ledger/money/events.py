"""What the ledger tells players: money that moved."""

from __future__ import annotations

from desperados.engine.live.events import Event
from desperados.ledger.money.documents import Currency


class WalletChanged(Event):
    """Money came into your wallet or left it: one event for each movement.

    ``sequence`` counts the movements of a wallet in one currency without a gap. The balance with
    the highest is the newest; where one is missing, read the balance.
    """

    event = "wallet:changed"

    currency: Currency
    balance: int
    delta: int
    source: str
    sequence: int
