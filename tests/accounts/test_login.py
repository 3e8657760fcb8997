"""Registration, login, the lockout and the password, against a running game."""

import asyncio
import json
from collections import Counter
from datetime import timedelta

import bcrypt
import pytest
from redis.exceptions import ConnectionError as RedisDown

from desperados.accounts import service
from desperados.accounts.callers import calling_from
from desperados.accounts.credentials import lockout
from desperados.accounts.documents import AuditLog, User
from desperados.accounts.errors import (
    AccountLocked,
    EmailTaken,
    InvalidCredentials,
    InvalidEmail,
    InvalidToken,
    InvalidUsername,
    SamePassword,
    UsernameTaken,
    WeakPassword,
    WrongPassword,
)
from desperados.accounts.views import AccountView, TokenPair
from desperados.engine import clock
from desperados.engine.errors import InvalidInput, Unavailable
from desperados.engine.game import Game
from tests.accounts.people import PASSWORD, WRONG, enter, join, who
from tests.worlds import fingerprint

pytestmark = pytest.mark.usefixtures("game")


# Registration


async def test_who_registers_can_log_in_by_name_or_address_in_any_case() -> None:
    account = await service.register(
        username="Calamity", email=" Jane@Deadwood.Example ", password=PASSWORD
    )
    assert (account.username, account.email) == ("Calamity", "jane@deadwood.example")
    for login in (
        "Calamity",
        "CALAMITY",
        " calamity ",
        "jane@deadwood.example",
        "JANE@DEADWOOD.example",
    ):
        principal = await who(await enter(login))
        assert principal.user_id == account.id
        assert (await service.me(principal.user_id)).username == "Calamity"


@pytest.mark.parametrize(
    ("username", "email", "error"),
    [
        ("Calamity", "other@x.yz", UsernameTaken),
        ("CALAMITY", "other@x.yz", UsernameTaken),
        ("other", "Calamity@Deadwood.example", EmailTaken),
        ("no", "other@x.yz", InvalidUsername),
        ("other", "nowhere", InvalidEmail),
    ],
)
async def test_a_refused_registration_leaves_no_trace(
    game: Game, username: str, email: str, error: type[Exception]
) -> None:
    await join("calamity")
    before = await fingerprint(game)
    with pytest.raises(error):
        await service.register(username=username, email=email, password=PASSWORD)
    assert await fingerprint(game) == before


