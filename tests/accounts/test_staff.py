"""What the staff may do, to whom, and the trail that it leaves."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from desperados.accounts import service, staff
from desperados.accounts.callers import calling_from
from desperados.accounts.credentials import sessions
from desperados.accounts.documents import AuditLog, User, UserRole, UserStatus
from desperados.accounts.errors import (
    AccountBanned,
    AccountSuspended,
    InvalidCredentials,
    InvalidReason,
    InvalidTerm,
    InvalidToken,
    LastAdmin,
    SelfDealing,
    UserNotFound,
)
from desperados.engine import clock
from desperados.engine.errors import Forbidden, InvalidInput
from desperados.engine.game import Game
from tests.accounts.people import WRONG, enter, join, join_as, who
from tests.worlds import fingerprint

pytestmark = pytest.mark.usefixtures("game")

BANNED, SUSPENDED, ACTIVE = UserStatus.BANNED, UserStatus.SUSPENDED, UserStatus.ACTIVE
REASON = "robbed the bank of Red Gulch"


async def trail() -> list[AuditLog]:
    return await AuditLog.load_many({}, limit=100)


async def test_a_ban_acts_at_once_and_only_the_right_password_tells_of_it() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    account = await join("calamity")
    pair = await enter("calamity")
    view = await staff.set_status(sheriff, account.id, status=BANNED, reason=REASON)
    assert view.status is BANNED
    with pytest.raises(AccountBanned):
        await who(pair)
    with pytest.raises(InvalidToken):
        await service.refresh(refresh_token=pair.refresh_token)
    with pytest.raises(InvalidCredentials):
        await enter("calamity", WRONG)
    with pytest.raises(AccountBanned) as refusal:
        await enter("calamity")
    assert refusal.value.facts["reason"] == REASON


async def test_after_a_ban_is_lifted_the_old_tokens_stay_dead() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    account = await join("calamity")
    pair = await enter("calamity")
    await staff.set_status(sheriff, account.id, status=BANNED, reason=REASON)
    await staff.set_status(sheriff, account.id, status=ACTIVE, reason="paid for it")
    with pytest.raises(InvalidToken):
        await who(pair)
    assert await who(await enter("calamity"))


async def test_a_ban_written_by_another_application_acts_at_once_too() -> None:
    account = await join()
    pair = await enter()
    await User.collection().update_one({"_id": account.id}, {"$set": {"status": "banned"}})
    with pytest.raises(AccountBanned):
        await who(pair)
    with pytest.raises(AccountBanned):
        await service.refresh(refresh_token=pair.refresh_token)


async def test_a_suspension_ends_by_itself_at_the_next_login() -> None:
    deputy = await join_as("deputy", UserRole.MODERATOR)
    account = await join("calamity")
    with clock.frozen() as time:
        until = time.at + timedelta(days=7)
        await staff.set_status(deputy, account.id, status=SUSPENDED, reason=REASON, until=until)
        time.advance(days=6)
        with pytest.raises(AccountSuspended) as refusal:
            await enter("calamity")
        assert refusal.value.facts["until"] == until
        time.advance(days=1)
        pair = await enter("calamity")
        assert (await service.me((await who(pair)).user_id)).status is ACTIVE


async def test_an_act_and_its_row_in_the_trail_are_one(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    account = await join("calamity")
    before = await fingerprint(game)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("desperados.accounts.acts.stage_row", broken)
        with pytest.raises(RuntimeError):
            await staff.set_status(sheriff, account.id, status=BANNED, reason=REASON)
    assert await fingerprint(game) == before
    rows = len(await trail())
    for _ in range(3):  # a ban of who is banned already is no second act
        await staff.set_status(sheriff, account.id, status=BANNED, reason=REASON)
    (row,) = (await trail())[rows:]
    assert (row.user_id, row.action) == (sheriff, "USER_BAN")
    assert row.details["target"] == account.id
    assert row.details["reason"] == REASON


@pytest.mark.parametrize(
    ("actor", "target"),
    [
        (UserRole.USER, UserRole.USER),
        (UserRole.USER, UserRole.ADMIN),
        (UserRole.MODERATOR, UserRole.MODERATOR),
        (UserRole.MODERATOR, UserRole.ADMIN),
        (UserRole.ADMIN, UserRole.ADMIN),
    ],
)
async def test_nobody_acts_on_an_equal_or_a_superior(
    game: Game, actor: UserRole, target: UserRole
) -> None:
    one, other = await join_as("one", actor), await join_as("other", target)
    before = await fingerprint(game)
    with pytest.raises(Forbidden):
        await staff.set_status(one, other, status=BANNED, reason=REASON)
    with pytest.raises(Forbidden):
        await staff.set_role(one, other, role=UserRole.USER, reason=REASON)
    assert await fingerprint(game) == before


async def test_nobody_acts_on_themselves() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    with pytest.raises(Forbidden):
        await staff.set_status(sheriff, sheriff, status=BANNED, reason=REASON)
    with pytest.raises(Forbidden):
        await staff.set_role(sheriff, sheriff, role=UserRole.USER, reason=REASON)


async def test_a_moderator_neither_bans_nor_promotes_nor_suspends_for_long() -> None:
    deputy = await join_as("deputy", UserRole.MODERATOR)
    user = await join_as("calamity", UserRole.USER)
    late = clock.now() + timedelta(days=8)
    for order in ({"status": BANNED}, {"status": SUSPENDED}, {"status": SUSPENDED, "until": late}):
        with pytest.raises(Forbidden):
            await staff.set_status(deputy, user, reason=REASON, **order)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await staff.set_role(deputy, user, role=UserRole.MODERATOR, reason=REASON)


async def test_a_stranger_does_not_learn_who_exists() -> None:
    user = await join_as("calamity", UserRole.USER)
    with pytest.raises(Forbidden):
        await staff.set_status(user, ObjectId(), status=BANNED, reason=REASON)
    with pytest.raises(Forbidden):
        await staff.set_status(ObjectId(), user, status=BANNED, reason=REASON)
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    with pytest.raises(UserNotFound):
        await staff.set_status(sheriff, ObjectId(), status=BANNED, reason=REASON)


async def test_a_banned_admin_has_no_power_left() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = await join_as("calamity", UserRole.USER)
    await User.collection().update_one({"_id": sheriff}, {"$set": {"status": "banned"}})
    with pytest.raises(Forbidden):
        await staff.set_status(sheriff, user, status=BANNED, reason=REASON)


async def test_a_new_role_shows_at_the_next_login_only() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = await join_as("calamity", UserRole.USER)
    pair = await enter("calamity")
    view = await staff.set_role(sheriff, user, role=UserRole.MODERATOR, reason=REASON)
    assert view.role is UserRole.MODERATOR
    with pytest.raises(InvalidToken):
        await who(pair)
    assert (await who(await enter("calamity"))).role is UserRole.MODERATOR


async def test_the_last_admin_stays() -> None:
    await join_as("sheriff", UserRole.ADMIN)
    with pytest.raises(LastAdmin):
        await staff.grant_role(username="sheriff", role=UserRole.USER, reason=REASON)
    second = await join_as("second", UserRole.ADMIN)
    await User.collection().update_one({"_id": second}, {"$set": {"status": "banned"}})
    with pytest.raises(LastAdmin):
        await staff.grant_role(username="sheriff", role=UserRole.USER, reason=REASON)


async def test_of_two_admins_who_leave_at_once_one_stays() -> None:
    await join_as("sheriff", UserRole.ADMIN)
    await join_as("marshal", UserRole.ADMIN)
    outcomes = await asyncio.gather(
        *(
            staff.grant_role(username=name, role=UserRole.USER, reason=REASON)
            for name in ("sheriff", "marshal")
        ),
        return_exceptions=True,
    )
    assert sorted(type(o).__name__ for o in outcomes) == ["AccountView", "LastAdmin"]


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"reason": "no"}, InvalidReason),
        ({"reason": {"$ne": None}}, InvalidReason),
        ({"status": "hanged"}, InvalidInput),
        ({"status": {"$ne": None}}, InvalidInput),
        ({"until": clock.now() + timedelta(days=1)}, InvalidTerm),
    ],
)
async def test_a_senseless_order_is_refused(order: dict[str, Any], error: type[Exception]) -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = await join_as("calamity", UserRole.USER)
    with pytest.raises(error):
        await staff.set_status(sheriff, user, **{"status": BANNED, "reason": REASON, **order})


async def test_a_login_during_a_ban_does_not_slip_through() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = await join_as("calamity", UserRole.USER)
    await asyncio.gather(
        *(enter("calamity") for _ in range(8)),
        staff.set_status(sheriff, user, status=BANNED, reason=REASON),
        return_exceptions=True,
    )
    assert await sessions.live(user) == []


# Decisions belong to the rank of who decided


@pytest.mark.parametrize("decided", [BANNED, SUSPENDED])
@pytest.mark.parametrize("wanted", [ACTIVE, SUSPENDED, BANNED])
async def test_a_moderator_does_not_change_what_an_admin_decided(
    game: Game, decided: UserStatus, wanted: UserStatus
) -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    deputy = await join_as("deputy", UserRole.MODERATOR)
    user = await join_as("calamity", UserRole.USER)
    month = clock.now() + timedelta(days=30)
    until = month if decided is SUSPENDED else None
    await staff.set_status(sheriff, user, status=decided, reason=REASON, until=until)
    before = await fingerprint(game)
    sooner = clock.now() + timedelta(days=1) if wanted is SUSPENDED else None
    with pytest.raises(Forbidden):
        await staff.set_status(deputy, user, status=wanted, reason=REASON, until=sooner)
    assert await fingerprint(game) == before
    await staff.set_status(sheriff, user, status=ACTIVE, reason="paid for it")


async def test_moderators_change_what_moderators_decided_until_an_admin_decides() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    one, other = [await join_as(name, UserRole.MODERATOR) for name in ("deputy", "ranger")]
    user = await join_as("calamity", UserRole.USER)
    day, week = [clock.now() + timedelta(days=days) for days in (1, 7)]
    await staff.set_status(one, user, status=SUSPENDED, reason=REASON, until=week)
    await staff.set_status(other, user, status=SUSPENDED, reason="too long", until=day)
    await staff.set_status(sheriff, user, status=SUSPENDED, reason="it stays a week", until=week)
    with pytest.raises(Forbidden):
        await staff.set_status(one, user, status=ACTIVE, reason="she said sorry")


async def test_a_decision_that_nobody_signed_is_an_admins() -> None:
    deputy = await join_as("deputy", UserRole.MODERATOR)
    user = await join_as("calamity", UserRole.USER)
    await User.collection().update_one({"_id": user}, {"$set": {"status": "suspended"}})
    with pytest.raises(Forbidden):
        await staff.set_status(deputy, user, status=ACTIVE, reason="she said sorry")


async def test_a_suspension_that_has_ended_is_nobodys_decision() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    deputy = await join_as("deputy", UserRole.MODERATOR)
    user = await join_as("calamity", UserRole.USER)
    with clock.frozen() as time:
        until = time.at + timedelta(days=1)
        await staff.set_status(sheriff, user, status=SUSPENDED, reason=REASON, until=until)
        time.advance(days=2)
        until = time.at + timedelta(days=3)
        await staff.set_status(deputy, user, status=SUSPENDED, reason="again", until=until)


async def test_the_row_of_an_act_says_from_where_and_what_was_before() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = await join_as("calamity", UserRole.USER)
    rows = len(await trail())
    with calling_from(ip="81.2.69.142"):
        await staff.set_status(sheriff, user, status=BANNED, reason=REASON)
    (row,) = (await trail())[rows:]
    assert row.ip_address == "81.2.69.142"
    assert row.details["before"] == {"status": "active", "until": None, "decidedAs": None}
    assert row.details["after"] == {"status": "banned", "until": None}


async def test_who_tries_to_act_on_themselves_is_flagged_once_a_day() -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    with clock.frozen() as time:
        for _ in range(3):
            with pytest.raises(SelfDealing):
                await staff.set_role(sheriff, sheriff, role=UserRole.USER, reason=REASON)
        time.advance(days=1)
        with pytest.raises(SelfDealing):
            await staff.set_status(sheriff, sheriff, status=BANNED, reason=REASON)
    flags = await AuditLog.load_many({"action": "ECONOMY_FLAG"}, limit=9)
    assert [flag.user_id for flag in flags] == [sheriff, sheriff]
    assert {flag.details["pattern"] for flag in flags} == {"self dealing"}


@pytest.mark.parametrize(
    ("here", "there", "flagged"),
    [
        ("81.2.69.142", "81.2.69.142", 1),
        ("2a00:1450:1:2::7", "2a00:1450:1:2:ffff::1", 1),
        ("81.2.69.142", "81.2.69.143", 0),
        ("10.0.0.7", "10.0.0.7", 0),  # a proxy that nobody has named, or a house
        (None, None, 0),
    ],
)
async def test_an_act_on_somebody_in_the_same_network_is_done_and_flagged(
    here: str | None, there: str | None, flagged: int
) -> None:
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    cousin = await join_as("cousin", UserRole.USER)
    with calling_from(ip=there):
        await enter("cousin")
    with calling_from(ip=here):
        await staff.set_status(sheriff, cousin, status=BANNED, reason=REASON)
    flags = await AuditLog.load_many({"action": "ECONOMY_FLAG"}, limit=9)
    assert [flag.details["pattern"] for flag in flags] == ["same address"] * flagged
