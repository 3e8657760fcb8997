"""Fights against bosses: a party sets out, and each of it plays its rounds.

All of a party are looked at when they set out: each is at the place, free, meets what the boss asks
for, and was not there a while ago; each pays the same energy. All of that is one transaction: all
of them are in the fight, or nobody is, and nobody has paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from bson import ObjectId
from pydantic import Field

from desperados.characters.actor import Actor, itself, load_actor
from desperados.characters.condition import Activity, Occupation
from desperados.characters.energy import energy_cost
from desperados.characters.participant import Participant, load_participant, load_participants
from desperados.combat.bosses.catalogue import BossCode, Foe, find_boss
from desperados.combat.bosses.documents import BossEncounter, BossRecord
from desperados.combat.bosses.errors import BossAway, MemberNotReady
from desperados.combat.bosses.events import BossStarted
from desperados.combat.bosses.fights import BOSSES, LASTS, setup_against
from desperados.combat.bosses.parties import INVITATION, subject_of
from desperados.combat.bosses.settling import FIGHT, PURPOSE, let_go
from desperados.combat.bosses.views import BossFightView
from desperados.combat.fights.engine.setup import MOST_CARDS
from desperados.combat.fights.remedies import pay, use_remedy
from desperados.combat.fights.rules import member_of
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import GameError
from desperados.engine.live.events import push
from desperados.engine.storage.reads import Read, together
from desperados.engine.transactions import transactional
from desperados.engine.views import Id
from desperados.play.errors import NotEnoughEnergy
from desperados.play.outcome import Cost, Share
from desperados.play.requirements import check
from desperados.play.requirements.situations import situate
from desperados.play.requirements.sources import Needs
from desperados.play.settle import settle
from desperados.play.shapes import games
from desperados.play.shapes.crews import muster
from desperados.play.shapes.errors import GameNotFound
from desperados.play.shapes.tables import game_view, may_sit_together
from desperados.vocabulary import ItemCode

FLEEING = 5  # energy
AFTER_FIGHT = timedelta(hours=1)
"""How long after the end of a fight nobody is busy with it any more, whoever settles it."""


class BossMove(StrEnum):
    """What one of a party does in a round."""

    ATTACK = "attack"
    DEFEND = "defend"
    ITEM = "item"
    FLEE = "flee"


FightId = Annotated[Id, Field(description="a fight against a boss")]
Version = Annotated[int, Field(ge=0, description="the version of the fight that was seen")]
Held = Annotated[
    list[Annotated[int, Field(ge=0, lt=MOST_CARDS)]],
    Field(
        max_length=MOST_CARDS,
        description="which cards of the hand are kept, by their places from 0",
    ),
]
Target = Annotated[str, Field(min_length=1, max_length=40, examples=["minion-1"])]


@command
async def start_boss(actor: ObjectId, boss: BossCode, *, key: str | None = None) -> BossFightView:
    """Set out against a boss, alone or with those who have agreed to come along.

    Each of them pays the energy. Nobody has, and nobody is in the fight, if one of them cannot.

    Raises:
        BossNotFound: there is no such boss.
        CrewIncomplete: too few have agreed to come along.
        MemberNotReady: one of the party cannot begin now; with who, and why.
        RequirementUnmet: the leader lacks something that the boss asks for.
        BossAway: the leader has met the boss a while ago only.
        NotEnoughEnergy: the leader has less energy than it costs.
        OfferClosed: somebody has stepped back at this moment.
        InvalidInput: two of the party belong to one account.
        CharacterUnavailable: the leader is dead, held or at a game.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    foe = await find_boss(boss)
    party = await _who_comes(foe, actor)
    may_sit_together(party)
    await _ready_or_refused(foe, actor, party)
    fight = dice.new_id()
    until = clock.now() + LASTS + AFTER_FIGHT
    cost = Cost(energy=foe.details.energy)
    busy = Occupation(Activity.FIGHT, fight, until)
    await settle(FIGHT, *(Share(person, cost=cost, begins=busy) for person in party))
    setup = setup_against(foe, [member_of(person) for person in party])
    game = await games.open_game(
        BOSSES,
        [person.id for person in party],
        purpose=PURPOSE,
        terms={"setup": setup.stored()},
        id=fight,
        character_id=actor,
        boss_id=foe.code,
    )
    assert game.deadline is not None, "Nobody falls before the first round."
    for person in party:
        push(BossStarted(fight_id=game.id, boss=foe.code, deadline=game.deadline), to=person.id)
    return fight_view(game, actor)


