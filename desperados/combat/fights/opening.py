"""How a fight is opened: by a command, or out of a question that a floor below has asked.

A domain above that has fights of its own (hunters, guards) registers a purpose, and opens them in
its command: ``open_against(who, npc, purpose=...)`` with an ``Npc`` that it makes itself; the
purpose calls ``settling.settle_against(fight, verdict, npc)`` for what comes of every fight, and
adds its own. ``open_fight`` takes any ``Foe``, and leaves all consequences to the purpose.

Floors below know only a name: ``await registered().purposes["fight"](question, npc)`` in the
command that settles the question; whoever waited for the answer must be free by then.
"""

from __future__ import annotations

from bson import ObjectId

from desperados.characters.participant import Participant, load_participant
from desperados.combat.fights.documents import CombatEncounter, EncounterType
from desperados.combat.fights.engine.setup import Foe
from desperados.combat.fights.npcs import find_npc
from desperados.combat.fights.playing import FIGHTS
from desperados.combat.fights.rules import Npc, foe_of, setup_of
from desperados.play.shapes import games
from desperados.play.shapes.documents import Question

FIGHT = "fight"
"""The purpose by which floors below open fights."""
NPC_FIGHT = "npc_fight"
"""The purpose of those fights themselves."""


async def open_fight(
    who: Participant,
    foe: Foe,
    *,
    purpose: str,
    ref_id: ObjectId | None = None,
    kind: EncounterType = EncounterType.NPC,
) -> CombatEncounter:
    """Open a fight of ``who`` against ``foe``, inside the open transaction; returns it as staged.

    Whoever calls it has seen to it that the character is idle and has paid for it. ``purpose``
    draws the consequences; ``ref_id`` is what the fight is about.

    Raises:
        UnknownPurpose: nobody has registered ``purpose``.
        CharacterBusy: the character is busy with something else.
    """
    terms = {"setup": setup_of(who, foe).stored()}
    return await games.open_game(
        FIGHTS, [who.id], purpose=purpose, ref_id=ref_id, terms=terms, type=kind
    )


async def open_against(
    who: Participant, npc: Npc, *, purpose: str = NPC_FIGHT, ref_id: ObjectId | None = None
) -> CombatEncounter:
    """Open a fight against ``npc``, as ``open_fight``; with what comes of such fights, unless it
    has a purpose of its own."""
    kind = EncounterType.BOSS if npc.is_boss else EncounterType.NPC
    return await open_fight(who, foe_of(npc), purpose=purpose, ref_id=ref_id, kind=kind)


async def fight_of(question: Question, npc: str) -> None:
    """Open the fight that an answer leads to, wherever the other is said to be.

    Raises:
        NpcNotFound: there is nobody of this code.
        NotHostile: it is nobody whom one fights.
        CharacterBusy: the character is busy with something else.
    """
    who = await load_participant(question.character_id)
    await open_against(who, await find_npc(npc), ref_id=question.id)
