"""What comes of a fight against a boss, for each who took part, once.

Of a victory the dollars are drawn once and shared by damage; what else the boss leaves is drawn for
each who has earned it, from the seed of the fight after its last card, and the first victory of a
character brings more. The fallen of a party that has won are carried off by the others. Who loses
is defeated as in any fight (``play.fate``).

Who fled is let go in the round in which it fled (``let_go``), and has no part in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bson import ObjectId

from desperados.characters.happenings import Happened, note
from desperados.characters.notices import notify
from desperados.characters.participant import Participant, find_participants
from desperados.combat.bosses import rules
from desperados.combat.bosses.catalogue import Foe, look_for
from desperados.combat.bosses.documents import BossEncounter, BossRecord
from desperados.combat.bosses.events import BEATEN, LOST, BossEnded
from desperados.combat.bosses.fights import how_they_fought
from desperados.combat.bosses.rules import Fought
from desperados.combat.fights.rules import BOSS_SCAR_PERCENT, PARTS
from desperados.combat.fights.settling import FEATS
from desperados.deck.collection.decks import all_specials, change_deck, drawn
from desperados.deck.hands import Strength
from desperados.engine import dice
from desperados.engine.dice import Luck
from desperados.engine.errors import Contention
from desperados.engine.live.events import push
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.ledger.items.sources import ItemSource
from desperados.ledger.money.sources import Source
from desperados.play.outcome import NOTHING, Deed, Defeat, DefeatKind, Outcome, Scar, Share
from desperados.play.rewards import draw
from desperados.play.seeds import draws_of
from desperados.play.settle import settle
from desperados.play.shapes.games import is_there
from desperados.play.shapes.rules import Verdict
from desperados.play.views import Given

FIGHT = Deed(name="boss", income=Source.COMBAT_REWARD, found=ItemSource.COMBAT_LOOT)
PURPOSE = "boss"
DANGER = 5
"""Of a defeat by a boss, in percent."""
FLED = ("fled_fight",)
"""What fleeing from the others weighs, by the table of conduct."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of a party at the end: its seat, how it fought, and what comes of that. A first victory
    brings a special ``card``, if there are any."""

    seat: int
    who: Participant
    fought: Fought
    outcome: Outcome
    first: bool = False
    card: str | None = None


async def settle_boss(game: BossEncounter, verdict: Verdict) -> None:
    """Draw the consequences of a fight that is over; the purpose that its game was opened with.

    Of who has left the world nothing comes. Where the boss is in no content any more it leaves
    nothing.
    """
    party = [Fought(**one) for one in verdict.facts["party"]]
    victory = verdict.status == "victory"
    boss = await look_for(game.boss_id)
    seats = {
        seat.character_id: number
        for number, seat in enumerate(game.seats)
        if number not in game.left
    }
    people = await find_participants(seats)
    beaten_before = await _beaten_before(game.boss_id, people)
    luck = draws_of(game.seed, game.drawn)
    pot = _pot(boss, luck) if victory and boss is not None else 0
    dollars = rules.dollars_of(pot, party)
    cards = await all_specials() if victory else []
    parts = []
    for who, seat in seats.items():
        if who not in people:
            continue
        person, fought = people[who], party[seat]
        part = Part(seat, person, fought, _away(person, fought))
        if boss is not None and is_there(person) and not fought.fled:
            part = (
                _won(part, boss, party, dollars, luck, first=who not in beaten_before)
                if victory
                else _lost(part, boss, luck)
            )
        if part.first and (card := drawn(cards, luck)) is not None:
            part = replace(part, card=card.code)
        parts.append(part)
    await _carry_out(game, boss, parts, victory=victory, rounds=int(verdict.facts["rounds"]))


async def let_go(game: BossEncounter) -> None:
    """Let those go who fled in a fight that goes on; called in the transaction of each touch.

    Outcomes of the update: noted; a write conflict, when another touch notes the same (the
    transaction runs again, and finds it done).
    """
    if game.settled_at is not None:
        return
    fled = {
        game.seats[seat].character_id: seat
        for seat, member in enumerate(game.battle["members"])
        if member["out"] == "fled" and seat not in game.left
    }
    if not fled:
        return
    party = [Fought(**one) for one in how_they_fought(game.battle)]
    people = await find_participants(fled)
    parts = [
        Part(fled[who], person, party[fled[who]], _away(person, party[fled[who]]))
        for who, person in people.items()
    ]
    await _carry_out(game, await look_for(game.boss_id), parts, victory=False, rounds=0)
    stage(
        StagedUpdate(
            BossEncounter.collection_name(),
            {"_id": game.id},
            {"$addToSet": {"left": {"$each": sorted(fled.values())}}},
            otherwise=Contention(retry_after=1),
        )
    )


def _pot(boss: Foe, luck: Luck) -> int:
    return draw(boss.details.reward, luck).dollars


def _away(person: Participant, fought: Fought) -> Outcome:
    """What comes of it by itself: the wounds stay, and one point of health to who is not defeated;
    and who has left the others is known for it. The dead feel nothing any more."""
    if person.dead:
        return NOTHING
    health = max(-fought.lost, 1 - person.health.value)
    return Outcome(health=health, conduct=FLED if fought.fled else ())


def _won(
    part: Part,
    boss: Foe,
    party: list[Fought],
    dollars: Mapping[int, int],
    luck: Luck,
    *,
    first: bool,
) -> Part:
    """What one of those who have won gets. Who has earned no part of it gets a little experience,
    and its first victory is still to come."""
    left = draw(boss.details.reward, luck)
    xp = rules.xp_of(left.xp, party, part.seat)
    combat_xp = rules.xp_of(left.combat_xp, party, part.seat)
    if part.seat not in dollars:
        return replace(part, outcome=replace(part.outcome, xp=xp, combat_xp=combat_xp))
    outcome = replace(
        left,
        dollars=dollars[part.seat],
        xp=xp,
        combat_xp=combat_xp,
        health=part.outcome.health,
    )
    if first:
        more = draw(boss.details.first_reward, luck)
        outcome = replace(
            outcome,
            dollars=outcome.dollars + more.dollars,
            xp=outcome.xp + more.xp,
            items=(*outcome.items, *more.items),
            titles=(*outcome.titles, *more.titles),
        )
    return replace(part, outcome=outcome, first=first)


def _lost(part: Part, boss: Foe, luck: Luck) -> Part:
    """What becomes of one who has lost."""
    scarred = luck.randint(1, 100) <= BOSS_SCAR_PERCENT
    fallen = Defeat(
        kind=DefeatKind.COMBAT, danger=DANGER, opponent_level=boss.level, cause=boss.name
    )
    scars = (Scar("wound", luck.choice(PARTS), boss.name),) if scarred else ()
    return replace(part, outcome=replace(part.outcome, defeat=fallen, scars=scars))


async def _beaten_before(boss: str, people: Iterable[ObjectId]) -> set[ObjectId]:
    """Who has had the reward of its first victory over a boss."""
    wanted = list(people)
    records = await BossRecord.load_many(
        {"characterId": {"$in": wanted}, "bossId": boss}, limit=max(1, len(wanted))
    )
    return {record.character_id for record in records if record.first_victory_at is not None}


async def _carry_out(
    game: BossEncounter, boss: Foe | None, parts: list[Part], *, victory: bool, rounds: int
) -> None:
    """Settle what comes of it, and write, note and tell it."""
    if not parts:
        return
    shares = [Share(part.who, part.outcome, ends=_is_busy_with(part.who, game)) for part in parts]
    given = await settle(FIGHT, *shares, reference=game.id)
    for part, got in zip(parts, given, strict=True):
        won = victory and not part.fought.fled
        ready_at = part.who.at + (boss.respawn if won and boss is not None else rules.AFTER_DEFEAT)
        _record(game, part, won=won, rounds=rounds, ready_at=ready_at)
        if part.card is not None:
            change_deck(part.who.id, more={f"owned.{part.card}": 1})
        note(
            part.who,
            Happened.FIGHT_ENDED,
            *_tags(part.fought, won=won),
            target=f"boss:{game.boss_id}",
            amount=part.fought.damage,
            rank=boss.level if boss is not None else 0,
            reference=game.id,
        )
        _tell(game, boss, part, got, won=won)


def _tags(fought: Fought, *, won: bool) -> list[str]:
    tags = ["boss", "fled" if fought.fled else "won" if won else "lost"]
    if won and not fought.taken:
        tags.append("flawless")
    if fought.best in FEATS:
        tags.append(FEATS[Strength(fought.best)])
    return tags


def _is_busy_with(person: Participant, game: BossEncounter) -> bool:
    """Whether the fight is what keeps somebody busy; the slot of one that was found late may be
    over by its date."""
    return person.occupation is None or person.occupation.id == game.id


def _record(game: BossEncounter, part: Part, *, won: bool, rounds: int, ready_at: datetime) -> None:
    """Stage what the character has made of the boss. A character is in one fight at a time, so
    nobody else writes its row now."""
    ending = "fled" if part.fought.fled else "victories" if won else "defeats"
    change: dict[str, dict[str, object]] = {
        "$inc": {"fights": 1, ending: 1},
        "$max": {"bestDamage": part.fought.damage},
        "$set": {"lastFightAt": part.who.at, "readyAt": ready_at},
        "$setOnInsert": {"_id": dice.new_id()},
    }
    if won:
        change["$min"] = {"fewestRounds": rounds}
    if part.first:
        change["$set"]["firstVictoryAt"] = part.who.at
    stage(
        StagedUpdate(
            BossRecord.collection_name(),
            {"characterId": part.who.id, "bossId": game.boss_id},
            change,
            otherwise=Contention(retry_after=1),
            upsert=True,
        )
    )


def _tell(game: BossEncounter, boss: Foe | None, part: Part, got: Given, *, won: bool) -> None:
    name = boss.name if boss is not None else game.boss_id
    push(
        BossEnded(
            fight_id=game.id,
            boss=game.boss_id,
            victory=won,
            dollars=got.dollars,
            xp=got.xp,
            first=part.first,
            card=part.card,
        ),
        to=part.who.id,
    )
    if won:
        notify(part.who.id, BEATEN, boss=name, dollars=got.dollars, xp=got.xp, fight_id=game.id)
    elif not part.fought.fled:
        notify(part.who.id, LOST, boss=name, fight_id=game.id)
