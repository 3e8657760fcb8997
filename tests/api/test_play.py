"""What the README does, over HTTP."""

import asyncio

from bson import ObjectId

from desperados.accounts.documents import UserRole
from tests.api.client import PASSWORD, Api


async def test_a_stranger_registers_logs_in_and_plays(api: Api) -> None:
    account = await api.call(
        "POST",
        "/accounts",
        {"username": "calamity", "email": "jane@example.org", "password": PASSWORD},
    )
    assert account.status == 201
    assert PASSWORD not in account.text
    session = await api.call("POST", "/sessions", {"login": "calamity", "password": PASSWORD})
    token = session.data["accessToken"]
    made = [
        await api.call("POST", "/characters", {"name": name, "background": kind}, token=token)
        for name, kind in (("Calamity Jane", "settler"), ("Wild Bill", "drifter"))
    ]
    assert [answer.status for answer in made] == [201, 201]
    jane, bill = (answer.data["id"] for answer in made)
    listed = await api.call("GET", "/characters", token=token)
    assert [item["id"] for item in listed.data["items"]] == [jane, bill]

    paid = await api.call(
        "POST",
        f"/characters/{jane}/transfers",
        {"recipientId": bill, "amount": 25},
        token=token,
        key="rent-1",
    )
    assert (paid.status, paid.data["balance"]) == (200, 75)
    balance = await api.call("GET", f"/characters/{bill}/balance", token=token)
    assert balance.data == {"dollars": 125, "gold": 0, "silver": 0}
    history = await api.call("GET", f"/characters/{jane}/history?limit=1", token=token)
    assert history.data["items"][0]["amount"] == -25
    more = await api.call(
        "GET", f"/characters/{jane}/history?limit=1&after={history.data['next']}", token=token
    )
    assert more.data["items"][0]["amount"] == 100


async def test_the_same_key_moves_the_money_once_and_answers_the_same(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")

    async def pay() -> tuple[int, str]:
        answer = await api.call(
            "POST",
            f"/characters/{jane.character}/transfers",
            {"recipientId": bill.character, "amount": 10},
            token=jane.token,
            key="once",
        )
        return answer.status, answer.text

    answers = await asyncio.gather(*(pay() for _ in range(20)))
    assert set(answers) == {answers[0]}
    assert answers[0][0] == 200
    balance = await api.call("GET", f"/characters/{jane.character}/balance", token=jane.token)
    assert balance.data["dollars"] == 90


async def test_the_same_key_with_another_request_is_refused(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")
    path = f"/characters/{jane.character}/transfers"
    body = {"recipientId": bill.character, "amount": 10}
    await api.call("POST", path, body, token=jane.token, key="k")
    answer = await api.call("POST", path, {**body, "amount": 11}, token=jane.token, key="k")
    assert (answer.status, answer.code) == (409, "key_reused")


async def test_refusals_of_the_ledger_say_what_is_wrong(api: Api) -> None:
    jane, bill = await api.ride("jane"), await api.ride("bill")

    async def code(recipient: str, amount: object) -> tuple[int, str]:
        answer = await api.call(
            "POST",
            f"/characters/{jane.character}/transfers",
            {"recipientId": recipient, "amount": amount},
            token=jane.token,
        )
        return answer.status, answer.code

    assert await code(bill.character, 101) == (409, "insufficient_funds")
    assert await code(bill.character, 0) == (422, "zero_amount")
    assert await code(bill.character, -5) == (422, "negative_amount")
    assert await code(bill.character, 2.5) == (422, "invalid_input")
    assert (await code(bill.character, 2**53 - 1))[0] == 422
    assert await code(jane.character, 5) == (422, "self_transfer")
    assert await code(str(ObjectId()), 5) == (404, "recipient_not_found")


async def test_a_refreshed_session_goes_on_and_a_reused_token_closes_it(api: Api) -> None:
    jane = await api.join("jane")
    body = {"refreshToken": jane.refresh_token}
    fresh = await api.call("POST", "/sessions/refresh", body)
    assert fresh.status == 200
    assert (await api.call("GET", "/account", token=fresh.data["accessToken"])).status == 200
    assert (await api.call("POST", "/sessions/refresh", body)).code == "token_reused"
    assert (await api.call("GET", "/account", token=fresh.data["accessToken"])).status == 401


async def test_after_logout_the_token_is_worth_nothing(api: Api) -> None:
    jane = await api.join("jane")
    assert (await api.call("DELETE", "/sessions/current", token=jane.token)).status == 204
    refused = await api.call("GET", "/account", token=jane.token)
    assert (refused.status, refused.code) == (401, "invalid_token")


async def test_sessions_are_listed_and_closed_one_by_one(api: Api) -> None:
    jane = await api.join("jane")
    await api.call(
        "POST",
        "/sessions",
        {"login": "jane", "password": PASSWORD},
        headers={"User-Agent": "a telegraph"},
    )
    listed = await api.call("GET", "/sessions", token=jane.token)
    other = next(s for s in listed.data["items"] if not s["current"])
    assert (other["userAgent"], other["ip"]) == ("a telegraph", "127.0.0.1")
    closed = await api.call("DELETE", f"/sessions/{other['id']}", token=jane.token)
    assert closed.status == 204
    assert len((await api.call("GET", "/sessions", token=jane.token)).data["items"]) == 1


async def test_a_character_is_deleted_by_repeating_its_name(api: Api) -> None:
    jane = await api.ride("jane", "Calamity Jane")
    path = f"/characters/{jane.character}"
    wrong = await api.call("DELETE", f"{path}?name=Wild+Bill", token=jane.token)
    assert 400 <= wrong.status < 500
    gone = await api.call("DELETE", f"{path}?name=Calamity+Jane", token=jane.token)
    assert gone.status == 204
    assert (await api.call("GET", path, token=jane.token)).status == 404


async def test_an_admin_pays_out_and_the_audit_log_knows_who(api: Api) -> None:
    jane = await api.ride("jane")
    admin = await api.join("sheriff", UserRole.ADMIN)
    path = f"/admin/characters/{jane.character}/adjustments"
    body = {"amount": 50, "reason": "lost in the flood"}
    assert (await api.call("POST", path, body, token=jane.token)).status == 403
    paid = await api.call("POST", path, body, token=admin.token)
    assert (paid.status, paid.data["balance"]) == (201, 150)
    row = await api.game.database["auditlogs"].find_one({"characterId": ObjectId(jane.character)})
    assert row is not None
    assert str(row["userId"]) == admin.id


async def test_a_moderator_may_not_do_what_admins_do(api: Api) -> None:
    jane = await api.join("jane")
    moderator = await api.join("deputy", UserRole.MODERATOR)
    answer = await api.call(
        "PUT",
        f"/admin/users/{jane.id}/role",
        {"role": "admin", "reason": "she asked nicely"},
        token=moderator.token,
    )
    assert (answer.status, answer.code) == (403, "forbidden")
