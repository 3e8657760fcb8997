"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import (
    MINE,
    Admin,
    Owner,
    Route,
)
from desperados.inventory import ground
from desperados.inventory import service as inventory
from desperados.inventory import staff as inventory_staff
from desperados.inventory.bots import BOTS
from desperados.inventory.content import CONTENT
from desperados.inventory.jobs import JOBS

DOMAIN = Domain(
    name="inventory",
    routes=(
        Route("GET", f"{MINE}/inventory", inventory.inventory, Owner),
        Route("GET", f"{MINE}/inventory/capacity", inventory.capacity, Owner),
        Route("GET", f"{MINE}/inventory/unique", inventory.unique_items, Owner),
        Route("GET", f"{MINE}/inventory/history", inventory.history, Owner),
        Route("GET", f"{MINE}/inventory/pending", inventory.pending_items, Owner),
        Route("POST", f"{MINE}/inventory/pending/{{rewardId}}/claim", inventory.claim_items, Owner),
        Route("POST", f"{MINE}/inventory/drops", ground.drop_item, Owner),
        Route("POST", f"{MINE}/inventory/unique/{{uniqueId}}/drop", ground.drop_unique, Owner),
        Route("GET", f"{MINE}/ground", ground.ground_items, Owner),
        Route("POST", f"{MINE}/ground/{{groundItemId}}/pick-up", ground.pick_up, Owner),
        Route("POST", "/admin/characters/{characterId}/items", inventory_staff.grant_items, Admin),
        Route(
            "POST",
            "/admin/characters/{characterId}/items/removal",
            inventory_staff.remove_items,
            Admin,
        ),
    ),
    jobs=JOBS,
    content=CONTENT,
    leaving=(inventory.wind_up,),
    bots=BOTS,
)
