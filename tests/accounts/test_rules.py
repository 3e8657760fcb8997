"""The rules of accounts, for all inputs."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.accounts import addresses, names, ranks, rules
from desperados.accounts.credentials import strength
from desperados.accounts.documents import UserRole, UserStatus
from desperados.accounts.errors import (
    InvalidEmail,
    InvalidReason,
    InvalidTerm,
    InvalidUsername,
    WeakPassword,
)
from desperados.accounts.ranks import Moderation, Standing
from desperados.characters.errors import InvalidName
from desperados.characters.rules import check_name
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


@given(st.from_regex(names.USERNAME, fullmatch=True))
def test_a_username_of_the_right_form_is_taken_as_it_is(name: str) -> None:
    if not names.is_reserved(name):
        assert names.check_username(name) == name


@given(anything)
def test_what_is_taken_as_a_username_is_of_the_right_form(value: object) -> None:
    try:
        name = names.check_username(value)
    except InvalidUsername:
        return
    assert names.USERNAME.fullmatch(name)


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
        names.check_username(name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" Jane@Deadwood.Example ", "jane@deadwood.example"),
        ("a@b.c", "a@b.c"),
        ("o'neil+x@mail.co.uk", "o'neil+x@mail.co.uk"),
    ],
)
def test_an_email_is_trimmed_and_lowered(given: str, kept: str) -> None:
    assert addresses.check_email(given) == kept


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
        addresses.check_email(email)


@given(st.emails())
def test_folding_an_email_twice_changes_nothing(email: str) -> None:
    try:
        once = addresses.check_email(email)
    except InvalidEmail:
        return
    assert addresses.check_email(once) == once


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
        strength.check_password(password, username="Calamity", email="jane@deadwood.example")
    assert str(password) not in str(refusal.value) + str(refusal.value.facts)


def test_a_strong_password_is_taken() -> None:
    longest = "".join(f"{chr(65 + n % 26)}{n * n}z" for n in range(40))[:128]
    for password in ("Six-shooter-1876", "Äußerst8geheim", "Pass word 1", longest):
        assert strength.check_password(password, username="bob", email="b@c.de") == password


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


# Names that deceive


@pytest.mark.parametrize(
    "name",
    [
        "staff", "Staff_Jane", "system", "SYSTEM1", "Adm1n", "4dmin", "ADMlN", "adrnin",
        "a_d_m_i_n", "admin_bob", "BobAdmin", "adminbob", "xX_moderator_Xx", "m0derat0r",
        "GameMaster", "game_master", "Support99", "official_news", "Admins", "root", "Desperados",
        "Test", "none",
    ],
)  # fmt: skip
def test_a_name_that_speaks_for_the_game_is_nobodys(name: str) -> None:
    with pytest.raises(InvalidUsername):
        names.check_username(name)
    with pytest.raises(InvalidName):
        check_name(name.replace("_", " ")[:20])


@pytest.mark.parametrize(
    "name",
    [
        "Badminton", "Supporter", "Systematic", "Modest", "Bottle", "Testament", "Rooster",
        "Staffordshire", "calamity_jane", "Nonesuch", "Wyatt1848", "Officer_Bob", "Modern_Times",
    ],
)  # fmt: skip
def test_a_name_that_only_begins_like_a_reserved_one_is_taken(name: str) -> None:
    assert names.check_username(name) == name
    assert check_name(name.replace("_", " ")[:20])


@pytest.mark.parametrize(
    "name",
    [
        "J\u0430ne",  # the second letter is Cyrillic
        "Jane\u200b", "J\u200dane", "\u202eenaJ", "Jane\ufeff", "Jane\u00ad", "\u0408ane",
        "\uff2aane", "\U0001d409ane",
        "Jane\u2060", "Jan\u0435", "\U0001d4d9\U0001d4ea\U0001d4f7\U0001d4ee",
    ],
)  # fmt: skip
def test_names_of_mixed_or_unseen_letters_are_refused(name: str) -> None:
    with pytest.raises(InvalidUsername):
        names.check_username(name)
    with pytest.raises(InvalidName):
        check_name(name)


# Mail addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("straße@mail.example", "strasse@mail.example"),
        ("jane@straße.example", "jane@strasse.example"),
        ("jane@mail.example", "j.ane@mail.example"),
        ("jane@mail.example", "jane+news@mail.example"),
        ("İan@mail.example", "ian@mail.example"),
        ("\u0131an@mail.example", "ian@mail.example"),
        ("ﬁona@mail.example", "fiona@mail.example"),
        ("ⅳan@mail.example", "ivan@mail.example"),
        ("jane²@mail.example", "jane2@mail.example"),
        ("\u017fam@mail.example", "sam@mail.example"),
        ("σας@mail.example", "\u03c3\u03b1\u03c3@mail.example"),
    ],
)
def test_two_mailboxes_stay_two(one: str, other: str) -> None:
    assert addresses.check_email(one) != addresses.check_email(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane@Mail.Example", "jane@mail.example"),
        ("ÉMILE@mail.example", "émile@mail.example"),
        ("e\u0301mile@mail.example", "émile@mail.example"),
        ("ΣΑΣ@mail.example", "\u03c3\u03b1\u03c3@mail.example"),
        ("jane@MÜLLER.example", "jane@xn--mller-kva.example"),
        ("jane@müller.example", "jane@mu\u0308ller.example"),
        ("jane@\uff4d\uff41\uff49\uff4c.example", "jane@mail。example"),
    ],
)
def test_one_mailbox_stays_one(one: str, other: str) -> None:
    assert addresses.check_email(one) == addresses.check_email(other)


@pytest.mark.parametrize(
    "email",
    [
        '"jane doe"@mail.example', '"jane"@mail.example', "jane(home)@mail.example",
        "jane@[10.0.0.1]", "jane@10.0.0.1", "jane@mail.example.", "jane@-mail.example",
        "jane@ma_il.example", ".jane@mail.example", "jane.@mail.example", "ja..ne@mail.example",
        "jane\u200b@mail.example", "jane@ma\u200bil.exam\u202eple", "<jane@mail.example>",
        "jane@mail.example,bill@mail.example", "jane;bill@mail.example", "mailto:jane@mail.example",
        "j" * 65 + "@mail.example", "jane@" + "m" * 64 + ".example", "ja\ud800ne@mail.example",
        "jane@mail..example", "jane@☃.example", "jane\u0007@mail.example", "🤠@mail.example",
        "jane@xn--a.example",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(email: str) -> None:
    with pytest.raises(InvalidEmail):
        addresses.check_email(email)


@given(st.text(), st.sampled_from(["mail.example", "straße.de", "ÖBB.at", "例え.jp"]))
def test_keeping_an_address_twice_changes_nothing(local: str, domain: str) -> None:
    try:
        once = addresses.check_email(f"{local}@{domain}")
    except InvalidEmail:
        return
    assert addresses.check_email(once) == once


# Passwords that are long enough and weak


@pytest.mark.parametrize(
    "password",
    [
        "Password1", "Passw0rd", "P@ssw0rd", "P@$$w0rd1", "Password123!", "1Password", "PASSWORD1a",
        "Welcome1", "W3lcome!", "Letmein1!", "Qwerty123", "Qwertz12", "Summer2024!", "Winter1999",
        "Iloveyou2", "Dragon99", "Monkey12", "Desperado1", "Desperados1876", "Cowboy123",
        "Aaaaaaa1", "Abcdefg1", "Abcd1234", "Aa1Aa1Aa1", "Xy1" * 20, "Zzzz9999", "Asdf1234",
        "Sunday123", "Michael1", "ChangeMe1", "Trustno1", "Admin1234",
    ],
)  # fmt: skip
def test_a_common_password_in_disguise_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        strength.check_password(password, username="bob", email="bob@mail.example")
    assert password not in str(refusal.value) + str(refusal.value.facts)


@pytest.mark.parametrize(
    "password",
    [
        "C4lamity-was-here", "jane-DOE-1876", "xxJaneDoe77", "Dead.wood.Jane1", "Calam1ty!rides",
    ],
)  # fmt: skip
def test_a_password_with_its_owner_in_it_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        strength.check_password(password, username="calamity_77", email="jane.doe@mail.example")
    assert "your name" in refusal.value.message


@given(st.binary(min_size=8))
def test_what_a_password_manager_makes_is_taken(seed: bytes) -> None:
    spread = hashlib.sha256(seed).digest()
    alphabet = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
    made = "".join(alphabet[byte % len(alphabet)] for byte in spread[:16]) + "Aq7"
    assert strength.check_password(made, username="calamity", email="jane@mail.example") == made
