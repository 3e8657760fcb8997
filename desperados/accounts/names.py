"""Names of people: which are taken, how they are compared, and which deceive. Pure functions.

A name is shown to others, so it is compared generously: what could be taken for another name is
that name. (A mail address is shown to nobody, and compared strictly: see ``addresses``.)
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from desperados.accounts.errors import InvalidUsername

USERNAME = re.compile(r"[A-Za-z0-9_]{3,30}")
# Words that programs take for something else.
RESERVED_NAMES = frozenset({"bot", "null", "undefined", "test", "none", "root", "desperados"})
# Who bears one of these, in any spelling, speaks for the game.
STAFF_WORDS = (
    "admin", "administrator", "moderator", "mod", "staff", "support", "system", "official",
    "gamemaster", "gm", "developer",
)  # fmt: skip
# Letters and digits that are taken for each other.
_LOOKS_LIKE = str.maketrans("013457i", "oleastl")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Za-z0-9]+")


def check_username(username: Any) -> str:
    """``username`` if it is 3 to 30 of A-Z, a-z, 0-9 and _, not reserved, and not the staff's.

    Raises:
        InvalidUsername: it is not.
    """
    if not isinstance(username, str) or not USERNAME.fullmatch(username):
        raise InvalidUsername(path="username")
    if is_reserved(username):
        raise InvalidUsername(
            "This username is reserved, or could be taken for one of the staff.", path="username"
        )
    return username


def fold(text: str) -> str:
    """The form in which names are compared: trimmed, composed, without case."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_reserved(name: str) -> bool:
    """Whether a name belongs to nobody: a reserved word, or one that speaks for the game.

    The staff's words count in every spelling (``Adm1n``, ``A_D_M_I_N``), with digits around them,
    and as one word among several (``admin_bob``, ``GameMaster Jim``).
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    whole = "".join(c for c in plain if c.isalnum())
    if whole.casefold() in RESERVED_NAMES:
        return True
    chunks = re.split(r"[^A-Za-z0-9]+", plain)
    words = [whole, *chunks, *(word for chunk in chunks for word in _WORD.findall(chunk))]
    forms = {_skeleton(form) for word in words for form in (word, word.strip("0123456789"))}
    return any(
        form in _STAFF or form.startswith(_UNMISTAKABLE) or form.endswith(_UNMISTAKABLE)
        for form in forms
    )


def _skeleton(word: str) -> str:
    """A word as it looks at a glance: I, l and 1 are one letter, and rn is m."""
    return word.casefold().translate(_LOOKS_LIKE).replace("rn", "m").replace("vv", "w")


# No other word begins or ends so.
_UNMISTAKABLE = tuple(_skeleton(word) for word in ("admin", "moderator", "gamemaster"))
_STAFF = frozenset(_skeleton(word + ending) for word in STAFF_WORDS for ending in ("", "s"))
