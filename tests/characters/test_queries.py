"""Every query of accounts and characters is served by an index."""

import pytest
from bson import ObjectId

from desperados.accounts import service as accounts
from desperados.accounts import staff
from desperados.accounts.documents import UserRole, UserStatus
from desperados.accounts.errors import InvalidCredentials
from desperados.characters import rules, service
from desperados.characters.documents import CharacterBackground
from desperados.engine.game import Game
from tests.accounts.people import PASSWORD, WRONG, enter, join, join_as, who
from tests.games import embedded


async def test_no_command_or_query_looks_through_a_whole_collection(game: Game) -> None:
    await game.database["locations"].insert_many(
        [{"_id": ObjectId(), "locationId": name} for name in rules.START_LOCATION.values()]
    )
    embedded(game).stats.reset()
    sheriff = await join_as("sheriff", UserRole.ADMIN)
    user = (await join("calamity")).id
    for _ in range(6):
        pair = await enter("calamity@deadwood.example")
    pair = await accounts.refresh(refresh_token=pair.refresh_token)
    with pytest.raises(InvalidCredentials):
        await enter("calamity", WRONG)
    principal = await who(pair)
    await accounts.list_sessions(principal)

    jane = await service.create(user, name="Jane", background=CharacterBackground.OUTLAW)
    await service.get(jane.id)
    await service.list_mine(user, limit=1)
    await service.public_profile(jane.id)
    await service.require_owned(user, jane.id)
    await service.delete(jane.id, name="Jane")

    await accounts.revoke_session(principal, session_id=principal.family)
    await accounts.logout_everywhere(principal)
    principal = await who(await enter("calamity"))
    await accounts.change_password(
        principal, current_password=PASSWORD, new_password="New-shooter-1877"
    )
    await staff.set_role(sheriff, user, role=UserRole.MODERATOR, reason="elected")
    await staff.set_status(sheriff, user, status=UserStatus.BANNED, reason="horse thief")
    await staff.grant_role(username="calamity", role=UserRole.ADMIN, reason="pardoned")
    await staff.grant_role(username="calamity", role=UserRole.USER, reason="and fell again")
    assert embedded(game).stats.full_scans == {}
