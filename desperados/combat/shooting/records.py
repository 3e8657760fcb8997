"""What is left of a contest: records, titles, places."""

from __future__ import annotations

from desperados.combat.prizes import tell_places
from desperados.combat.shooting import rules
from desperados.combat.shooting.documents import (
    Shooter,
    ShootingContest,
    ShootingPlacement,
    ShootingRecord,
)
from desperados.combat.shooting.events import PLACED, ContestFinished
from desperados.combat.shooting.rules import Fired
from desperados.combat.shooting.stored import change_contest, load_contest, shooters_of, template_of
from desperados.combat.shooting.templates import Template
from desperados.engine import clock, dice
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.play.rewards import draw
from desperados.play.shapes.documents import Contest, Prize


async def ended(contest: Contest) -> None:
    """All prizes are paid: write the records, and honour the winner."""
    found = await load_contest({"_id": contest.ref_id})
    assert found is not None
    template = template_of(found)
    prizes = {prize.character_id: prize for prize in contest.prizes}
    shooters = [one for one in await shooters_of(found) if one.character_id in prizes]
    winners = [prize.character_id for prize in contest.prizes if prize.place == 1]
    honours = {who: draw(template.honours, dice.source()) for who in winners}
    await tell_places(
        contest,
        "shooting",
        PLACED,
        template.name,
        honours=honours,
        target=f"shooting:{template.code}",
    )
    for shooter in shooters:
        prize = prizes[shooter.character_id]
        _record(found, template, shooter, prize)
        done = ContestFinished(contest_id=found.id, place=prize.place, prize=prize.amount)
        push(done, to=shooter.character_id)
    placements = [
        ShootingPlacement(character_id=prize.character_id, place=prize.place, prize=prize.amount)
        for prize in contest.prizes
    ]
    change_contest(
        found,
        {
            "$set": {
                "prizePool": contest.gathered,
                "placements": [placed.to_mongo() for placed in placements],
            }
        },
    )


def _record(found: ShootingContest, template: Template, shooter: Shooter, prize: Prize) -> None:
    """Stage what somebody has reached."""
    number = max(shot.round for shot in shooter.shots)
    last = [
        Fired(shot.hit, shot.points, shot.milliseconds)
        for shot in shooter.shots
        if shot.round == number
    ]
    hits = [shot.milliseconds for shot in shooter.shots if shot.hit]
    titles = template.honours.titles
    record = ShootingRecord(
        id=dice.new_id(),
        character_id=shooter.character_id,
        contest_id=found.id,
        score=rules.mark(last, found.rounds[number - 1].shots, template.scoring).score,
        placement=prize.place,
        contest_type=template.code,
        shots=len(shooter.shots),
        hits=len(hits),
        fastest_ms=min(hits, default=None),
        prize=prize.amount,
        title=titles[0] if titles and prize.place == 1 else None,
        at=clock.now(),
    )
    stage(StagedInsert(ShootingRecord.collection_name(), record.to_mongo()))
