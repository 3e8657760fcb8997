"""Registration, login, the lockout and the password, against a running game."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from redis.exceptions import ConnectionError as RedisDown

from desperados.accounts import service
from desperados.accounts.callers import calling_from
from desperados.accounts.credentials import passwords
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
from desperados.engine.errors import GameError, InvalidInput, Unavailable
from desperados.engine.game import Game
from tests.accounts.people import PASSWORD, WRONG, enter, join, who
from tests.games import embedded
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
    (row,) = await AuditLog.load_many({"action": "ACCOUNT_LOCKOUT"}, limit=9)
    assert row.user_id == account.id


async def test_delays_double_from_a_minute_to_half_an_hour_and_too_early_counts_for_nothing() -> (
    None
):
    await join()
    with clock.frozen() as time:
        await fail("calamity", 10)
        for minutes in (1, 2, 4, 8, 16, 30, 30):
            for _ in range(3):
                with pytest.raises(AccountLocked) as refusal:
                    await enter("calamity", WRONG)
            assert refusal.value.facts == {"retry_after": 60 * minutes}
            time.advance(minutes=minutes)
            await fail("calamity", 1)


async def test_the_right_password_does_not_help_during_a_delay_and_does_after_it() -> None:
    await join()
    with clock.frozen() as time:
        await fail("calamity", 10)
        with pytest.raises(AccountLocked) as refusal:
            await enter()
        assert refusal.value.facts == {"retry_after": 60}
        time.advance(minutes=1)
        await enter()


async def test_failures_are_forgotten_a_day_after_the_first() -> None:
    await join()
    with clock.frozen() as time:
        await fail("calamity", 9)
        time.advance(days=1)
        await fail("calamity", 9)
        await enter()


async def test_of_many_guesses_at_once_the_right_one_does_not_get_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await join()
    verify = passwords.verify

    async def slow_when_right(password: str, *others: Any) -> bool:
        if password == PASSWORD:
            await fail("calamity", 10)
        return await verify(password, *others)

    monkeypatch.setattr("desperados.accounts.credentials.passwords.verify", slow_when_right)
    with pytest.raises(AccountLocked):
        await enter()


async def test_a_name_that_nobody_has_is_answered_alike_delays_included() -> None:
    await join("calamity")
    with clock.frozen() as time:
        answers: dict[str, list[Any]] = {"calamity": [], "nobody": []}
        for login, got in answers.items():
            for minutes in (0, 0, 1, 0, 2):
                time.advance(minutes=minutes)
                for _ in range(11):
                    with pytest.raises(GameError) as refusal:
                        await enter(login.upper(), WRONG)
                    said = refusal.value
                    got.append((type(said), said.status, said.message, said.facts))
        assert answers["calamity"] == answers["nobody"]
        assert AccountLocked in {kind for kind, *_ in answers["nobody"]}
        rows = await AuditLog.load_many({"action": "ACCOUNT_LOCKOUT"}, limit=9)
        assert [row.details for row in rows] == [rows[0].details] * 2
        await join("nobody")
        time.advance(minutes=30)
        await enter("nobody")


async def test_known_and_unknown_names_cost_the_same_work(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join("calamity")
    await fail("somebody", 1)  # from then on Redis knows the scripts
    hashed: list[str] = []
    in_thread = passwords._in_thread

    async def watched(function: Any, *arguments: Any) -> Any:
        hashed.append(function.__name__)
        return await in_thread(function, *arguments)

    monkeypatch.setattr("desperados.accounts.credentials.passwords._in_thread", watched)
    asked: list[list[str]] = []
    execute = game.redis.execute_command

    async def counted(*words: Any, **options: Any) -> Any:
        asked[-1].append(words[0])
        return await execute(*words, **options)

    monkeypatch.setattr(game.redis, "execute_command", counted)
    costs = []
    for login in ("calamity", "nobody", "calamity@deadwood.example", "nobody@deadwood.example"):
        embedded(game).stats.reset()
        asked.append([])
        hashed.clear()
        with pytest.raises(InvalidCredentials):
            await enter(login, WRONG)
        costs.append((dict(embedded(game).stats.asked), len(hashed)))
    assert costs[0] == costs[1]
    assert costs[2] == costs[3]
    assert asked == [["EXISTS", "EVALSHA", "EVALSHA"]] * 4


async def test_the_lock_of_a_name_says_nothing_of_its_address() -> None:
    await join("calamity")
    await fail("calamity", 10)
    for login in ("calamity@deadwood.example", "nobody@deadwood.example"):
        await fail(login, 10)
        with pytest.raises(AccountLocked):
            await enter(login, WRONG)


async def test_a_right_password_clears_the_count() -> None:
    await join()
    for _ in range(3):
        await fail("calamity", 9)
        await enter()


# Others cannot keep the owner out

HOME = {"ip": "81.2.69.142", "user_agent": "Telegraph/1.0"}
AWAY = {"ip": "81.2.69.160", "user_agent": "Telegraph/1.0"}
THIEVES = ("89.160.20.112", "89.160.20.128")


async def test_two_addresses_keep_nobody_out_who_comes_from_elsewhere() -> None:
    await join()
    with clock.frozen() as time:
        for _ in range(24):
            for thief in THIEVES:
                with calling_from(ip=thief):
                    await try_for_an_hour("calamity")
            time.advance(hours=1)
        with calling_from(**AWAY):
            await enter()


async def test_a_thousand_addresses_do_not_keep_a_known_device_out() -> None:
    await join()
    with calling_from(**HOME):
        await enter()
    for number in range(60):
        with calling_from(ip=f"89.160.{number}.1"):
            await try_for_an_hour("calamity")
    with calling_from(**AWAY), pytest.raises(AccountLocked):
        await enter()
    with calling_from(**HOME):
        await enter()
        await enter("calamity@deadwood.example")


async def test_a_neighbour_who_guesses_does_not_keep_a_known_device_out() -> None:
    await join()
    with calling_from(**HOME):
        await enter()
    with calling_from(ip=HOME["ip"], user_agent="Crowbar/1.0"):
        await try_for_an_hour("calamity")
    with calling_from(**HOME):
        await enter()


async def test_a_known_device_guesses_no_more_often_than_others() -> None:
    await join()
    with calling_from(**HOME):
        await enter()
        await fail("calamity", 10)
        with pytest.raises(AccountLocked):
            await enter("calamity", WRONG)


async def test_a_locked_owner_changes_the_password_in_a_session() -> None:
    await join()
    principal = await who(await enter())
    for number in range(60):
        with calling_from(ip=f"89.160.{number}.1"):
            await try_for_an_hour("calamity")
    pair = await service.change_password(
        principal, current_password=PASSWORD, new_password="New-shooter-1877"
    )
    assert await who(pair)


async def test_guesses_in_a_stolen_session_lock_that_session_alone() -> None:
    await join()
    stolen, own = await who(await enter()), await who(await enter())
    change = {"new_password": "New-shooter-1877"}
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await service.change_password(stolen, current_password=WRONG, **change)
    with pytest.raises(AccountLocked):
        await service.change_password(stolen, current_password=PASSWORD, **change)
    await enter()
    await service.change_password(own, current_password=PASSWORD, **change)


async def test_honest_players_behind_one_address_do_not_block_each_other() -> None:
    with calling_from(ip=HOME["ip"], user_agent="School/1.0"):
        for number in range(12):
            await join(f"pupil{number}")
        for _ in range(10):
            for number in range(12):
                await enter(f"pupil{number}")


async def test_a_network_that_tries_one_password_on_many_names_is_stopped() -> None:
    await join()
    with calling_from(ip=THIEVES[0]):
        for number in range(100):
            await fail(f"somebody{number}", 1)
        with pytest.raises(AccountLocked):
            await enter("another", WRONG)
    with calling_from(ip=THIEVES[1]):
        await fail("another", 1)


async def fail(login: str, times: int) -> None:
    """Wrong passwords, all of which are compared."""
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            await enter(login, WRONG)


async def try_for_an_hour(login: str) -> None:
    """Wrong passwords until nothing is compared any more, and a few more."""
    refused = 0
    while refused < 3:
        with pytest.raises((InvalidCredentials, AccountLocked)) as refusal:
            await enter(login, WRONG)
        refused += refusal.type is AccountLocked


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


# Mail addresses


async def test_two_mailboxes_that_once_were_one_have_an_account_each() -> None:
    for name, address in (("one", "straße@mail.example"), ("other", "strasse@mail.example")):
        await service.register(username=name, email=address, password=PASSWORD)
    for name, address in (("one", "STRAßE@mail.example"), ("other", "Strasse@Mail.example")):
        principal = await who(await enter(address))
        assert (await service.me(principal.user_id)).username == name


async def test_an_address_that_was_folded_once_still_opens_its_account() -> None:
    account = await join()
    await User.collection().update_one(
        {"_id": account.id}, {"$set": {"email": "strasse@mail.example"}}
    )
    for typed in ("straße@mail.example", "STRASSE@MAIL.example"):
        assert (await who(await enter(typed))).user_id == account.id
    await service.register(username="other", email="straße@mail.example", password=PASSWORD)
    assert (await who(await enter("strasse@mail.example"))).user_id == account.id
    assert (await who(await enter("straße@mail.example"))).user_id != account.id


async def test_an_address_that_another_program_stored_as_it_was_typed_is_found() -> None:
    account = await join()
    await User.collection().update_one(
        {"_id": account.id}, {"$set": {"email": "Jane@Mail.Example"}}
    )
    assert (await who(await enter("Jane@Mail.Example"))).user_id == account.id
    with pytest.raises(EmailTaken):
        await service.register(username="other", email="Jane@Mail.Example", password=PASSWORD)


async def test_a_name_is_found_as_it_is_before_it_is_found_in_other_case() -> None:
    """Another program had both; the older one got the folded form."""
    older, younger = await join("Bobby"), await join("robert")
    await User.collection().update_one(
        {"_id": younger.id}, {"$set": {"username": "bobby"}, "$unset": {"usernameFolded": ""}}
    )
    assert (await who(await enter("bobby"))).user_id == younger.id
    assert (await who(await enter("Bobby"))).user_id == older.id
    assert (await who(await enter("BOBBY"))).user_id == older.id