@command(queue="fight_id")
async def fight_boss(
    actor: ObjectId,
    fight_id: FightId,
    move: BossMove,
    version: Version,
    *,
    hold: Held | None = None,
    target: Target | None = None,
    item: ItemCode | None = None,
    key: str | None = None,
) -> BossFightView:
    """Say what one does in this round. It is fought when everybody who stands has said so, or after
    45 seconds; whoever is late defends.

    - ``attack``: keep the cards of ``hold``, draw others for the rest once, and strike the boss, or
      the minion ``target``;
    - ``defend``: take half of the damage, and have a card more in the next round;
    - ``item``: use a remedy from the pack, one in a round and three in a fight;
    - ``flee``: leave the others to it, if it succeeds; it costs 5 energy.

    Raises:
        GameNotFound: there is no such fight, or the character is not in it.
        GameOver: the fight is over.
        GameMoved: it has gone on meanwhile; look at it again.
        NotYourTurn: the character has said what it does, is stunned, or is out of the fight.
        IllegalMove: the move is not offered now, or names a card or a target that is not there.
        NoUse: the item neither heals nor helps in this fight.
        InsufficientItems: the character has no such item.
        NotEnoughEnergy: the character has too little to flee.
        CharacterUnavailable: the character is dead, in jail or knocked out.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    about: dict[str, Any] = {}
    match BossMove(move):
        case BossMove.ATTACK:
            about = {"hold": hold or [], "target": target}
        case BossMove.ITEM:
            gauges = (await _find(actor, fight_id)).battle["setup"]["gauges"]
            helping = {code for gauge in gauges for code in gauge["items"]}
            about = await use_remedy(FIGHT, actor, fight_id, item, helping)
        case BossMove.FLEE:
            await pay(FIGHT, actor, fight_id, Cost(energy=FLEEING))
    game = await games.move(BOSSES, actor, fight_id, move.value, version=version, about=about)
    await let_go(game)
    return fight_view(game, actor)


async def read_boss_fight(actor: ObjectId, fight_id: FightId) -> BossFightView:
    """A fight against a boss as one of those in it sees it now.

    Raises:
        GameNotFound: there is no such fight, or the character is not in it.
    """
    game = await _find(actor, fight_id)
    if game.settled_at is None and game.deadline is not None and game.deadline <= clock.now():
        await tick(fight_id)
        game = await _find(actor, fight_id)
    return fight_view(game, actor)


@transactional
async def tick(fight_id: ObjectId) -> None:
    """Do what the clock has to do in a fight, and let go who fled by it. It does nothing where that
    was done."""
    await games.expire(BOSSES, fight_id)
    game = await BossEncounter.load_one({"_id": fight_id})
    if game is not None:
        await let_go(game)


def fight_view(game: BossEncounter, actor: ObjectId) -> BossFightView:
    """A fight as one of those in it sees it."""
    seat = [seat.character_id for seat in game.seats].index(actor)
    setup = game.battle["setup"]
    return BossFightView(
        boss=game.boss_id,
        name=setup["foe"]["name"],
        enrage_round=setup["enrage"],
        game=game_view(BOSSES, game, seat),
    )


async def _who_comes(foe: Foe, leader: ObjectId) -> list[Participant]:
    """The leader and all who have agreed, whose consent is used here."""

    def able(person: Actor) -> None:
        try:
            person.must_be_idle()
        except GameError as refused:
            raise _refusal(leader, person.id, refused) from None

    if foe.most == 1:
        able(await load_actor(leader))
        return [await load_participant(leader)]
    subject = subject_of(foe.code, leader)
    crew = await muster(leader, INVITATION, subject, least=foe.least, most=foe.most, able=able)
    people = await load_participants(person.id for person in crew.people)
    return [people[person.id] for person in crew.people]


async def _ready_or_refused(foe: Foe, leader: ObjectId, party: list[Participant]) -> None:
    """Look at all of a party in one round trip: what the boss asks for, when it was there last, and
    whether they have the energy."""
    needs = {person.id: Needs(foe.needs, person.id) for person in party}
    records = _records_of(foe, needs)
    reads = [read for need in needs.values() for read in need.reads]
    await together(itself(party[0]), records, *reads)
    for person in party:
        try:
            check(await situate(person, needs[person.id]), foe.needs)
            _must_be_back(records.result.get(person.id), person.at)
            _must_have_energy(foe, person)
        except GameError as refused:
            raise _refusal(leader, person.id, refused) from None


def _refusal(leader: ObjectId, who: ObjectId, refused: GameError) -> GameError:
    """What the leader is told: its own refusals as they are, and which of the others is why."""
    if who == leader:
        return refused
    return MemberNotReady(character=str(who), reason=type(refused).code)


def _records_of(foe: Foe, people: Iterable[ObjectId]) -> Read[dict[ObjectId, BossRecord]]:
    wanted = list(people)
    return Read(
        BossRecord,
        {"characterId": {"$in": wanted}, "bossId": foe.code},
        lambda rows: {row["characterId"]: BossRecord.hydrate(row) for row in rows},
        limit=len(wanted),
    )


def _must_be_back(record: BossRecord | None, now: datetime) -> None:
    if record is not None and now < record.ready_at:
        wait = int((record.ready_at - now).total_seconds()) + 1
        raise BossAway(ready_at=record.ready_at.isoformat(), retry_after=wait)


def _must_have_energy(foe: Foe, person: Participant) -> None:
    needed = energy_cost(foe.details.energy, person.level, person.effects, person.at)
    if person.energy.value < needed:
        raise NotEnoughEnergy(have=person.energy.value, need=needed)


async def _find(actor: ObjectId, fight_id: ObjectId) -> BossEncounter:
    game = await BossEncounter.load_one({"_id": fight_id, "seats.characterId": actor})
    if game is None:
        raise GameNotFound()
    return game
