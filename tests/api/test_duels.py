"""A duel over HTTP, both sides listening: each sees its own cards, and is told of the rest."""

from __future__ import annotations

from typing import Any

from desperados.deck.cards import DECK
from tests.api.client import Answer, Api, Person
from tests.api.test_events import Socket, heard, opened


async def test_two_fight_a_duel_over_http(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")

    async def ask(who: Person, path: str, body: Any = None, method: str = "POST") -> Answer:
        there = f"/characters/{who.character}/duels{path}"
        return await api.call(method, there, body, token=who.token)

    async with opened(api, jane) as hers, opened(api, bill) as his:
        made = await ask(jane, "", {"opponentId": bill.character})
        assert (made.status, made.data["status"]) == (201, "pending")
        told = await heard(his)
        assert (told["event"], told["data"]["challengerId"]) == ("duel:challenge", jane.character)
        duel = f"/{made.data['id']}"
        accepted = await ask(bill, f"{duel}/acceptance")
        assert accepted.data["duel"]["status"] == "accepted"
        assert (await heard(hers))["event"] == "duel:accepted"

        ready = await ask(jane, f"{duel}/moves", {"move": "ready", "version": 0})
        assert ready.status == 200
        theirs = (await ask(bill, duel, method="GET")).data["game"]
        assert len(ready.data["table"]["hand"]) == len(theirs["table"]["hand"]) == 5
        assert set(ready.data["table"]["hand"]) != set(theirs["table"]["hand"])
        refused = await ask(bill, f"{duel}/moves", {"move": "bet", "version": 1, "amount": 5})
        assert (refused.status, refused.code) == (422, "illegal_move")
        for who in (jane, bill):
            moved = await ask(who, f"{duel}/moves", {"move": "draw", "version": 1, "cards": [0]})
        assert moved.data["table"]["phase"] == "betting"
        turn = jane if moved.data["inTurn"] == [0] else bill
        over = await ask(turn, f"{duel}/moves", {"move": "forfeit", "version": 3})
        assert (over.data["status"], over.data["legal"]) == ("complete", [])

        winner = bill if turn is jane else jane
        for socket in (hers, his):
            assert await until_the_end(socket) == winner.character
    (row,) = (await ask(jane, "", method="GET")).data["items"]
    assert (row["winnerId"], row["endReason"]) == (winner.character, "forfeit")
    proof = await api.call("GET", f"/games/duel{duel}/proof")
    assert proof.data["seed"]
    board = await api.call("GET", "/duels/leaderboard")
    assert board.data["items"] == []


async def until_the_end(socket: Socket) -> str:
    """Who has won; nothing on the way has a card in it."""
    while True:
        told = await heard(socket)
        assert not [card.code for card in DECK if card.code in str(told)]
        if told["event"] == "duel:complete":
            winner: str = told["data"]["winnerId"]
            return winner
