"""What comes of a crime: all of it in the transaction of the move that ended its game, or nothing.

Loot, what was learned, wanted levels, the price on the head, jail, standing and conduct go through
the one settlement of the game; the record, the accounts of witnesses and the happening leave with
it. Nobody has to come back for any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from desperados.characters.happenings import Happened, note
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant
from desperados.crime.attempts import rules
from desperados.crime.attempts.rules import Case, Scenery
from desperados.crime.attempts.scenes import UNSEEN, Scene, Seen, read_scene, witnesses
from desperados.crime.attempts.service import find_crime
from desperados.crime.documents import AccountStatus, Pending, WitnessAccount
from desperados.crime.errors import CrimeNotFound
from desperados.crime.events import WITNESSED, CrimeResolved
from desperados.crime.recording import keep
from desperados.deck import rules as deck
from desperados.deck.documents import ActionDeckSession, ActionResult
from desperados.deck.settling import Ended, conclude, read_ended
from desperados.engine import dice
from desperados.engine.dice import Luck
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play import rewards
from desperados.play.outcome import NOTHING, Deed, Outcome
from desperados.play.shapes.games import is_there
from desperados.play.shapes.rules import Verdict
from desperados.play.views import Given

CRIME = Deed(name="crime", income=Source.CRIME_LOOT, found=ItemSource.CRIME_LOOT)


async def resolve(game: ActionDeckSession, verdict: Verdict) -> None:
    """Settle a crime whose game is over; the purpose of its games.

    Whoever was arrested, felled or died in the middle of it has got nothing and is charged with
    nothing: the law has him, or nobody has.
    """
    over = await read_ended(game, verdict)
    who = over.who
    if who is None or not is_there(who):
        await conclude(over, CRIME, NOTHING)
        return
    scene, luck = await read_scene(who), dice.source()
    sight = Sight.thrown(over.action.risk.witness_percent, scene.scenery, luck)
    seen = await witnesses(scene, who.id, luck) if sight.seen else UNSEEN
    case = await _case(over, scene, seen, luck)
    given = await conclude(over, CRIME, _outcome(over, case, scene, luck))
    _leave(over, who, Settled(case, seen, sight, scene, given))


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether a crime was seen: how likely it was, in percent, and the roll of a hundred."""

    percent: int
    roll: int

    @classmethod
    def thrown(cls, base: int, scenery: Scenery, luck: Luck) -> Sight:
        """Throw for it."""
        return cls(rules.seen_percent(base, scenery), luck.randint(1, 100))

    @property
    def seen(self) -> bool:
        """Whether somebody saw it."""
        return self.roll <= self.percent


@dataclass(frozen=True, slots=True)
class Settled:
    """A crime that was settled, for what is left behind."""

    case: Case
    seen: Seen
    sight: Sight
    scene: Scene
    given: Given


async def _case(over: Ended, scene: Scene, seen: Seen, luck: Luck) -> Case:
    action = over.action
    try:
        skill = rules.skill_of(await find_crime(action.code))
    except CrimeNotFound:  # the content has lost it since the game began
        skill = rules.skill_of(action)
    return Case(
        action=action,
        skill=skill,
        succeeded=over.ending.succeeded,
        knows=seen.knows,
        faction=scene.faction,
        bounty=rules.bounty_of(action.risk, luck),
    )


def _outcome(over: Ended, case: Case, scene: Scene, luck: Luck) -> Outcome:
    """What the cards bring, and what the law and the people make of it."""
    drawn = rewards.draw(case.action.reward, luck)
    crowd = scene.crowd.factors.pickpocket if scene.crowd is not None else 1
    share = crowd if case.action.code in rules.CROWDED else 1
    drawn = replace(drawn, dollars=rules.loot(drawn, luck, max(1, share)))
    of_cards = deck.outcome_of(over.ending, drawn, over.momentum)
    return replace(
        of_cards,
        wanted=case.wanted,
        bounty=case.price,
        jail=case.sentence,
        law=case.faction,
        standing={**of_cards.standing, **case.standing},
        conduct=(*of_cards.conduct, case.conduct),
    )


def _leave(over: Ended, who: Participant, settled: Settled) -> None:
    """Stage what a crime leaves behind beside what was settled."""
    case, given, at = settled.case, settled.given, who.at
    learned: Mapping[str, int] = {}
    if case.succeeded:
        learned = rules.lessons(case.skill, case.action.reward.xp)
        record = settled.scene.record.learned(learned).known(case.action.tier)
        keep(who.id, record, at)
    _keep_accounts(over.game, who, settled, at)
    _keep_law(over.game, settled, learned)
    tags = ("success" if case.succeeded else "failed", *(("seen",) if case.knows else ()))
    note(
        who,
        Happened.CRIME_COMMITTED,
        *tags,
        target=f"action:{case.action.code}",
        amount=given.dollars,
        rank=case.action.tier,
        zone=settled.scene.place.zone if settled.scene.place is not None else None,
        reference=over.game.id,
    )
    push(
        CrimeResolved(
            game_id=over.game.id,
            crime=case.action.code,
            succeeded=case.succeeded,
            seen=settled.sight.seen,
            dollars=given.dollars,
            wanted=given.wanted,
            jailed_until=given.jailed_until,
        ),
        to=who.id,
    )


def _keep_accounts(
    game: ActionDeckSession, who: Participant, settled: Settled, at: datetime
) -> None:
    """The accounts of those who told the law, and of players who may."""
    case = settled.case
    # What a failure has brought already no report brings again.
    levels = case.action.risk.wanted if case.free else 0
    pending = Pending(wanted=levels, bounty=case.bounty, faction=case.faction)
    about = {
        "crime_id": str(game.id),
        "character_id": who.id,
        "description": f"{who.name}: {case.action.name}",
        "occurred_at": at,
        "crime_name": case.action.code,
        "location_id": who.location_id,
    }
    for npc in settled.seen.telling:
        _insert(
            WitnessAccount(
                **about,
                witness_npc_id=npc.id,
                reported_to_law=True,
                status=AccountStatus.REPORTED,
            )
        )
    for player in settled.seen.players:
        _insert(
            WitnessAccount(
                **about,
                witness_character_id=player.id,
                status=AccountStatus.OPEN,
                pending=pending,
                expires_at=at + rules.REPORTED_WITHIN,
            )
        )
        notify(player.id, WITNESSED, name=who.name, crime=case.action.name)


def _insert(account: WitnessAccount) -> None:
    stage(StagedInsert(WitnessAccount.collection_name(), account.to_mongo()))


def _keep_law(game: ActionDeckSession, settled: Settled, learned: Mapping[str, int]) -> None:
    """What the law made of it, with the result that the game has left.

    Outcomes: changed; the result is there, as it was staged before.
    """
    case, given = settled.case, settled.given
    law: dict[str, Any] = {
        "seenPercent": settled.sight.percent,
        "roll": settled.sight.roll,
        "seen": settled.sight.seen,
        "known": case.knows,
        "wanted": given.wanted,
        "bounty": case.bounty if case.knows else 0,
        "minutes": given.jail_minutes,
        "moral": given.moral,
        "learned": {name: xp for name, xp in learned.items() if xp},
    }
    stage(
        StagedUpdate(
            ActionResult.collection_name(),
            {"_id": game.id},
            {"$set": {"result.law": law}},
            otherwise=Contention(retry_after=1),
        )
    )
