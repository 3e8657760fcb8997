"""A deed, from its beginning to its result, over HTTP."""

from __future__ import annotations

from desperados.deck.documents import Action
from desperados.deck.games.sensible import sensible
from desperados.engine.storage.content import content_changed
from tests.api.client import Api


async def test_a_deed_is_begun_played_and_told(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")
    deed = {"_id": "brawl", "name": "Brawl", "type": "combat", "energyCost": 5, "difficulty": 60}
    await Action.collection().insert_one(deed)
    await content_changed()
    mine = f"/characters/{jane.character}"
    (offer,) = (await api.call("GET", f"{mine}/actions", token=jane.token)).data["items"]
    assert (offer["action"], offer["here"], offer["unmet"]) == ("brawl", True, [])
    begun = await api.call(
        "POST", f"{mine}/actions", {"action": "brawl", "stake": 10}, token=jane.token
    )
    assert begun.status == 201
    game = begun.data
    assert "seed" not in game
    while game["result"] is None:
        name, cards = sensible(game["moves"], {**game["table"]})
        body = {"move": name, "version": game["version"], "cards": cards}
        path = f"{mine}/deck/games/{game['id']}/moves"
        foreign = f"/characters/{bill.character}/deck/games/{game['id']}/moves"
        assert (await api.call("POST", foreign, body, token=bill.token)).code == "game_not_found"
        assert (await api.call("POST", path, body, token=bill.token)).status in (403, 404)
        # What a client says of skill, score or odds is not heard.
        for odd in ({"skill": 100}, {"score": 900}, {"difficulty": 1}, {"seat": 1}):
            answer = await api.call("POST", path, {**body, **odd}, token=jane.token)
            assert answer.status == 422
        for wrong in ([-1], [5, 5.0], ["0"], [1.5], list(range(11)), "0"):
            answer = await api.call("POST", path, {**body, "cards": wrong}, token=jane.token)
            assert answer.status == 422
        made = await api.call("POST", path, body, token=jane.token)
        assert made.status == 200, made.text
        game = made.data
    result = game["result"]
    assert result["seed"]
    shown = await api.call("GET", f"{mine}/actions/results", token=jane.token)
    assert shown.data["items"] == [result]
    proof = await api.call("GET", f"/games/deck/{game['id']}/proof")
    assert (proof.data["seed"], proof.data["seedHash"]) == (result["seed"], game["seedHash"])
