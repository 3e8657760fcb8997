"""Simulations tell the same story for the same seed, and say what should not have happened."""

import asyncio
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

import desperados
from desperados.accounts import service as accounts
from desperados.accounts.documents import User
from desperados.assembly.domains import domains
from desperados.characters import service as characters
from desperados.characters.documents import Character, CharacterBackground
from desperados.economy import transfers
from desperados.embedded import EmbeddedServer
from desperados.engine import driver
from desperados.engine.errors import ConfigurationError, InvalidInput, NotFound
from desperados.engine.manifest.bots import Bot, Player
from desperados.ops.audit import audit
from desperados.simulation import Fault, Setup, Summary, simulate
from desperados.simulation import moves as all_about_moves
from desperados.simulation.moves import all_moves
from desperados.simulation.population import settle
from desperados.simulation.worlds import START, open_world
from desperados.testing.worlds import fork

MORE: dict[str, Any] = {"characters": 5, "days": 0.5}
COMMAND = (sys.executable, "-m", "desperados.cli.main", "simulate")


async def play(**setup: Any) -> Summary:
    return await simulate(Setup(**setup), await fork(seeded=True))


async def run(*options: str, hash_seed: str = "0") -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "COLUMNS": "200"},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_a_seed_gives_the_same_database_in_every_process_and_another_seed_another() -> None:
    # With Motor, who is cut off goes on for a while in one of its threads.
    faults = "0" if driver.MOTOR else "0.5"
    small = ("--days", "0.15", "--characters", "4", "--faults", faults)
    one, again, other = await asyncio.gather(
        run("--seed", "11", *small, "--trace", hash_seed="1"),
        run("--seed", "11", *small, "--trace", hash_seed="2"),
        run("--seed", "12", *small, hash_seed="1"),
    )
    assert one == again
    assert one[0] == other[0] == 0, one[2]
    hashes = [out.splitlines()[-1] for _, out, _ in (one, other)]
    assert all(len(line) == 64 and int(line, 16) for line in hashes)
    assert hashes[0] != hashes[1]


async def test_a_day_of_play_with_faults_keeps_every_rule() -> None:
    summary = await play(seed=3, faults=0.5, **MORE)
    assert summary.broken is None
    assert summary.audit.first is None
    assert summary.began == START
    assert summary.ended - summary.began == summary.setup.length
    assert set(summary.tally.faults) == set(Fault)
    assert summary.tally.steps > 20
    assert summary.tally.work["market_prices"] > 0


async def test_the_summary_has_every_coin_that_came_and_went() -> None:
    summary = await play(seed=4, **MORE)
    for supply in summary.audit.supplies:
        lines = [line for line in summary.flows if line.kind == supply.currency]
        assert sum(line.amount for line in lines) == supply.total
        assert sum(line.amount for line in lines if line.flow == "transfer") == 0
        made, gone = summary.in_and_out().get(supply.currency, (0, 0))
        assert made - gone == supply.total
    grants = [line for line in summary.flows if line.source == "starting_grant"]
    assert grants[0].amount >= 5 * 1_100


async def test_every_bot_gives_what_its_command_takes() -> None:
    async with open_world(await fork(seeded=True), 5) as world:
        company = await settle(Setup(seed=5, characters=3), world.time)
        planned = set()
        for move in all_moves():
            called = inspect.signature(inspect.unwrap(move.bot.command))
            for player in company * 3:
                arguments = await move.bot.plan(player)
                if arguments is not None:
                    called.bind(*move.actor(player), **arguments)
                    planned.add(move.name)
        assert {"economy.send", "economy.shops.buy_from_shop", "world.read_clock"} <= planned


def test_what_is_only_read_is_read_without_a_bot() -> None:
    named = {bot.command for domain in domains() for bot in domain.bots}
    looks = {move.bot.command for move in all_moves()} - named
    reading = {route.function for d in domains() for route in d.routes if route.method == "GET"}
    assert accounts.me in looks
    assert looks <= reading


