"""The rules of accounts, for all inputs."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.accounts import ranks, rules
from desperados.accounts.documents import UserRole, UserStatus
from desperados.accounts.errors import (
    InvalidEmail,
    InvalidReason,
    InvalidTerm,
    InvalidUsername,
    WeakPassword,
)
from desperados.accounts.ranks import Moderation, Standing
from desperados.engine.errors import Forbidden

ACTIVE = UserStatus.ACTIVE
NOON = datetime(1876, 8, 2, 12, tzinfo=UTC)
moments = st.datetimes(datetime(1876, 1, 1), datetime(1899, 1, 1), timezones=st.just(UTC))
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)


@given(st.from_regex(rules.USERNAME, fullmatch=True))
def test_a_username_of_the_right_form_is_taken_as_it_is(name: str) -> None:
    if rules.fold(name) not in rules.RESERVED_NAMES:
        assert rules.check_username(name) == name


@given(anything)
def test_what_is_taken_as_a_username_is_of_the_right_form(value: object) -> None:
    try:
        name = rules.check_username(value)
    except InvalidUsername:
        return
    assert rules.USERNAME.fullmatch(name)


@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "ADMIN",
        "Support",
        "null",
        "ab",
        "a" * 31,
        "a b",
        "a$b",
        "Ádam",
        "bob\n",
        {"$ne": None},
        None,
    ],
)
def test_reserved_and_malformed_usernames_are_refused(name: object) -> None:
    with pytest.raises(InvalidUsername):
        rules.check_username(name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Jane@Deadwood.Example ", "jane@deadwood.example"),
        ("a@b.c", "a@b.c"),
        ("o'neil+x@mail.co.uk", "o'neil+x@mail.co.uk"),
    ],
)
def test_an_email_is_trimmed_and_lowered(given: str, kept: str) -> None:
    assert rules.check_email(given) == kept


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@b.c",
        "a@b",
        "a@@b.c",
        "a@b@c.d",
        "a@.c",
        "a@b.",
        "a b@c.d",
        "a\n@b.c",
        "a" * 251 + "@b.c",
        {"$ne": None},
        ["a@b.c"],
        None,
        7,
    ],
)
def test_malformed_emails_are_refused(email: object) -> None:
    with pytest.raises(InvalidEmail):
        rules.check_email(email)


@given(st.emails())
def test_folding_an_email_twice_changes_nothing(email: str) -> None:
    try:
        once = rules.check_email(email)
    except InvalidEmail:
        return
    assert rules.check_email(once) == once


@pytest.mark.parametrize(
    "password",
    [
        "Short1x",
        "alllower1",
        "ALLUPPER1",
        "NoDigits",
        "Jane1234",
        "xCALAMITYx1",
        "x" * 129 + "A1",
        "Tab\there1",
        "\ud800Aa12345",
        None,
        {"$gt": ""},
        12345678,
    ],
)
def test_weak_passwords_are_refused_and_never_repeated(password: object) -> None:
    with pytest.raises(WeakPassword) as refusal:
        rules.check_password(password, username="Calamity", email="jane@deadwood.example")
    assert str(password) not in str(refusal.value) + str(refusal.value.facts)


def test_a_strong_password_is_taken() -> None:
    for password in ("Six-shooter-1876", "Äußerst8geheim", "Pass word 1", "A1" + "é" * 126):
        assert rules.check_password(password, username="bob", email="b@c.de") == password


@given(moments, st.integers(0, 200), st.integers(1, 90), st.integers(1, 90))
def test_a_refresh_token_never_outlives_its_family(
    started: datetime, days: int, token_days: int, family_days: int
) -> None:
    now = started + timedelta(days=days)
    ends = rules.refresh_expiry(now, started, token_days, family_days)
    assert ends <= started + timedelta(days=family_days)
    assert ends <= now + timedelta(days=token_days)


@given(
    st.sampled_from(UserRole),
    st.sampled_from(UserRole),
    st.sampled_from(UserStatus),
    st.one_of(st.none(), st.integers(1, 60)),
)
def test_staff_acts_on_lower_roles_only(
    actor: UserRole, target: UserRole, status: UserStatus, days: int | None
) -> None:
    until = None if days is None else NOON + timedelta(days=days)
    try:
        ranks.staff_may_touch(Standing(ObjectId(), actor), Standing(ObjectId(), target))
        ranks.may_set_status(actor, Moderation(ACTIVE), Moderation(status, until), NOON)
    except Forbidden:
        return
    assert ranks.RANK[actor] > ranks.RANK[target]
    assert actor is not UserRole.USER
    if actor is UserRole.MODERATOR and status is not UserStatus.ACTIVE:
        assert status is UserStatus.SUSPENDED
        assert days is not None
        assert days <= 7


def test_an_admin_bans_anybody_below() -> None:
    for target in (UserRole.USER, UserRole.MODERATOR):
        admin = Standing(ObjectId(), UserRole.ADMIN)
        ranks.staff_may_touch(admin, Standing(ObjectId(), target))
        ranks.may_set_status(admin.role, Moderation(ACTIVE), Moderation(UserStatus.BANNED), NOON)


@pytest.mark.parametrize(
    ("status", "until"),
    [
        (UserStatus.BANNED, NOON + timedelta(days=1)),
        (UserStatus.ACTIVE, NOON + timedelta(days=1)),
        (UserStatus.SUSPENDED, NOON),
        (UserStatus.SUSPENDED, datetime(1999, 1, 1)),
    ],
)
def test_an_end_belongs_to_a_suspension_and_lies_in_the_future(
    status: UserStatus, until: datetime
) -> None:
    with pytest.raises(InvalidTerm):
        rules.check_term(status, until, NOON)


@pytest.mark.parametrize("reason", ["", "why", "    x    ", "x" * 501, None, 12345])
def test_a_reason_has_5_to_500_characters(reason: object) -> None:
    with pytest.raises(InvalidReason):
        rules.check_reason(reason)
    assert rules.check_reason("  horse thief ") == "horse thief"
