"""Bots meet bosses as players do."""

from typing import Any

from bson import ObjectId

from desperados.combat.bosses.bots import BOTS
from desperados.combat.bosses.documents import BossRecord
from desperados.combat.bosses.service import fight_boss, start_boss
from desperados.engine.clock import FrozenClock
from desperados.engine.errors import GameError
from desperados.engine.manifest.bots import Bot, Player
from desperados.play.shapes import accept_offer, offers_received
from desperados.testing import World
from tests.combat.bosses.hunts import IN_TWOS, NIGHT, hunter

INVITE, START, FIGHT = BOTS


async def play(bot: Bot, player: Player) -> Any:
    """Let a bot do something, if there is something to do."""
    arguments = await bot.plan(player)
    return None if arguments is None else await bot.command(player.character, **arguments)


async def test_bots_ask_set_out_and_fight_to_the_end(world: World, time: FrozenClock) -> None:
    time.at = NIGHT
    company: list[Player] = []
    for name in ("Jane", "Bill"):
        who = await hunter(world, IN_TWOS)
        company.append(Player(ObjectId(), None, who, name, company))
    jane, bill = company
    assert (START.command, FIGHT.command) == (start_boss, fight_boss)
    while not (offers := (await offers_received(bill.character)).items):
        try:
            await play(INVITE, jane)
        except GameError:
            continue
    await accept_offer(bill.character, offers[0].id)
    assert await play(FIGHT, jane) is None  # there is nothing to do yet
    fight = await play(START, jane)
    assert fight.boss == IN_TWOS  # the only one that is there
    for _ in range(200):
        for player in company:
            fight = await play(FIGHT, player) or fight
        if fight.game.status != "active":
            break
    assert fight.game.status in {"victory", "defeat"}
    assert await BossRecord.collection().count_documents({"characterId": jane.character}) == 1
