"""The life of refresh-token families, as a model that the real thing must agree with."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from desperados.accounts import service, users
from desperados.accounts.documents import RefreshToken
from desperados.accounts.errors import InvalidToken, TokenReused
from desperados.accounts.views import TokenPair
from desperados.engine import clock
from tests.accounts.people import CHEAP, enter, join, who
from tests.games import open_game

T = TypeVar("T")
_users = itertools.count(1)


@dataclass(eq=False)
class Family:
    """What the model knows of a session."""

    started: datetime
    used: datetime
    newest: TokenPair
    open: bool = True


@dataclass(eq=False)
class Issued:
    """A pair that was given out."""

    pair: TokenPair
    family: Family
    version: int


@dataclass(eq=False)
class Model:
    """All sessions of one user."""

    version: int = 0
    families: list[Family] = field(default_factory=list)

    def live(self) -> list[Family]:
        now = clock.now()
        return [f for f in self.families if f.open and f.newest.refresh_expires_at > now]


class Sessions(RuleBasedStateMachine):
    """Logins, refreshes of any token ever given out, logouts and time, in any order."""

    runner: ClassVar[asyncio.Runner]
    pairs = Bundle("pairs")

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        async def at_the_time_of_the_model() -> T:
            with clock.frozen(self.now):
                return await work

        return self.runner.run(at_the_time_of_the_model())

    @initialize()
    def register(self) -> None:
        self.now = clock.now()
        self.model = Model()
        self.name = f"rider_{next(_users)}"
        self.run(join(self.name))

    @rule(target=pairs)
    def login(self) -> Issued:
        return self.log_in()

    @rule(target=pairs)
    def log_in_on_four_devices(self) -> Any:
        return multiple(*(self.log_in() for _ in range(4)))

    def log_in(self) -> Issued:
        with clock.frozen(self.now):
            live = sorted(self.model.live(), key=lambda f: f.used)
        for oldest in live[: max(0, len(live) - 4)]:
            oldest.open = False
        pair = self.run(enter(self.name))
        family = Family(self.now, self.now, pair)
        self.model.families.append(family)
        self.tick()
        return Issued(pair, family, self.model.version)

    @rule(target=pairs, issued=pairs)
    def refresh(self, issued: Issued) -> Issued:
        return self.exchange(issued)

    @rule(target=pairs, issued=pairs)
    def refresh_every_25_days(self, issued: Issued) -> Any:
        given = [issued]
        for _ in range(4):
            self.wait_for(timedelta(days=25))
            given.append(self.exchange(given[-1]))
        return multiple(*given[1:])

    def exchange(self, issued: Issued) -> Issued:
        family = issued.family
        work = service.refresh(refresh_token=issued.pair.refresh_token)
        with clock.frozen(self.now):
            is_live = family in self.model.live()
        if issued.pair.refresh_expires_at <= self.now or not is_live:
            with pytest.raises(InvalidToken) as refusal:
                self.run(work)
            assert not isinstance(refusal.value, TokenReused)
        elif issued.pair is not family.newest:
            with pytest.raises(TokenReused):
                self.run(work)
            family.open = False
            self.model.version += 1
        else:
            family.newest = self.run(work)
            family.used = self.now
            assert family.newest.refresh_expires_at <= family.started + timedelta(days=90)
            self.tick()
            return Issued(family.newest, family, self.model.version)
        self.tick()
        return issued

    @rule(issued=pairs)
    def use_access_token(self, issued: Issued) -> None:
        with clock.frozen(self.now):
            is_live = issued.family in self.model.live()
        passes = (
            is_live
            and issued.version == self.model.version
            and self.now < issued.pair.expires_at + timedelta(seconds=60)
        )
        if passes:
            assert self.run(who(issued.pair))
        else:
            with pytest.raises(InvalidToken):
                self.run(who(issued.pair))

    @rule(issued=pairs)
    def close(self, issued: Issued) -> None:
        self.run(service.revoke_token(refresh_token=issued.pair.refresh_token))
        issued.family.open = False
        self.tick()

    @precondition(lambda self: self.model.families)
    @rule(issued=pairs)
    def close_everything(self, issued: Issued) -> None:
        try:
            principal = self.run(who(issued.pair))
        except InvalidToken:
            return
        with clock.frozen(self.now):
            live = self.model.live()
        assert self.run(service.logout_everywhere(principal)).closed >= len(live)
        for family in live:
            family.open = False
        self.model.version += 1
        self.tick()

    @rule(seconds=st.one_of(st.integers(1, 1200), st.integers(1, 40 * 86400)))
    def wait(self, seconds: int) -> None:
        self.wait_for(timedelta(seconds=seconds))

    def wait_for(self, span: timedelta) -> None:
        self.now += span

    def tick(self) -> None:
        self.now += timedelta(milliseconds=1)

    @invariant()
    def stored_rows_agree(self) -> None:
        if hasattr(self, "model"):
            self.run(self.check_rows())

    async def check_rows(self) -> None:
        account = await users.find_by_login(self.name)
        assert account is not None
        assert (account.token_version or 0) == self.model.version
        rows = await RefreshToken.load_many({"userId": account.id}, limit=1000)
        active = [row for row in rows if row.status == "active"]
        live = [row for row in active if row.expires_at > clock.now()]
        assert len({row.family_id for row in active}) == len(active)
        assert len(live) == len(self.model.live()) <= 5
        assert len({(row.family_id, row.generation) for row in rows}) == len(rows)
        newest = {service.tokens.digest(f.newest.refresh_token) for f in self.model.live()}
        assert {row.token for row in live} == newest


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """An event loop with a game in it, for tests that are not coroutines themselves."""
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()
        loop.run(stack.enter_async_context(open_game(**CHEAP)))
        yield loop
        loop.run(stack.aclose())


def test_families_live_and_die_as_the_model_says(runner: asyncio.Runner) -> None:
    Sessions.runner = runner
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Sessions,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
