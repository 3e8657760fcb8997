"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Audit, Domain
from desperados.ledger.audit import check_holds, check_rewards
from desperados.ledger.items import documents as items_documents
from desperados.ledger.items.audit import check_items
from desperados.ledger.money import documents as money_documents
from desperados.ledger.money.audit import check_chains, check_operations
from desperados.ledger.money.checkpoints import check_checkpoints

DOMAIN = Domain(
    name="ledger",
    documents=(
        money_documents,
        items_documents,
    ),
    audits=(
        Audit("chains", check_chains),
        Audit("operations", check_operations),
        Audit("items", check_items),
        Audit("holds", check_holds),
        Audit("rewards", check_rewards),
        Audit("checkpoints", check_checkpoints),
    ),
)
