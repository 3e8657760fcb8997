"""Bots take part in tournaments and shooting contests, from the announcement to the prizes."""

from __future__ import annotations

from collections import Counter

from bson import ObjectId

from desperados.api.operations.docstrings import parse
from desperados.combat.shooting.bots import BOTS as SHOOTING
from desperados.combat.shooting.documents import ShootingRecord
from desperados.combat.tournaments.bots import BOTS as TOURNAMENTS
from desperados.combat.tournaments.documents import TournamentMatch
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.manifest.bots import Bot, Player
from desperados.testing import Luck, World
from tests.combat.shooting import range as shooting
from tests.combat.tournaments import field as tournaments


async def move(bot: Bot, me: Player) -> str:
    """What came of a bot's move."""
    arguments = await bot.plan(me)
    if arguments is None:
        return "nothing to do"
    try:
        await bot.command(me.character, **arguments)
    except GameError as refusal:
        return refusal.code if type(refusal).__name__ in named_by(bot) else "a fault"
    return "done"


def named_by(bot: Bot) -> set[str]:
    """The errors that a command says it raises."""
    return set(parse(bot.command.__doc__ or "").raises)


async def test_bots_enter_play_and_win(world: World, time: FrozenClock, luck: Luck) -> None:
    tournament = await tournaments.announce(world)
    contest = await shooting.announce(world)
    players: list[Player] = []
    for _ in range(6):
        who = await shooting.gunman(world)
        players.append(Player(ObjectId(), None, who, "Bot", players))
    moves: Counter[tuple[str, str]] = Counter()
    for _ in range(160):
        time.advance(minutes=1)
        for me in players:
            for bot in (*TOURNAMENTS, *SHOOTING):
                moves[bot.command.__name__, await move(bot, me)] += 1
        await tournaments.work()
        await shooting.work()
        if {
            (await tournaments.stored(tournament)).status.value,
            (await shooting.stored(contest)).status.value,
        } == {"complete"}:
            break
    assert "a fault" not in {outcome for _, outcome in moves}
    for command in ("join_tournament", "play_match", "register_shooter", "fire"):
        assert moves[command, "done"] > 0
    assert moves["leave_tournament", "done"] + moves["withdraw_shooter", "done"] > 0
    assert (await tournaments.stored(tournament)).outcome == "finished"
    matches = await TournamentMatch.load_many({"tournamentId": tournament}, limit=10)
    assert "played" in [match.reason for match in matches]
    assert (await shooting.stored(contest)).outcome == "finished"
    assert await ShootingRecord.load_many({"contestId": contest}, limit=10)