async def test_of_20_parallel_registrations_of_one_name_one_succeeds() -> None:
    outcomes = await asyncio.gather(
        *(
            service.register(
                username="Bob" if i % 2 else "bob", email=f"bob{i}@x.yz", password=PASSWORD
            )
            for i in range(20)
        ),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {AccountView: 1, UsernameTaken: 19}
    assert await User.collection().count_documents({}) == 1


async def test_of_20_parallel_registrations_of_one_address_one_succeeds() -> None:
    outcomes = await asyncio.gather(
        *(
            service.register(username=f"bob{i}", email="bob@x.yz", password=PASSWORD)
            for i in range(20)
        ),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {AccountView: 1, EmailTaken: 19}


@pytest.mark.parametrize("bad", [None, 7, {"$ne": None}, ["x"], True])
async def test_input_of_another_type_is_refused_and_never_reaches_the_database(bad: object) -> None:
    await join()
    good = {"username": "other", "email": "other@x.yz", "password": PASSWORD}
    for field in good:
        with pytest.raises(InvalidInput) as refusal:
            await service.register(**{**good, field: bad})  # type: ignore[arg-type]
        assert refusal.value.facts["path"] == field
    for fields in ({"login": bad, "password": PASSWORD}, {"login": "calamity", "password": bad}):
        with pytest.raises(InvalidInput):
            await service.login(**fields)  # type: ignore[arg-type]


async def test_no_password_or_raw_token_is_stored(game: Game) -> None:
    await join()
    first = await enter()
    second = await service.refresh(refresh_token=first.refresh_token)
    stored = json.dumps(await fingerprint(game))
    for secret in (PASSWORD, first.refresh_token, second.refresh_token, second.access_token):
        assert secret not in stored
    assert first.refresh_token not in repr(first)
    assert first.access_token not in repr(first)


# Login


async def test_an_unknown_name_is_answered_like_a_wrong_password() -> None:
    await join()
    answers = []
    for login in ("calamity", "nobody", "nobody@x.yz", "x" * 5000, "a\0b", "\ud800", ""):
        with pytest.raises(InvalidCredentials) as refusal:
            await enter(login, WRONG)
        answers.append((refusal.value.message, refusal.value.facts))
    assert answers == [answers[0]] * len(answers)


async def test_an_unknown_name_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []

    async def waste(password: str, _settings: object) -> None:
        hashed.append(password)

    monkeypatch.setattr("desperados.accounts.credentials.passwords.waste_time", waste)
    with pytest.raises(InvalidCredentials):
        await enter("nobody", WRONG)
    assert hashed == [WRONG]


async def test_a_password_of_megabytes_is_refused_without_hashing_it() -> None:
    await join()
    with pytest.raises(InvalidCredentials):
        await enter("calamity", "A1" + "x" * 10_000_000)
    with pytest.raises(WeakPassword):
        await service.register(username="other", email="o@x.yz", password="A1" + "x" * 10_000_000)


async def test_20_parallel_wrong_logins_count_exactly_10_and_lock() -> None:
    account = await join()
    outcomes = await asyncio.gather(
        *(enter("calamity", WRONG) for _ in range(20)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {InvalidCredentials: 10, AccountLocked: 10}
    user = await User.get(account.id)
    assert user is not None
    assert user.failed_logins == 10
    assert user.locked_until is not None
    assert await AuditLog.collection().count_documents({"action": "ACCOUNT_LOCKOUT"}) == 1


async def test_a_wrong_password_after_the_lock_does_not_count_and_makes_it_no_longer() -> None:
    account = await join()
    for _ in range(10):
        await lockout.count_wrong_password(account.id)
    locked = await User.get(account.id)
    assert locked is not None
    assert locked.locked_until is not None
    with pytest.raises(AccountLocked):
        await lockout.count_wrong_password(account.id)
    still = await User.get(account.id)
    assert still is not None
    assert (still.failed_logins, still.locked_until) == (locked.failed_logins, locked.locked_until)


async def test_the_right_password_does_not_open_a_locked_account_until_the_lock_ends() -> None:
    await join()
    with clock.frozen() as time:
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                await enter("calamity", WRONG)
        with pytest.raises(AccountLocked) as refusal:
            await enter()
        assert refusal.value.facts == {"retry_after": 1800}
        time.advance(minutes=30)
        await enter()


async def test_a_name_that_nobody_has_is_locked_alike() -> None:
    outcomes = await asyncio.gather(
        *(enter("nobody", WRONG) for _ in range(20)), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {InvalidCredentials: 10, AccountLocked: 10}
    with pytest.raises(AccountLocked) as refusal:
        await enter("NOBODY", WRONG)
    assert 0 < refusal.value.facts["retry_after"] <= 1800
    await join("nobody")
    await enter("nobody")


async def test_a_right_password_clears_the_count() -> None:
    account = await join()
    for _ in range(9):
        with pytest.raises(InvalidCredentials):
            await enter("calamity", WRONG)
    await enter()
    user = await User.get(account.id)
    assert user is not None
    assert (user.failed_logins, user.last_failed_login_at, user.locked_until) == (0, None, None)


async def test_without_live_state_nobody_logs_in_and_no_token_passes(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join()
    pair = await enter()

    async def down(*_: object, **__: object) -> None:
        raise RedisDown

    for name in ("execute_command", "ping", "exists", "get"):
        monkeypatch.setattr(game.redis, name, down)
    with pytest.raises(Unavailable):
        await enter()
    with pytest.raises(Unavailable):
        await enter("nobody")
    with pytest.raises(Unavailable):
        await who(pair)


# Accounts of another application


async def test_an_account_with_a_bcrypt_hash_logs_in_and_gets_an_argon2_hash(game: Game) -> None:
    account = await join()
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    await User.collection().update_one({"_id": account.id}, {"$set": {"password": old}})
    with pytest.raises(InvalidCredentials):
        await enter("calamity", WRONG)
    await asyncio.gather(*(enter() for _ in range(5)))
    user = await User.get(account.id)
    assert user is not None
    assert user.password.startswith("$argon2id$")
    await enter()


async def test_an_account_without_our_fields_logs_in_by_its_exact_name() -> None:
    document = {
        "username": "WildBill",
        "email": "bill@x.yz",
        "password": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
        "role": "user",
        "status": "active",
        "createdAt": clock.now(),
        "lastLogin": clock.now(),
        "settings": {"notifications": True, "sound": True, "theme": "dark"},
        "favouriteHorse": "Black Nell",
        "__v": 3,
    }
    await User.collection().insert_one(document)
    pair = await service.refresh(refresh_token=(await enter("WildBill")).refresh_token)
    assert (await who(pair)).user_id == document["_id"]
    assert await who(await enter("bill@x.yz"))
    stored = await User.collection().find_one({"_id": document["_id"]})
    assert (stored["favouriteHorse"], stored["__v"]) == ("Black Nell", 3)


async def test_a_dearer_hash_replaces_a_cheaper_one_at_login(game: Game) -> None:
    account = await join()
    before = await User.get(account.id)
    game.settings = game.settings.model_copy(update={"password_time_cost": 2})
    await enter()
    after = await User.get(account.id)
    assert before is not None
    assert after is not None
    assert "t=1" in before.password
    assert "t=2" in after.password


# The password


async def test_a_new_password_ends_every_session_and_opens_one() -> None:
    await join()
    phone, laptop = await enter(), await enter()
    pair = await service.change_password(
        await who(laptop), current_password=PASSWORD, new_password="New-shooter-1877"
    )
    assert len(await service.list_sessions(await who(pair))) == 1
    for old in (phone, laptop):
        with pytest.raises(InvalidToken):
            await who(old)
        with pytest.raises(InvalidToken):
            await service.refresh(refresh_token=old.refresh_token)
    with pytest.raises(InvalidCredentials):
        await enter()
    await enter("calamity", "New-shooter-1877")


async def test_a_new_password_needs_the_old_one_which_cannot_be_guessed_for_ever() -> None:
    await join()
    principal = await who(await enter())
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await service.change_password(
                principal, current_password=WRONG, new_password="New-shooter-1877"
            )
    with pytest.raises(AccountLocked):
        await service.change_password(
            principal, current_password=PASSWORD, new_password="New-shooter-1877"
        )


async def test_a_weak_or_unchanged_new_password_changes_nothing(game: Game) -> None:
    await join()
    principal = await who(await enter())
    before = await fingerprint(game)
    with pytest.raises(WeakPassword):
        await service.change_password(principal, current_password=PASSWORD, new_password="weak")
    with pytest.raises(SamePassword):
        await service.change_password(principal, current_password=PASSWORD, new_password=PASSWORD)
    assert await fingerprint(game) == before


async def test_of_parallel_password_changes_one_wins() -> None:
    await join()
    principal = await who(await enter())
    outcomes = await asyncio.gather(
        *(
            service.change_password(
                principal, current_password=PASSWORD, new_password=f"New-shooter-{i}"
            )
            for i in range(5)
        ),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {TokenPair: 1, WrongPassword: 4}


async def test_a_session_remembers_where_it_came_from() -> None:
    await join()
    with calling_from(ip="192.0.2.7", user_agent="Telegraph/1.0"):
        pair = await enter()
    (session,) = await service.list_sessions(await who(pair))
    assert (session.ip, session.user_agent, session.current) == ("192.0.2.7", "Telegraph/1.0", True)
    assert session.expires_at - session.started_at == timedelta(days=30)
