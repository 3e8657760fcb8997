"""What the commands of accounts take, as the API describes it.

The rules decide what is accepted; these say it beforehand.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from desperados.accounts.addresses import EMAIL_LENGTH
from desperados.accounts.credentials.passwords import LONGEST_TRIED
from desperados.accounts.credentials.strength import PASSWORD_LENGTH
from desperados.accounts.credentials.tokens import REFRESH_BYTES
from desperados.accounts.rules import REASON_LENGTH

Username = Annotated[
    str,
    Field(
        min_length=3,
        max_length=30,
        pattern=r"^[A-Za-z0-9_]+$",
        description="letters, digits and underscores; unique without regard to case",
        examples=["calamity_jane"],
    ),
]
Email = Annotated[
    str,
    Field(
        min_length=EMAIL_LENGTH[0], max_length=EMAIL_LENGTH[1], examples=["jane@deadwood.example"]
    ),
]
NewPassword = Annotated[
    str,
    Field(
        min_length=PASSWORD_LENGTH[0],
        max_length=PASSWORD_LENGTH[1],
        description="with an upper-case letter, a lower-case letter and a digit; no common word "
        "with something around it, and nothing of the username or the e-mail address",
        examples=["Six-shooter-1876"],
    ),
]
Password = Annotated[str, Field(max_length=LONGEST_TRIED, examples=["Six-shooter-1876"])]
Login = Annotated[
    str,
    Field(
        max_length=EMAIL_LENGTH[1],
        description="the username or the e-mail address, without regard to case",
        examples=["calamity_jane"],
    ),
]
RefreshSecret = Annotated[str, Field(max_length=2 * REFRESH_BYTES)]
Reason = Annotated[
    str,
    Field(
        min_length=REASON_LENGTH[0],
        max_length=REASON_LENGTH[1],
        description="why; kept in the audit trail",
    ),
]
