"""What a start in production refuses: secrets, databases and names of settings that are unsafe.

Each check says what is wrong, or None; nothing repeats a secret.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs, unquote

from desperados.engine.safety.strength import unit, variety

PREFIX = "DESPERADOS_"
MINIMUM_SECRET_LENGTH = 32
# Random hex of 32 digits falls below either once in some thousand million times (binomial tails).
MINIMUM_SECRET_VARIETY = 7  # distinct characters
MINIMUM_UNFORESEEN = 10  # characters that do not follow from those before
MINIMUM_DATABASE_PASSWORD = 8
# Parts of example values. None is likely to come about by chance: 6 letters in 64 characters are
# there once in a thousand million times.
_EXAMPLES = (
    "secret", "passwor", "changeme", "change-me", "change_me", "change me", "example", "default",
    "desperado", "replace", "insecure", "placeholder", "quick brown", "lorem ipsum", "your-",
    "your_",
)  # fmt: skip
# Who proves without a password who they are.
_WITHOUT_PASSWORD = frozenset({"MONGODB-X509", "MONGODB-AWS", "MONGODB-OIDC", "GSSAPI"})
# What container platforms name after a service: `desperados`, and others such as `desperados-api`.
_SERVICE_LINK = re.compile(
    r"DESPERADOS_(\w+_)?"
    r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)",
    re.IGNORECASE,
)
_ADDRESS_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://")
_OF_TESTS = f"{PREFIX}TEST_"
_NEAR = 0.75  # of 1: PROT is PORT, HOME is not HOST


def weakness(secret: str) -> str | None:
    """Why a signing secret is weak; None if it looks random."""
    if len(secret) < MINIMUM_SECRET_LENGTH:
        return f"it has fewer than {MINIMUM_SECRET_LENGTH} characters"
    if any(part in secret.casefold() for part in _EXAMPLES):
        return "it is made of an example"
    if (
        len(unit(secret)) < MINIMUM_SECRET_LENGTH
        or len(set(secret)) < MINIMUM_SECRET_VARIETY
        or variety(secret) < MINIMUM_UNFORESEEN
    ):
        return "it repeats itself or follows a pattern"
    return None


def open_door(url: str) -> str | None:
    """How strangers get into the database at ``url``; None if they do not.

    A database on a loopback address or a socket in the file system is reached by nobody else.
    """
    hosts, user, password = _parts(url)
    if all(_is_local(host) for host in hosts):
        return None
    if password is None:
        return None if _proves_otherwise(url) else "it has no password"
    if len(password) < MINIMUM_DATABASE_PASSWORD or password.casefold() == user.casefold():
        return f"its password has fewer than {MINIMUM_DATABASE_PASSWORD} characters or is the name"
    if any(part in password.casefold() for part in _EXAMPLES):
        return "its password is made of an example"
    return None


def misspelt(environment: Mapping[str, str], settings: Iterable[str]) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the setting that it resembles.

    ``settings`` are the names of the settings as variables: ``DESPERADOS_PORT``.
    """
    known = {name.upper().removeprefix(PREFIX) for name in settings}
    unknown = [
        name
        for name, value in environment.items()
        if name.upper().startswith(PREFIX)
        and not name.upper().startswith(_OF_TESTS)
        and name.upper().removeprefix(PREFIX) not in known
        and not is_service_link(name, value)
    ]
    return {name: _nearest(name.upper().removeprefix(PREFIX), known) for name in unknown}


def _nearest(name: str, known: Iterable[str]) -> str | None:
    found = difflib.get_close_matches(name, sorted(known), 1, _NEAR)
    return PREFIX + found[0] if found else None


def is_service_link(name: str, value: str | None) -> bool:
    """Whether a container platform has put this variable there, to tell where a service is."""
    if _SERVICE_LINK.fullmatch(name):
        return True
    return name.upper().endswith("_PORT") and bool(_ADDRESS_OF_A_SERVICE.match(value or ""))


def _parts(url: str) -> tuple[list[str], str, str | None]:
    """The hosts of a URL, which may be several, the user, and the password if there is one."""
    scheme, _, rest = url.partition("://")
    if scheme == "unix":
        return [], "", None
    place = re.split(r"[/?]", rest, maxsplit=1)[0]
    credentials, _, hosts = place.rpartition("@")
    user, _, password = credentials.partition(":")
    names = [re.sub(r":\d+$", "", host).strip("[]") for host in hosts.split(",")]
    return names, unquote(user), unquote(password) or None


def _is_local(host: str) -> bool:
    name = unquote(host)
    if name.startswith("/") or name in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _proves_otherwise(url: str) -> bool:
    query = url.partition("?")[2]  # several hosts are no URL to the parser of URLs
    options = {name.lower(): values for name, values in parse_qs(query).items()}
    named = options.get("authmechanism", [""])[0].upper()
    return named in _WITHOUT_PASSWORD
