"""Addresses of e-mail: which are taken, and in which one form each is kept. Pure functions.

Two mailboxes never become one: what only looks or sounds alike stays apart (``ß`` and ``ss``, dots
and plus signs). One mailbox should not become two: case does not count, nor in which of its two
spellings (Unicode or ``xn--``) an international domain is written.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import idna

from desperados.accounts.errors import InvalidEmail

EMAIL_LENGTH = (5, 254)  # bytes, as RFC 5321 counts them
LONGEST_LOCAL = 64
# What RFC 5322 lets stand in the part before the @ without quotes.
_MARKS = frozenset("!#$%&'*+-/=?^_`{|}~.")


def check_email(email: Any) -> str:
    """``email`` in the form in which it is kept: trimmed, its case folded letter by letter.

    The domain is in lower case, in Unicode (IDNA 2008). The part before the @ is letters, digits
    and the marks of RFC 5322, in lower case; quoted parts, comments and addresses of machines
    (``[10.0.0.1]``), which nobody has and forms of attack do, are refused.

    Whether anybody reads mail there is not known from its form.

    Raises:
        InvalidEmail: it is not of this form.
    """
    if not isinstance(email, str) or len(email) > 2 * EMAIL_LENGTH[1]:
        raise InvalidEmail(path="email")
    local, at, domain = email.strip().rpartition("@")
    if not at:
        raise InvalidEmail(path="email")
    address = f"{_local(local)}@{_domain(domain)}"
    if not EMAIL_LENGTH[0] <= len(address.encode()) <= EMAIL_LENGTH[1]:
        raise InvalidEmail(path="email")
    return address


def forms_of(email: str) -> list[str]:
    """In which forms a typed address may be stored, the likeliest first.

    Rows of before this form have a folded one, those of other programs what was typed.
    """
    typed = email.strip()
    try:
        forms = [check_email(typed)]
    except InvalidEmail:
        forms = []
    return list(dict.fromkeys([*forms, typed, typed.lower(), _as_it_was(typed)]))


def _local(local: str) -> str:
    """Composed, and lower case where a letter has one lower-case letter.

    That mapping is of single letters: İ has none, and stays what it is.
    """
    text = unicodedata.normalize("NFC", local)
    lowered = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    well_formed = (
        0 < len(lowered.encode("utf-8", "surrogatepass")) <= LONGEST_LOCAL
        and all(lowered.split("."))
        and all(_may_stand(c) for c in lowered)
    )
    if not well_formed:
        raise InvalidEmail(path="email")
    return unicodedata.normalize("NFC", lowered)


def _may_stand(character: str) -> bool:
    """Letters, marks that belong to them, and digits of all scripts; nothing that is not seen."""
    return character in _MARKS or unicodedata.category(character)[0] in "LMN"


def _domain(domain: str) -> str:
    """As the name service knows it: at least two labels, the last of which is no number."""
    try:
        known = idna.encode(domain, uts46=True, std3_rules=True).decode()
        shown = idna.decode(known)
    except UnicodeError:  # idna's own errors are among them
        raise InvalidEmail(path="email") from None
    labels = known.split(".")
    if len(labels) < 2 or not all(labels) or labels[-1].isdigit():
        raise InvalidEmail(path="email")
    return shown


def _as_it_was(email: str) -> str:
    """The form in which addresses were kept once, for accounts of that time."""
    return unicodedata.normalize("NFKC", email).casefold()
