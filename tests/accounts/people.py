"""Short ways to accounts for tests, with hashing that costs next to nothing."""

from typing import Any

from bson import ObjectId

from desperados.accounts import service, staff
from desperados.accounts.callers import Principal
from desperados.accounts.documents import UserRole
from desperados.accounts.views import AccountView, TokenPair

CHEAP: dict[str, Any] = {
    "password_time_cost": 1,
    "password_memory_kib": 8,
    "password_parallelism": 1,
}
PASSWORD = "Six-shooter-1876"
WRONG = "Wrong-shooter-1876"


async def join(username: str = "calamity") -> AccountView:
    """A registered account."""
    return await service.register(
        username=username, email=f"{username}@deadwood.example", password=PASSWORD
    )


async def enter(username: str = "calamity", password: str = PASSWORD) -> TokenPair:
    """The tokens of a new login."""
    return await service.login(login=username, password=password)


async def who(pair: TokenPair) -> Principal:
    """Whom the access token speaks for."""
    return await service.authenticate(pair.access_token)


async def join_as(username: str, role: UserRole) -> ObjectId:
    """A registered account with a role."""
    account = await join(username)
    if role is not UserRole.USER:
        await staff.grant_role(username=username, role=role, reason="for this test")
    return account.id
