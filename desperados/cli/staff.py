"""``desperados admin``: give a user a role from the machine that the world runs on."""

from __future__ import annotations

import desperados
from desperados.accounts import staff
from desperados.accounts.documents import UserRole
from desperados.cli.console import output
from desperados.engine.errors import InvalidInput


async def grant_role(url: str | None, username: str, role: str) -> None:
    """Set the role and say so.

    Raises:
        InvalidInput: there is no such role.
        AccountNotFound: there is no such user.
    """
    if role not in set(UserRole):
        raise InvalidInput(f"A role is one of: {', '.join(UserRole)}.")
    async with desperados.connect(url):
        account = await staff.grant_role(
            username=username, role=UserRole(role), reason="granted on the command line"
        )
    output.print(f"{account.username} is {account.role.value} now.")