def with_a_bot(monkeypatch: pytest.MonkeyPatch, function: Any) -> None:
    """One bot for everything: a call of ``function`` in the place of ``economy.send``."""

    async def plan(_me: Player) -> dict[str, Any]:
        return {"recipient_id": ObjectId(), "amount": 1}

    (send,) = (move for move in all_moves() if move.bot.command is transfers.send)
    moved = all_about_moves.Move(
        **{
            name: getattr(send, name)
            for name in ("name", "access", "takes_caller", "keyed", "writes", "refusals")
        },
        bot=Bot(function, plan),
    )
    monkeypatch.setattr("desperados.simulation.runner.all_moves", lambda: (moved,))


async def test_a_refusal_that_is_documented_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_bot(monkeypatch, transfers.send)
    summary = await play(seed=1, days=0.1, characters=2)
    assert summary.clean
    assert summary.tally.refused["economy.send", "recipient_not_found"] == summary.tally.steps
    assert not summary.tally.done


@pytest.mark.parametrize("error", [NotFound("nobody said so"), ZeroDivisionError("no dollars")])
async def test_what_no_docstring_names_ends_the_play_and_is_told(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_actor: ObjectId, **_arguments: Any) -> None:
        raise error

    with_a_bot(monkeypatch, fail)
    summary = await play(seed=1, days=0.1, characters=2)
    assert not summary.clean
    assert summary.broken is not None
    assert summary.broken.error is error
    assert summary.broken.step == summary.tally.steps == 1
    assert summary.broken.call.startswith("economy.send(recipient_id=")
    assert summary.audit.clean


async def test_another_answer_to_the_same_key_ends_the_play(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def forgetful(_actor: ObjectId, **_arguments: Any) -> ObjectId:
        return ObjectId()

    with_a_bot(monkeypatch, forgetful)
    summary = await play(seed=2, days=2, characters=2, faults=1)
    assert summary.broken is not None
    assert "the same key" in str(summary.broken.error)


async def test_a_broken_world_is_a_verdict_and_a_story_that_can_be_told_again(
    tmp_path: Path,
) -> None:
    url = f"embedded://{tmp_path}/world.db"
    async with desperados.connect(url, seed=True):
        user = await accounts.register(
            username="bill", email="bill@deadwood.example", password="Six-shooter-1876"
        )
        bill = await characters.create(user.id, name="Bill", background=CharacterBackground.DRIFTER)
        await Character.collection().update_one({"_id": bill.id}, {"$inc": {"dollars": 5}})
    code, out, err = await run("--url", url, "--days", "0.02", "--characters", "1", "--json")
    assert code == 1, err
    said = json.loads(out)
    assert said["broken"] is None
    assert said["findings"]
    assert len(said["hash"]) == 64


async def test_a_world_that_is_kept_goes_on_and_bots_play_only_their_own_accounts(
    tmp_path: Path,
) -> None:
    url = f"embedded://{tmp_path}/world.db"
    async with desperados.connect(url, seed=True):
        people = await accounts.register(
            username="jane", email="jane@deadwood.example", password="Six-shooter-1876"
        )
    setup = Setup(seed=1, days=0.04, characters=2)
    first, second = await simulate(setup, url), await simulate(setup, url)
    assert first.clean
    assert second.clean
    assert second.began > first.began
    async with desperados.connect(url):
        assert (await audit()).clean
        assert await User.collection().count_documents({}) == 5
        jane = await User.get(people.id)
        assert jane is not None
        assert jane.username == "jane"
        assert await Character.collection().count_documents({"userId": people.id}) == 0


async def test_on_a_server_of_its_own_there_are_no_faults_and_time_is_not_over() -> None:
    async with await fork(seeded=True) as running:
        with pytest.raises(ConfigurationError, match="embedded world"):
            await simulate(Setup(faults=0.1), running.url)
        summary = await simulate(Setup(days=0.05, characters=2), running.url)
    assert summary.clean
    assert summary.began > START


async def test_bots_have_no_business_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESPERADOS_MODE", "production")
    with pytest.raises(ConfigurationError):
        await simulate(Setup(), EmbeddedServer())


@pytest.mark.parametrize("wrong", [{"days": -1}, {"characters": 0}, {"faults": 2}, {"dollars": -1}])
def test_a_setup_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Setup(**wrong)
