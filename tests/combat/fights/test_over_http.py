"""A fight over HTTP, from whom one may fight to the seed that proves it."""

from __future__ import annotations

from aiohttp.test_utils import TestClient
from bson import ObjectId

from desperados.api.app import create_app
from desperados.combat.fights.engine.cards import promising
from desperados.testing import World
from tests.api.client import Api
from tests.api.conftest import ApiServer
from tests.world.people import change, place_id


async def test_a_fight_is_fought_and_verified_by_its_player_alone(world: World) -> None:
    async with TestClient(ApiServer(create_app(world.game))) as client:
        api = Api(world.game, client)
        jane, bill = await api.ride("jane"), await api.ride("bill")
        await change(ObjectId(jane.character), currentLocationId=await place_id("dusty-trail"))
        mine = f"/characters/{jane.character}"
        foes = await api.call("GET", f"{mine}/foes", token=jane.token)
        assert "coyote" in [foe["npc"] for foe in foes.data["items"]]
        begun = await api.call("POST", f"{mine}/fights", {"npc": "coyote"}, token=jane.token)
        fight = begun.data
        address = f"{mine}/fights/{fight['id']}"
        elsewhere = f"/characters/{bill.character}/fights/{fight['id']}"
        assert (await api.call("GET", address, token=bill.token)).status == 404
        assert (await api.call("GET", elsewhere, token=bill.token)).code == "game_not_found"
        proof = f"/games/fight/{fight['id']}/proof"
        told = (await api.call("GET", proof)).data
        assert (told["seedHash"], told["seed"], told["state"]) == (fight["seedHash"], None, None)
        for wrong in (
            {"move": "attack", "version": 0, "hold": [9]},
            {"move": "attack", "version": 0, "hold": ["1"]},
            {"move": "attack", "version": 0, "damage": 999_999},
            {"move": "win", "version": 0},
        ):
            refused = await api.call("POST", f"{address}/moves", wrong, token=jane.token)
            assert refused.status == 422
        while fight["status"] == "active":
            body = {
                "move": "attack",
                "version": fight["version"],
                "hold": promising(fight["table"]["you"]["hand"]),
            }
            fight = (await api.call("POST", f"{address}/moves", body, token=jane.token)).data
        listed = await api.call("GET", f"{mine}/fights", token=jane.token)
        assert [item["status"] for item in listed.data["items"]] == [fight["status"]]
        assert (await api.call("GET", proof)).data["seed"] == fight["seed"]
