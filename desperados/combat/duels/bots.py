"""What bots do about duels: they challenge each other, accept, and play whole duels."""

from __future__ import annotations

from desperados.combat.duels import challenges, playing, queries
from desperados.combat.duels.documents import DuelStatus, DuelType
from desperados.combat.duels.views import DuelView
from desperados.combat.duels.wagers import LEAST_WAGER
from desperados.engine import dice
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of, up_to
from desperados.play.shapes.tables import GameView

NEAR = 3  # the first of the company are about now; others would not answer in time
RARE = frozenset({"forfeit", "withdraw", "accuse", "all_in"})


async def _challenge(me: Player) -> Arguments | None:
    other = one_of(me.others()[:NEAR])
    if other is None or await _mine(me, DuelStatus.ACCEPTED, DuelStatus.ACTIVE):
        return None
    limits = await queries.wager_limits(me.character, opponent_id=other.character)
    kind = one_of(list(DuelType)) if limits.skilled or now_and_then(10) else DuelType.CASUAL
    wager = 0
    if kind is DuelType.WAGER:
        wager = LEAST_WAGER + up_to(max(1, limits.most - LEAST_WAGER))
    return {
        "opponent_id": other.character,
        "kind": kind,
        "wager": wager,
        "lethal": now_and_then(5),
    }


async def _mine(me: Player, *statuses: DuelStatus) -> list[DuelView]:
    found = (await queries.open_duels(me.character)).items
    return [duel for duel in found if duel.status in statuses]


async def _received(me: Player) -> Arguments | None:
    pending = await _mine(me, DuelStatus.PENDING)
    duel = one_of([duel for duel in pending if duel.defender_id == me.character])
    return {"duel_id": duel.id} if duel is not None else None


async def _made(me: Player) -> Arguments | None:
    pending = await _mine(me, DuelStatus.PENDING)
    duel = one_of([duel for duel in pending if duel.challenger_id == me.character])
    return {"duel_id": duel.id} if duel is not None else None


async def _play(me: Player) -> Arguments | None:
    duel = one_of(await _mine(me, DuelStatus.ACCEPTED, DuelStatus.ACTIVE))
    game = (await queries.read_duel(me.character, duel.id)).game if duel is not None else None
    if duel is None or game is None or not game.legal:
        return None
    usual = [name for name in game.legal if name not in RARE]
    name = one_of(usual if usual and not now_and_then(5) else game.legal)
    return {"duel_id": duel.id, "move": name, "version": game.version, **_about(name, game)}


def _about(name: str | None, game: GameView) -> Arguments:
    """What a move needs beside its name."""
    places = list(range(5))
    if name in ("draw", "hold"):
        dice.shuffle(places)
        return {"cards": places[: dice.between(0, 5)]}
    if name in ("reroll", "palm_card"):
        rank = {"rank": dice.between(2, 14)} if name == "palm_card" else {}
        return {"cards": [dice.between(0, 4)], **rank}
    if name in ("bet", "raise"):
        return {"amount": up_to(game.table["room"])}
    return {}


BOTS = (
    Bot(challenges.challenge_duel, _challenge, weight=4),
    Bot(challenges.accept_duel, _received, weight=100),  # a challenge does not wait long
    Bot(challenges.decline_duel, _received, weight=2),
    Bot(challenges.cancel_duel, _made),
    Bot(playing.play_duel, _play, weight=250),  # nor does an opponent
)
