"""Which passwords are strong enough. Pure functions.

Composition alone lets ``Password1`` pass. So a password counts by what is left when common words,
in their usual disguises, and what follows from what stands before, are taken for one character
each; and nothing of its owner's is in it.
"""

from __future__ import annotations

import re
from typing import Any

from desperados.accounts.errors import WeakPassword
from desperados.accounts.names import fold
from desperados.engine.safety.strength import variety

PASSWORD_LENGTH = (8, 128)
LEAST_VARIETY = 4
LEAST_BESIDE_WORDS = 8
SHORTEST_OWN = 3  # shorter names are in half of all good passwords
SHORTEST_PART = 4
# What most lists of leaked passwords are made of, and what would stand on one of this game.
_WORDS = """
password passwort passwd welcome willkommen bienvenue letmein login admin administrator master
qwerty qwertz azerty asdf zxcv iloveyou loveme monkey dragon sunshine princess football baseball
basketball soccer hockey superman batman spiderman pokemon starwars shadow michael jennifer
jordan jessica ashley daniel thomas charlie andrew matthew joshua robert william freedom ninja
mustang hunter ranger harley buster ginger pepper killer summer winter spring autumn january
february march april june july august september october november december monday tuesday
wednesday thursday friday saturday sunday secret changeme default guest testing example computer
internet samsung google facebook minecraft cheese chocolate cookie banana orange purple yellow
flower butterfly angel lovely family forever friends hello hallo bonjour hola america london
paris berlin chelsea liverpool arsenal barcelona juventus mercedes ferrari porsche yamaha
trustno access whatever money desperado cowboy sheriff outlaw western saloon
"""
# The longest first: "password" is one word, and not "pass" and a rest.
COMMON_WORDS = tuple(sorted(_WORDS.split(), key=len, reverse=True))
# Each character stands for one letter: what is found in the plain form is at the same place.
_DISGUISE = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
_DISGUISES = tuple(str.maketrans({**_DISGUISE, "1": one, "!": one, "|": one}) for one in "il")


def check_password(password: Any, *, username: str, email: str, path: str = "password") -> str:
    """``password`` if it is strong enough: 8 to 128 characters, upper, lower, digit.

    It must not contain the username or the part of the e-mail before the @, or words of four
    letters and more out of them; and it must be more than a common word with something around it,
    or a pattern.

    Raises:
        WeakPassword: it is not; the text says why and never repeats it.
    """
    if not isinstance(password, str) or not (
        PASSWORD_LENGTH[0] <= len(password) <= PASSWORD_LENGTH[1]
    ):
        raise WeakPassword(path=path)
    if not password.isprintable():
        raise WeakPassword("A password has no control characters.", path=path)
    if not (
        any(c.isupper() for c in password)
        and any(c.islower() for c in password)
        and any(c.isdigit() for c in password)
    ):
        raise WeakPassword(path=path)
    folded = fold(password)
    plain = {folded, *(folded.translate(disguise) for disguise in _DISGUISES)}
    if any(own in form for own in _own_words(username, email) for form in plain):
        raise WeakPassword("A password must not contain your name or e-mail.", path=path)
    if variety(folded) < LEAST_VARIETY:
        raise WeakPassword("A password that follows a pattern is soon guessed.", path=path)
    if any(_is_common(folded, form) for form in plain):
        raise WeakPassword(
            "This is a common password, or hardly more; use several words that do not belong "
            "together.",
            path=path,
        )
    return password


def _own_words(username: str, email: str) -> set[str]:
    """What is known of the owner: name, mailbox, and the longer words in them."""
    names = [fold(username), fold(email.partition("@")[0])]
    parts = {part for name in names for part in re.findall(r"[^\W\d_]+", name)}
    return {name for name in names if len(name) >= SHORTEST_OWN} | {
        part for part in parts if len(part) >= SHORTEST_PART
    }


def _is_common(folded: str, plain: str) -> bool:
    """Whether little is left beside common words; ``plain`` is the text without its disguise."""
    words = 0
    for word in COMMON_WORDS:
        while (at := plain.find(word)) >= 0:
            words += 1
            # What stood on both sides does not follow from each other.
            plain = f"{plain[:at]}\0{plain[at + len(word) :]}"
            folded = f"{folded[:at]}\0{folded[at + len(word) :]}"
    rest = sum(variety(part) for part in folded.split("\0"))
    return words > 0 and words + rest < LEAST_BESIDE_WORDS
