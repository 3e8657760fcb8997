"""Hashing: argon2id for new passwords, bcrypt for those that came with the data."""

import base64
import hashlib

import bcrypt
import pytest

from desperados.accounts.credentials import passwords
from desperados.engine.errors import ConfigurationError
from desperados.engine.settings import Settings, load_settings

CHEAP = load_settings(password_time_cost=1, password_memory_kib=8, password_parallelism=1)
DEARER = load_settings(password_time_cost=2, password_memory_kib=16, password_parallelism=1)
PRODUCTION = {
    "mode": "production",
    "token_secret": "kP9-vQ2_xLr7TzWm4YbN8sHc1DfGj5Ae",
    "mongodb_url": "mongodb://localhost",
    "redis_url": "redis://localhost",
}


async def test_a_password_fits_its_own_hash_only() -> None:
    stored = await passwords.hash_password("Six-shooter-1876", CHEAP)
    assert stored.startswith("$argon2id$")
    assert "Six-shooter" not in stored
    assert await passwords.verify("Six-shooter-1876", stored, CHEAP)
    assert not await passwords.verify("six-shooter-1876", stored, CHEAP)


async def test_the_same_password_has_another_hash_each_time() -> None:
    assert await passwords.hash_password("Aa345678", CHEAP) != await passwords.hash_password(
        "Aa345678", CHEAP
    )


async def test_passwords_that_are_equal_in_their_first_72_bytes_differ() -> None:
    stored = await passwords.hash_password("A" * 72 + "1", CHEAP)
    assert not await passwords.verify("A" * 72 + "2", stored, CHEAP)


@pytest.mark.parametrize(
    "stored", ["", "plain text", "$argon2id$broken", "$2b$broken", "$2b$12$" + "x" * 53]
)
async def test_what_is_no_hash_fits_nothing(stored: str) -> None:
    assert not await passwords.verify("Six-shooter-1876", stored, CHEAP)
    assert passwords.is_outdated(stored, CHEAP)


async def test_a_stray_surrogate_is_a_wrong_password() -> None:
    stored = await passwords.hash_password("Six-shooter-1876", CHEAP)
    assert not await passwords.verify("\ud800", stored, CHEAP)


@pytest.mark.parametrize("mark", [b"2a", b"2b"])
async def test_plain_bcrypt_of_another_application_is_understood(mark: bytes) -> None:
    stored = bcrypt.hashpw(b"Six-shooter-1876", bcrypt.gensalt(4, prefix=mark)).decode()
    assert await passwords.verify("Six-shooter-1876", stored, CHEAP)
    assert not await passwords.verify("six-shooter-1876", stored, CHEAP)
    assert passwords.is_outdated(stored, CHEAP)


async def test_bcrypt_over_a_digest_is_understood() -> None:
    digest = base64.b64encode(hashlib.sha256(b"Six-shooter-1876").digest())
    stored = bcrypt.hashpw(digest, bcrypt.gensalt(4)).decode()
    assert await passwords.verify("Six-shooter-1876", stored, CHEAP)


async def test_a_long_password_is_compared_with_bcrypt_as_far_as_bcrypt_looks() -> None:
    stored = bcrypt.hashpw(b"A" * 72, bcrypt.gensalt(4)).decode()
    assert await passwords.verify("A" * 100, stored, CHEAP)


async def test_a_hash_is_outdated_when_the_cost_rose_and_not_when_it_fell() -> None:
    cheap = await passwords.hash_password("Aa345678", CHEAP)
    dear = await passwords.hash_password("Aa345678", DEARER)
    assert passwords.is_outdated(cheap, DEARER)
    assert not passwords.is_outdated(dear, CHEAP)
    assert not passwords.is_outdated(dear, DEARER)


def test_the_default_cost_is_safe() -> None:
    settings = Settings()
    assert settings.password_time_cost >= 2
    assert settings.password_memory_kib >= 19 * 1024


def test_production_refuses_a_cheap_hash() -> None:
    load_settings(**PRODUCTION)
    with pytest.raises(ConfigurationError, match="PASSWORD_MEMORY"):
        load_settings(**PRODUCTION, password_memory_kib=8)
