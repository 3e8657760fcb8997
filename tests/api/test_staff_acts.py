"""Every act of staff passes the one rule and leaves its row: all routes of all manifests walked.

An act is carried out for what it does to whom; then those are made equals, or the staff themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts.documents import AuditLog
from desperados.accounts.inputs import Reason
from desperados.characters.documents import Character
from desperados.characters.participant import load_participant
from desperados.crime.bounties.service import post_bounty
from desperados.economy.watch import locks
from desperados.economy.watch.alarms import list_flags
from desperados.economy.watch.locks import TradeLockView, Until
from desperados.engine import clock
from desperados.engine.commands import command
from desperados.engine.manifest.routes import Route
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage as stage_write
from desperados.engine.transactions import transaction
from desperados.law.consequences import Sentence
from desperados.law.rules import Cause
from desperados.play.outcome import Deed, Outcome, Share
from desperados.play.settle import settle
from tests.api.client import Api
from tests.api.matrix import OK, ROWS
from tests.api.test_matrix import (
    STAFFS,
    Stage,
    answer_of,
    api_over,
    named,
    put_into,
    the_stage,
)

Row = dict[str, Any]

ACTS = tuple(route for route in STAFFS if route.method != "GET")
# What touches nobody in particular.
NOBODY = frozenset(
    {
        "POST /admin/exchange/events",
        "PUT /admin/weather/{region}",
        "POST /admin/shooting-contests",
        "POST /admin/tournaments",
    }
)
PEOPLE = ("ann", "bob", "cole")
# Their rows are of a character that is not locked, and is locked first.
LOCKED = frozenset({"DELETE /admin/characters/{characterId}/trade-lock"})


async def jail(_api: Api, town: Stage) -> None:
    """Ann serves a sentence."""
    async with transaction():
        ann = await load_participant(town.cast.ann)
        await settle(Deed(name="crime"), Share(ann, Outcome(jail=Sentence(Cause.MAJOR_CRIME))))


async def post(api: Api, town: Stage) -> None:
    """Ann has put a price on a head, which has the id that the table names."""
    people, bounties = api.game.database["characters"], api.game.database["bounties"]
    await people.update_one({"_id": town.cast.cole}, {"$set": {"level": 10}})
    posted = await post_bounty(town.cast.ann, town.cast.cole, 100)
    row = await bounties.find_one_and_delete({"_id": posted.id})
    await bounties.insert_one({**row, "_id": town.cast.trade})


# What must have come about before they can do anything.
BEGUN = {
    "POST /admin/characters/{characterId}/pardon": jail,
    "DELETE /admin/bounties/{bountyId}": post,
}


@pytest.fixture
async def town() -> Stage:
    """A town in which everything can be done."""
    return await the_stage()


async def rows_of(api: Api, where: Row) -> list[Row]:
    """Rows of the audit log."""
    found: list[Row] = await api.game.database["auditlogs"].find(where).to_list(None)
    return found


async def acted(api: Api, town: Stage, route: Route, swap: tuple[str, str] = ("", "")) -> str:
    """The answer to an act, whatever the table calls usual."""
    if named(route) in LOCKED:
        await put_into(api.game, town.cast, "ann", "locked")
    if named(route) in BEGUN:
        await BEGUN[named(route)](api, town)
    code = await answer_of(api, town.cast, route, swap)
    return ROWS[named(route)].usual if named(route) in LOCKED and code == OK else code


async def faults_of(town: Stage, route: Route, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is wrong with an act; nothing, if all is well."""
    staff = ObjectId(town.cast.users["staff"])
    async with api_over(await town.world(("ann", "well"))) as api:
        before = {row["_id"] for row in await rows_of(api, {})}
        code = await acted(api, town, route)
        rows = [row for row in await rows_of(api, {"userId": staff}) if row["_id"] not in before]
    if len(rows) != 1:
        return [f"left {len(rows)} rows of the staff, answered {code}"]
    (row,) = rows
    details = row["details"]
    faults = [] if row.get("ipAddress") else ["its row does not say from where"]
    faults += [f"its row has no {name}" for name in ("reason",) if not details.get(name)]
    if "before" not in details or details["before"] == details.get("after"):
        faults.append("its row does not say what it was before and is after")
    touched = details.get("targets") or [details[n] for n in ("target",) if n in details]
    if not touched and named(route) not in NOBODY:
        faults.append("its row does not say whom it touches")
    async with api_over(await town.world(("ann", "well"))) as api:
        # As if the API let everybody pass: the act itself looks at who acts.
        with monkeypatch.context() as patch:
            patch.setattr("desperados.api.access.STAFF", {})
            demoted = {"$set": {"role": "user"}}
            await api.game.database["users"].update_one({"_id": staff}, demoted)
            if (code := await acted(api, town, route)) != "forbidden":
                faults.append(f"somebody who is no staff was answered {code}")
    for user in touched:
        faults += await faults_of_touching(town, route, user, staff)
    return faults


