"""Access tokens: what is accepted, and the many forgeries that are not."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from desperados.accounts.credentials import tokens
from desperados.accounts.errors import InvalidToken
from desperados.engine import clock

SECRET = "a secret of the game that nobody else knows"
NOON = datetime(2026, 8, 2, 12, tzinfo=UTC)


def claims() -> tokens.AccessClaims:
    return tokens.new_claims(ObjectId(), ObjectId(), 3, minutes=15)


def forged(secret: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    """A token like ours but for ``changes``; None leaves a claim out."""
    payload = jwt.decode(tokens.sign(claims(), SECRET), options={"verify_signature": False})
    payload = {k: v for k, v in {**payload, **changes}.items() if v is not None}
    return jwt.encode(payload, tokens._key(secret), algorithm=algorithm)


def test_a_token_says_what_was_signed() -> None:
    said = claims()
    assert tokens.read(tokens.sign(said, SECRET), SECRET) == said
    assert tokens.read(forged(), SECRET).version == 3


def test_a_token_ends_with_a_leeway_of_a_minute() -> None:
    with clock.frozen(NOON) as time:
        token = tokens.sign(claims(), SECRET)
        time.advance(minutes=15, seconds=59)
        tokens.read(token, SECRET)
        time.advance(seconds=1)
        with pytest.raises(InvalidToken):
            tokens.read(token, SECRET)


def test_a_token_from_the_future_is_refused() -> None:
    with clock.frozen(NOON) as time:
        token = tokens.sign(claims(), SECRET)
        time.advance(minutes=-2)
        with pytest.raises(InvalidToken):
            tokens.read(token, SECRET)


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "elsewhere"},
        {"aud": "elsewhere"},
        {"typ": "refresh"},
        {"typ": "2fa"},
        {"sub": "nobody"},
        {"sub": 7},
        {"sub": {"$ne": None}},
        {"sid": "x"},
        {"tv": "3"},
        {"tv": True},
        {"exp": "never"},
        {"exp": 10**30},
        {"exp": -(10**30)},
        {"exp": 1e9},
        *({name: None} for name in tokens._REQUIRED),
        {"secret": "another secret of the game, not this one"},
        {"algorithm": "HS384"},
        {"algorithm": "HS512"},
    ],
    ids=str,
)
def test_a_token_with_one_thing_wrong_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(forged(**changes), SECRET)


def test_an_unsigned_token_is_refused() -> None:
    header, payload, _ = forged().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode()
    for token in (f"{none.rstrip('=')}.{payload}.", f"{header}.{payload}.", f"{header}.{payload}"):
        with pytest.raises(InvalidToken):
            tokens.read(token, SECRET)


@given(st.one_of(st.text(), st.none(), st.integers(), st.binary(), st.lists(st.text())))
def test_anything_else_is_refused_alike(token: object) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(token, SECRET)


@given(st.integers(0, 200), st.characters())
def test_a_token_with_one_character_changed_is_refused(place: int, character: str) -> None:
    token = forged()
    place %= len(token) - 1  # the last character holds unused bits
    if token[place] != character:
        with pytest.raises(InvalidToken):
            tokens.read(token[:place] + character + token[place + 1 :], SECRET)


def test_refresh_secrets_are_long_random_and_stored_as_a_digest() -> None:
    one, other = tokens.new_refresh_secret(), tokens.new_refresh_secret()
    assert one != other
    assert len(bytes.fromhex(one)) == 64
    assert tokens.digest(one) != tokens.digest(other)
    assert one not in tokens.digest(one)


@pytest.mark.parametrize("secret", ["", "x", "A" * 128, "a" * 127, "a" * 129, None, {"$ne": ""}])
def test_what_is_no_refresh_secret_is_refused(secret: object) -> None:
    with pytest.raises(InvalidToken):
        tokens.digest(secret)


def test_a_token_is_short_lived() -> None:
    assert claims().expires_at - clock.now() <= timedelta(minutes=15)
