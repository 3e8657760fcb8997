"""Hashes of passwords: argon2id for new ones, bcrypt read for those that came with the data.

Hashing is made to be slow, so it runs in a few threads of its own: at most as many at once as the
machine has cores, the others wait their turn and the event loop never does.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import bcrypt
from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

from desperados.engine import dice
from desperados.engine.settings import Settings

T = TypeVar("T")

LONGEST_TRIED = 1024  # characters; nothing longer is ever hashed
SALT_BYTES = 16  # RFC 9106, 3.1
BCRYPT_BYTES = 72  # bcrypt never looked at more
_BCRYPT_MARKS = ("$2a$", "$2b$", "$2x$", "$2y$")

_threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="password")


async def hash_password(password: str, settings: Settings) -> str:
    """The argon2id hash of ``password``, with its salt and parameters, in PHC string form."""
    # The salt is drawn here: a thread knows nothing of the dice of a simulation.
    salt = bytes.fromhex(dice.token(SALT_BYTES))
    return await _in_thread(partial(_hasher(settings).hash, salt=salt), _encoded(password))


async def verify(password: str, stored: str, settings: Settings) -> bool:
    """Whether ``stored`` is the hash of ``password``.

    False for a hash of no known kind, and for a password that is too long to be anybody's: nobody
    makes the server hash megabytes.
    """
    if len(password) > LONGEST_TRIED:
        return False
    return await _in_thread(_verify, _encoded(password), stored, _hasher(settings))


async def waste_time(password: str, settings: Settings) -> None:
    """Work as long as ``verify`` would: an unknown user must not be told by a quick answer."""
    if len(password) > LONGEST_TRIED:
        return
    await _in_thread(_hasher(settings).hash, _encoded(password))


def is_outdated(stored: str, settings: Settings) -> bool:
    """Whether ``stored`` should be made anew: no argon2id, or cheaper than the settings ask for."""
    try:
        made_with = extract_parameters(stored)
    except InvalidHashError:
        return True
    return (
        made_with.type is not Type.ID
        or made_with.time_cost < settings.password_time_cost
        or made_with.memory_cost < settings.password_memory_kib
    )


def _hasher(settings: Settings) -> PasswordHasher:
    return PasswordHasher(
        time_cost=settings.password_time_cost,
        # Below 8 KiB a lane there is no argon2.
        memory_cost=max(settings.password_memory_kib, 8 * settings.password_parallelism),
        parallelism=settings.password_parallelism,
    )


def _encoded(password: str) -> bytes:
    """UTF-8; a stray surrogate out of JSON is a wrong password, not a fault of the server."""
    return password.encode("utf-8", "surrogatepass")


def _verify(password: bytes, stored: str, hasher: PasswordHasher) -> bool:
    if stored.startswith(_BCRYPT_MARKS):
        return _verify_bcrypt(password, stored)
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _verify_bcrypt(password: bytes, stored: str) -> bool:
    """Plain bcrypt, as most Mongoose applications use it, or bcrypt over base64(SHA-256)."""
    plain = password[:BCRYPT_BYTES]
    digest = base64.b64encode(hashlib.sha256(password).digest())
    try:
        return any(bcrypt.checkpw(form, stored.encode()) for form in (plain, digest))
    except ValueError:  # not a bcrypt hash after all
        return False


async def _in_thread(function: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)
