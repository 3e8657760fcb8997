"""Idempotency keys over HTTP: whose they are, and what they give after the end of a character."""

from bson import ObjectId

from desperados.economy import service as economy
from tests.api.client import Answer, Api, Person
from tests.worlds import fingerprint


async def delete(api: Api, who: Person, *, key: str | None, name: str = "Jane", by: str) -> Answer:
    return await api.call("DELETE", f"/characters/{who.character}?name={name}", token=by, key=key)


async def test_a_repeated_deletion_gets_its_first_answer(api: Api) -> None:
    jane = await api.ride("jane")
    first = await delete(api, jane, key="end", by=jane.token)
    before = await fingerprint(api.game)
    again = await delete(api, jane, key="end", by=jane.token)
    assert (first.status, first.text) == (again.status, again.text) == (204, "")
    assert await fingerprint(api.game) == before


async def test_nobody_else_learns_that_answer(api: Api) -> None:
    jane, stranger = await api.ride("jane"), await api.ride("stranger")
    await delete(api, jane, key="end", by=jane.token)
    theirs = await delete(api, jane, key="end", by=stranger.token)
    nobodys = await api.call(
        "DELETE", f"/characters/{ObjectId()}?name=Jane", token=stranger.token, key="end"
    )
    said = [{**answer.data, "requestId": ""} for answer in (theirs, nobodys)]
    assert theirs.status == 404
    assert said[0] == said[1]


async def test_without_its_key_a_deleted_character_is_not_found(api: Api) -> None:
    jane = await api.ride("jane")
    await delete(api, jane, key="end", by=jane.token)
    for key in (None, "another"):
        answer = await delete(api, jane, key=key, by=jane.token)
        assert (answer.status, answer.code) == (404, "character_not_found")
    other = await delete(api, jane, key="end", name="Bill", by=jane.token)
    assert (other.status, other.code) == (409, "key_reused")


async def test_of_a_deleted_character_what_was_done_is_told_and_nothing_new_is_done(
    api: Api,
) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")
    path = f"/characters/{jane.character}/transfers"
    body = {"recipientId": bill.character, "amount": 10}
    paid = await api.call("POST", path, body, token=jane.token, key="paid")
    await delete(api, jane, key="end", by=jane.token)
    before = await fingerprint(api.game)
    again = await api.call("POST", path, body, token=jane.token, key="paid")
    assert (paid.status, paid.text) == (again.status, again.text)
    assert paid.status == 200
    new = await api.call("POST", path, body, token=jane.token, key="new")
    assert (new.status, new.code) == (404, "character_not_found")
    assert await fingerprint(api.game) == before


async def test_a_players_key_does_not_stand_in_the_way_of_the_servers(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")
    await api.call(
        "POST",
        f"/characters/{jane.character}/transfers",
        {"recipientId": bill.character, "amount": 10},
        token=jane.token,
        key="bonus",
    )
    receipt = await economy.transfer(
        ObjectId(jane.character), ObjectId(bill.character), 5, key="bonus"
    )
    assert receipt.balance == 85