async def faults_of_touching(
    town: Stage, route: Route, user: ObjectId, staff: ObjectId
) -> list[str]:
    """What is wrong with how an act treats equals, and the staff themselves."""
    faults = []
    who = next(name for name in PEOPLE if town.cast.users[name] == str(user))
    async with api_over(await town.world((who, "staff"))) as api:
        if (code := await acted(api, town, route)) != "forbidden":
            faults.append(f"on {who}, who is an admin too: {code}")
    async with api_over(await town.world((who, "well"))) as api:
        mine = {"$set": {"userId": staff}}
        await api.game.database["characters"].update_many({"userId": user}, mine)
        before = {row["_id"] for row in await rows_of(api, {})}
        code = await acted(api, town, route, (str(user), str(staff)))
        if code != "self_dealing":
            faults.append(f"on themselves, as {who}: {code}")
        flags = [flag for flag in (await list_flags()).items if flag.id not in before]
        if [flag.pattern for flag in flags] != ["self dealing"]:
            faults.append(f"on themselves, as {who}: flagged {flags}")
    return faults


@pytest.mark.parametrize("route", ACTS, ids=named)
async def test_an_act_of_staff_passes_the_rule_and_leaves_its_row(
    town: Stage, route: Route, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await faults_of(town, route, monkeypatch) == []


# Acts as nobody should write them; the walk must find each.


@command
async def lock_without_the_rule(
    staff: ObjectId,
    character_id: ObjectId,
    *,
    until: Until,
    reason: Reason,
    key: str | None = None,
) -> TradeLockView:
    """Lock, and leave a row that names nobody."""
    locks.bar(character_id, until)
    row = {"_id": ObjectId(), "userId": staff, "action": "LOCK", "details": {"reason": reason}}
    stage_write(StagedInsert(AuditLog.collection_name(), {**row, "createdAt": clock.now()}))
    return TradeLockView(character_id=character_id, locked_until=until)


@command
async def lock_without_a_row(
    staff: ObjectId,
    character_id: ObjectId,
    *,
    until: Until,
    reason: Reason,
    key: str | None = None,
) -> TradeLockView:
    """Lock, and tell nobody."""
    await Character.collection().update_one(
        {"_id": character_id}, {"$set": {locks.TRADE_LOCK: until}}
    )
    return TradeLockView(character_id=character_id, locked_until=until)


@pytest.mark.parametrize(
    ("careless", "found"),
    [
        (lock_without_a_row, ["left 0 rows of the staff, answered ok"]),
        (
            lock_without_the_rule,
            [
                "its row does not say from where",
                "its row does not say what it was before and is after",
                "its row does not say whom it touches",
                "somebody who is no staff was answered ok",
            ],
        ),
    ],
)
async def test_the_walk_finds_an_act_that_forgets(
    town: Stage, careless: Any, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (route,) = (r for r in ACTS if r.function is locks.lock_trade)
    forgetful = replace(route, function=careless)
    monkeypatch.setattr("desperados.api.app.ROUTES", (forgetful,))
    assert await faults_of(town, forgetful, monkeypatch) == found
