"""What players do about what they saw, and those about it whom they saw.

A report, a bribe and a threat meet at the account: one of them is heard. What a report adds goes
through the settlement of the one who was seen, like the crime itself.
"""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from desperados.characters.actor import refuse_banned
from desperados.characters.notices.writing import notify
from desperados.characters.participant import Participant, load_participants
from desperados.characters.rules import SkillGroup
from desperados.crime.attempts import rules
from desperados.crime.attempts.views import (
    ReportView,
    SilenceMethod,
    SilenceView,
)
from desperados.crime.documents import AccountStatus, WitnessAccount
from desperados.crime.errors import NotThere, OneOfUs, SightingClosed, SightingNotFound
from desperados.crime.events import HUSHED, REPORTED
from desperados.engine import clock, dice
from desperados.engine.commands import command
from desperados.engine.errors import Contention
from desperados.engine.staging import StagedUpdate
from desperados.engine.transactions import stage
from desperados.law.consequences import THE_LAW, LawBounty
from desperados.law.errors import NotAtOffice
from desperados.law.jails import office_at
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.settle import settle

REPORT = Deed(name="report_crime")
THREAT = Deed(name="silence_witness")


@command(queue="actor")
async def report_crime(
    actor: ObjectId, sighting_id: ObjectId, *, key: str | None = None
) -> ReportView:
    """Tell the law at a sheriff's office what one saw, within a day: who did it is wanted for it,
    and has a price on the head.

    Raises:
        SightingNotFound: the character saw nothing of the kind.
        SightingClosed: it was told or kept quiet, or a day is over.
        NotAtOffice: there is no sheriff's office where the character is.
        OneOfUs: it is about a character of the same player, or of the own gang.
        CharacterUnavailable: the character is dead, in jail, or busy with something else.
        CharacterNotFound: there is no such character, or who did it has left the world.
        KeyReused: the key was used with another request.
    """
    account = await _open_account({"_id": sighting_id, "witnessCharacterId": actor})
    people = await load_participants([actor, account.character_id])
    witness, culprit = people[actor], people[account.character_id]
    witness.must_be_free()
    same_gang = witness.gang_id is not None and witness.gang_id == culprit.gang_id
    if witness.user_id == culprit.user_id or same_gang:
        raise OneOfUs()
    if await office_at(witness.location_id) is None:
        raise NotAtOffice()
    wanted, bounty = await _tell_the_law(account, culprit, witness)
    return ReportView(sighting_id=account.id, wanted=wanted, bounty=bounty)


async def _tell_the_law(
    account: WitnessAccount, culprit: Participant, witness: Participant
) -> tuple[int, int]:
    """Settle what an account adds; returns the levels and the dollars that it does."""
    pending = account.pending
    assert pending is not None
    charged = Outcome() if culprit.dead else _charges(account)
    told = Share(witness, Outcome(conduct=("report_crime",)))
    await settle(REPORT, told, Share(culprit, charged), reference=account.id)
    _close(account, AccountStatus.REPORTED, reportedToLaw=True)
    notify(culprit.id, REPORTED, levels=pending.wanted, dollars=pending.bounty)
    return pending.wanted, pending.bounty


def _charges(account: WitnessAccount) -> Outcome:
    """What an account brings upon who it is about."""
    assert account.pending is not None
    pending = account.pending
    price = LawBounty(pending.faction or THE_LAW, pending.bounty, account.crime_name)
    return Outcome(wanted=pending.wanted, bounty=price if pending.bounty else None)


