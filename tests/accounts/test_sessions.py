"""Refresh tokens, logout and the list of sessions, against a running game."""

import asyncio
from collections import Counter

import pytest
from bson import ObjectId

from desperados.accounts import service
from desperados.accounts.callers import Principal, calling_from
from desperados.accounts.documents import AuditLog, RefreshToken, RefreshTokenStatus, User
from desperados.accounts.errors import (
    AlreadyRotated,
    InvalidToken,
    SessionNotFound,
    TokenReused,
)
from desperados.accounts.views import TokenPair
from desperados.engine import clock
from desperados.engine.game import Game
from tests.accounts.people import enter, join, who
from tests.worlds import fingerprint

pytestmark = pytest.mark.usefixtures("game")


async def active_rows() -> int:
    return await RefreshToken.collection().count_documents({"status": "active"})


async def test_a_refresh_gives_a_new_pair_and_both_access_tokens_work() -> None:
    await join()
    first = await enter()
    second = await service.refresh(refresh_token=first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert await who(first)
    assert await who(second)
    assert await active_rows() == 1


async def test_a_reused_token_closes_its_whole_session_and_no_other() -> None:
    account = await join()
    other = await enter()
    first = await enter()
    second = await service.refresh(refresh_token=first.refresh_token)
    await asyncio.sleep(0.002)
    with pytest.raises(TokenReused):
        await service.refresh(refresh_token=first.refresh_token)
    with pytest.raises(InvalidToken):
        await service.refresh(refresh_token=second.refresh_token)
    for pair in (first, second):
        with pytest.raises(InvalidToken):
            await who(pair)
    assert await who(await service.refresh(refresh_token=other.refresh_token))
    row = await AuditLog.load_one({"action": "TOKEN_REUSE"})
    assert row is not None
    assert row.user_id == account.id


async def test_a_token_of_a_closed_session_harms_nobody_when_it_comes_again(game: Game) -> None:
    await join()
    pair = await enter()
    await service.logout(await who(pair))
    before = await fingerprint(game)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await service.refresh(refresh_token=pair.refresh_token)
    assert await fingerprint(game) == before


async def test_of_10_parallel_refreshes_one_gives_a_successor_that_works() -> None:
    await join()
    pair = await enter()
    outcomes = await asyncio.gather(
        *(service.refresh(refresh_token=pair.refresh_token) for _ in range(10)),
        return_exceptions=True,
    )
    assert Counter(map(type, outcomes)) == {TokenPair: 1, AlreadyRotated: 9}
    (successor,) = (o for o in outcomes if isinstance(o, TokenPair))
    assert await who(await service.refresh(refresh_token=successor.refresh_token))
    assert await active_rows() == 1


async def test_a_parallel_refresh_from_another_device_is_a_theft() -> None:
    await join()
    with calling_from(user_agent="Telegraph/1.0"):
        pair = await enter()

    async def refresh_from(agent: str) -> TokenPair:
        with calling_from(user_agent=agent):
            return await service.refresh(refresh_token=pair.refresh_token)

    outcomes = await asyncio.gather(
        refresh_from("Telegraph/1.0"), refresh_from("Thief/6.6"), return_exceptions=True
    )
    assert Counter(map(type, outcomes)) == {TokenPair: 1, TokenReused: 1}
    assert await active_rows() == 0


async def test_a_refresh_slides_but_never_past_90_days_of_the_login() -> None:
    await join()
    with clock.frozen() as time:
        start = time.at
        pair = await enter()
        for _ in range(3):
            time.advance(days=29)
            pair = await service.refresh(refresh_token=pair.refresh_token)
        assert (pair.refresh_expires_at - start).days == 90
        time.advance(days=3)
        with pytest.raises(InvalidToken):
            await service.refresh(refresh_token=pair.refresh_token)


async def test_an_expired_refresh_token_is_refused_before_the_database_removes_it() -> None:
    await join()
    with clock.frozen() as time:
        pair = await enter()
        time.advance(days=30)
        with pytest.raises(InvalidToken):
            await service.refresh(refresh_token=pair.refresh_token)


async def test_an_access_token_ends_after_its_minutes() -> None:
    await join()
    with clock.frozen() as time:
        pair = await enter()
        time.advance(minutes=15)
        assert await who(pair)
        time.advance(minutes=1, seconds=1)
        with pytest.raises(InvalidToken):
            await who(pair)


async def test_a_logout_ends_both_tokens_at_once_and_twice_is_fine(game: Game) -> None:
    await join()
    pair, other = await enter(), await enter()
    principal = await who(pair)
    await service.logout(principal)
    await service.logout(principal)
    assert 0 < await game.redis.ttl(f"deny:{principal.jti}") <= 17 * 60
    with pytest.raises(InvalidToken):
        await who(pair)
    with pytest.raises(InvalidToken):
        await service.refresh(refresh_token=pair.refresh_token)
    assert await who(other)


async def test_a_logged_out_token_stays_refused_when_redis_lost_everything(game: Game) -> None:
    await join()
    pair = await enter()
    await service.logout(await who(pair))
    await game.redis.flushall()
    with pytest.raises(InvalidToken):
        await who(pair)


async def test_the_deny_list_alone_refuses_a_token(game: Game) -> None:
    await join()
    pair = await enter()
    principal = await who(pair)
    await game.redis.set(f"deny:{principal.jti}", 1)
    with pytest.raises(InvalidToken):
        await who(pair)


async def test_a_refresh_token_alone_can_close_its_session() -> None:
    await join()
    pair = await enter()
    for token in (pair.refresh_token, pair.refresh_token, "f" * 128, "nonsense"):
        await service.revoke_token(refresh_token=token)
    with pytest.raises(InvalidToken):
        await who(pair)


async def test_logging_out_everywhere_ends_every_token() -> None:
    await join()
    pairs = [await enter() for _ in range(3)]
    assert (await service.logout_everywhere(await who(pairs[0]))).closed == 3
    for pair in pairs:
        with pytest.raises(InvalidToken):
            await who(pair)
        with pytest.raises(InvalidToken):
            await service.refresh(refresh_token=pair.refresh_token)
    assert await who(await enter())


async def test_a_sixth_login_closes_the_least_recently_used_session() -> None:
    await join()
    with clock.frozen() as time:
        pairs = []
        for _ in range(5):
            pairs.append(await enter())
            time.advance(seconds=1)
        pairs[0] = await service.refresh(refresh_token=pairs[0].refresh_token)
        time.advance(seconds=1)
        sixth = await enter()
        with pytest.raises(InvalidToken):
            await who(pairs[1])
        for pair in (pairs[0], *pairs[2:], sixth):
            assert await who(pair)


async def test_10_parallel_logins_never_leave_more_than_5_sessions() -> None:
    await join()
    pairs = await asyncio.gather(*(enter() for _ in range(10)))
    assert await active_rows() == 5
    works = await asyncio.gather(*(who(pair) for pair in pairs), return_exceptions=True)
    assert sum(isinstance(w, Principal) for w in works) == 5


async def test_a_user_closes_own_sessions_only() -> None:
    await join("calamity")
    await join("wildbill")
    mine, phone, theirs = await enter("calamity"), await enter("calamity"), await enter("wildbill")
    me, other = await who(mine), await who(theirs)
    for session in (other.family, ObjectId()):
        with pytest.raises(SessionNotFound):
            await service.revoke_session(me, session_id=session)
    assert [s.current for s in await service.list_sessions(me)] == [False, True]
    await service.revoke_session(me, session_id=(await who(phone)).family)
    with pytest.raises(InvalidToken):
        await who(phone)
    assert [s.id for s in await service.list_sessions(me)] == [me.family]
    assert await who(theirs)


async def test_a_token_of_a_removed_account_is_refused() -> None:
    account = await join()
    pair = await enter()
    await User.collection().delete_one({"_id": account.id})
    with pytest.raises(InvalidToken):
        await who(pair)
    with pytest.raises(InvalidToken):
        await service.refresh(refresh_token=pair.refresh_token)


async def test_a_refresh_token_of_another_application_is_refused_and_kept() -> None:
    account = await join()
    now = clock.now()
    old = {"userId": account.id, "token": "their-token", "expiresAt": now, "createdAt": now}
    await RefreshToken.collection().insert_one(old)
    with pytest.raises(InvalidToken):
        await service.refresh(refresh_token="their-token")
    await enter()
    assert await RefreshToken.collection().find_one({"token": "their-token"}) == old


async def test_a_failed_rotation_leaves_the_old_token_valid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await join()
    pair = await enter()

    def broken(*_: object) -> str:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("desperados.accounts.credentials.tokens.sign", broken)
        with pytest.raises(RuntimeError):
            await service.refresh(refresh_token=pair.refresh_token)
    row = await RefreshToken.load_one({})
    assert row is not None
    assert row.status is RefreshTokenStatus.ACTIVE
    await service.refresh(refresh_token=pair.refresh_token)