@command(queue="actor")
async def silence_witness(
    actor: ObjectId, sighting_id: ObjectId, method: SilenceMethod, *, key: str | None = None
) -> SilenceView:
    """See to it that a player does not tell what it saw one do.

    A bribe is half of what would come to the head (25 dollars at least), and goes to the witness. A
    threat takes 10 energy, at the witness's place; in 40 of 100 cases it helps, in more with
    cunning, and if it does not the witness tells at once.

    Raises:
        SightingNotFound: nobody saw the character do this.
        SightingClosed: it was told or kept quiet, or a day is over.
        NotThere: they are at different places.
        NotEnoughEnergy: the character has less than a threat costs.
        InsufficientFunds: it carries less than the bribe.
        TooNew: it is younger than 24 hours (in production).
        TradeLocked: the staff bar the character from trade.
        CharacterUnavailable: the character is dead or held, or the witness is dead or banned.
        CharacterNotFound: there is no such character, or the witness has left the world.
        KeyReused: the key was used with another request.
    """
    account = await _open_account({"_id": sighting_id, "characterId": actor})
    assert account.witness_character_id is not None
    people = await load_participants([actor, account.witness_character_id])
    culprit, witness = people[actor], people[account.witness_character_id]
    culprit.must_be_free()
    if method is SilenceMethod.BRIBE:
        return await _bribe(account, culprit, witness)
    if witness.location_id != culprit.location_id:
        raise NotThere()
    cunning = culprit.power(SkillGroup.CUNNING)
    chance = rules.threat_chance(cunning)
    quiet = dice.roll(100) <= chance
    if quiet:
        await settle(THREAT, Share(culprit, cost=Cost(energy=rules.THREAT_ENERGY)))
        _close(account, AccountStatus.SILENCED)
        return SilenceView(sighting_id=account.id, quiet=True, paid=0, chance=chance)
    await _fail(account, culprit)
    return SilenceView(sighting_id=account.id, quiet=False, paid=0, chance=chance)


async def _fail(account: WitnessAccount, culprit: Participant) -> None:
    """A threat that did not help: the energy is gone, and the law knows."""
    outcome = _charges(account)
    await settle(
        THREAT, Share(culprit, outcome, Cost(energy=rules.THREAT_ENERGY)), reference=account.id
    )
    _close(account, AccountStatus.REPORTED, reportedToLaw=True)


async def _bribe(
    account: WitnessAccount, culprit: Participant, witness: Participant
) -> SilenceView:
    culprit.must_be_able_to_give()
    witness.must_be_alive()
    await refuse_banned({"sightingId": witness})
    assert account.pending is not None
    dollars = rules.hush_money(account.pending.bounty)
    movements = ledger.move(
        wallet(culprit.id),
        wallet(witness.id),
        Currency.DOLLARS,
        dollars,
        Source.HUSH_MONEY,
        account.id,
    )
    await settle(
        THREAT,
        Share(culprit, Outcome(conduct=("bribe",))),
        reference=account.id,
        movements=movements,
    )
    _close(account, AccountStatus.SILENCED)
    notify(witness.id, HUSHED, name=culprit.name, dollars=dollars)
    return SilenceView(sighting_id=account.id, quiet=True, paid=dollars, chance=100)


async def _open_account(where: dict[str, Any]) -> WitnessAccount:
    account = await WitnessAccount.load_one(where)
    if account is None or account.witness_character_id is None:
        raise SightingNotFound()
    over = account.expires_at is None or account.expires_at <= clock.now()
    if account.status is not AccountStatus.OPEN or account.pending is None or over:
        raise SightingClosed(status=account.status)
    return account


def _close(account: WitnessAccount, status: AccountStatus, **more: Any) -> None:
    """Stage the end of an account.

    Outcomes: closed; not found or a write conflict, when it was told or kept quiet at this moment
    (the transaction runs again).
    """
    stage(
        StagedUpdate(
            WitnessAccount.collection_name(),
            {"_id": account.id, "status": AccountStatus.OPEN.value},
            {"$set": {"status": status.value, **more}},
            otherwise=Contention(retry_after=1),
        )
    )


@command
async def expire_sighting(sighting_id: ObjectId) -> None:
    """Close an account that nobody told in time; for the job. It does nothing where that was
    done."""
    account = await WitnessAccount.load_one({"_id": sighting_id})
    if account is None or account.status is not AccountStatus.OPEN:
        return
    if account.expires_at is not None and account.expires_at <= clock.now():
        _close(account, AccountStatus.EXPIRED)
