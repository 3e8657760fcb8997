"""What a prisoner does: breaks out, bribes, works, talks.

Each costs energy or money, whatever comes of it, and can be tried again after a while. The sentence
changes in the settlement of the deed, in the same update of the character as everything else.
"""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field

from desperados.characters.happenings import Happened, note
from desperados.crime.errors import BribeTooSmall, NoMoreEscapes, NoMoreLabour
from desperados.crime.jail import rules
from desperados.crime.jail.inmates import Inmate, load_inmate
from desperados.crime.jail.views import EscapeView, JailerView, LabourView
from desperados.crime.recording import keep
from desperados.deck.documents import ActionResult, Suit
from desperados.deck.hands import deal, skill_for
from desperados.engine import dice
from desperados.engine.commands import command
from desperados.engine.staging import StagedInsert
from desperados.engine.transactions import stage
from desperados.law.consequences import Sentence
from desperados.law.documents import SentenceStatus
from desperados.law.rules import Cause
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.errors import InsufficientFunds
from desperados.ledger.money.rules import check_amount
from desperados.ledger.money.sources import Source
from desperados.play.outcome import Cost, Deed, Outcome, Share
from desperados.play.seeds import new_seed
from desperados.play.settle import settle

ESCAPE = Deed(name="escape")
BRIBE = Deed(name="bribe", spending=Source.BRIBE)
LABOUR = Deed(name="prison_labour", income=Source.JOB_WAGE)
TALK = Deed(name="socialize")

BribeMoney = Annotated[int, Field(ge=1, examples=[400])]


@command(queue="actor")
async def attempt_escape(actor: ObjectId, *, key: str | None = None) -> EscapeView:
    """Try to break out of jail: 20 energy, three times in a sentence, two hours apart.

    One hand of spades decides. Who gets out is wanted for one level more, from this moment; who
    does not sits 45 minutes longer, and is not let go for money any more.

    Raises:
        NotJailed: the character serves no sentence.
        NoMoreEscapes: it has tried three times.
        RateLimited: it tried less than two hours ago.
        NotEnoughEnergy: it has less than it costs.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    inmate = await load_inmate(actor, rules.ESCAPES)
    if inmate.serving.escapes >= rules.MOST_ESCAPES:
        raise NoMoreEscapes(most=rules.MOST_ESCAPES)
    inmate.usage.use(rules.ESCAPES, actor)
    skill = rules.escape_skill(skill_for(inmate.person, Suit.SPADES), inmate.record)
    seed = new_seed().secret
    hand = deal(seed, skill, Suit.SPADES)
    out = hand.effectiveness >= rules.ESCAPE_TARGET
    outcome = (
        Outcome(freed=SentenceStatus.ESCAPED, wanted=1, conduct=("break_jail",))
        if out
        else Outcome(jail=Sentence(Cause.FAILED_ESCAPE))
    )
    (given,) = await settle(ESCAPE, Share(inmate.person, outcome, Cost(energy=rules.ESCAPE_ENERGY)))
    inmate.usage.write()
    inmate.count("escapeAttempts")
    assert given.wanted is not None
    view = EscapeView(
        escaped=out,
        cards=[card.code for card in hand.cards],
        strength=hand.strength,
        effectiveness=hand.effectiveness,
        target=rules.ESCAPE_TARGET,
        skill=skill,
        seed=seed,
        energy_spent=given.energy_spent,
        wanted=given.wanted,
        jailed_until=given.jailed_until,
    )
    _keep_result(inmate, view)
    return view


def _keep_result(inmate: Inmate, view: EscapeView) -> None:
    row = {
        "_id": dice.new_id(),
        "characterId": inmate.person.id,
        "actionId": "escape",
        "result": {"purpose": "escape", **view.model_dump(mode="json", by_alias=True)},
        "performedAt": inmate.at,
        **ActionResult.first_extras,
    }
    stage(StagedInsert(ActionResult.collection_name(), row))


@command(queue="actor")
async def bribe_jailer(
    actor: ObjectId, amount: BribeMoney, *, key: str | None = None
) -> JailerView:
    """Offer the jailer money: 10 dollars for each minute that is left, or more.

    For the least he looks away in 30 of 100 cases, and in 15 more each time that is offered over
    again, 90 at most. If he does not he keeps half of it (rounded up). Once in 45 minutes.

    Raises:
        NotJailed: the character serves no sentence.
        BribeTooSmall: it is less than a jailer takes.
        InvalidAmount: the amount is no amount of dollars.
        InsufficientFunds: the character carries less than it offers.
        RateLimited: it offered something less than 45 minutes ago.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    amount = check_amount(amount, Currency.DOLLARS)
    inmate = await load_inmate(actor, rules.BRIBES)
    least = inmate.least_bribe
    if amount < least:
        raise BribeTooSmall(path="amount", least=least)
    if inmate.person.dollars < amount:
        raise InsufficientFunds(have=inmate.person.dollars, need=amount)
    inmate.usage.use(rules.BRIBES, actor)
    chance = rules.bribe_chance(amount, least)
    free = dice.roll(100) <= chance
    paid = amount if free else rules.lost_bribe(amount)
    outcome = Outcome(freed=SentenceStatus.BRIBED if free else None, conduct=("bribe",))
    (given,) = await settle(
        BRIBE,
        Share(inmate.person, outcome, Cost(dollars=paid)),
        reference=inmate.serving.id,
    )
    inmate.usage.write()
    until = given.jailed_until if free else inmate.serving.ends_at
    return JailerView(free=free, paid=paid, chance=chance, jailed_until=until)


@command(queue="actor")
async def prison_labour(actor: ObjectId, *, key: str | None = None) -> LabourView:
    """Work in jail: 10 energy for some dollars, some experience, and five minutes less. Once in
    half an hour, twenty times in a sentence.

    Raises:
        NotJailed: the character serves no sentence.
        NoMoreLabour: it has worked twenty times in this sentence.
        RateLimited: it worked less than half an hour ago.
        NotEnoughEnergy: it has less than it costs.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    inmate = await load_inmate(actor, rules.LABOURS)
    if inmate.serving.labours >= rules.MOST_LABOUR:
        raise NoMoreLabour(most=rules.MOST_LABOUR)
    inmate.usage.use(rules.LABOURS, actor)
    outcome = Outcome(
        dollars=dice.between(*rules.LABOUR_PAY),
        xp=dice.between(*rules.LABOUR_XP),
        remission=rules.LABOUR_REMISSION,
    )
    (given,) = await settle(
        LABOUR,
        Share(inmate.person, outcome, Cost(energy=rules.LABOUR_ENERGY)),
        reference=inmate.serving.id,
    )
    inmate.usage.write()
    inmate.count("labours")
    note(inmate.person, Happened.WORK_DONE, "labour", amount=given.dollars)
    return LabourView(
        dollars=given.dollars,
        xp=given.xp,
        learned={},
        energy_spent=given.energy_spent,
        jailed_until=given.jailed_until,
    )


@command(queue="actor")
async def socialize(actor: ObjectId, *, key: str | None = None) -> LabourView:
    """Talk with the other prisoners: 5 energy, a minute less, and now and then something of a trade
    that is not taught elsewhere. Once in half an hour.

    Raises:
        NotJailed: the character serves no sentence.
        RateLimited: it talked less than half an hour ago.
        NotEnoughEnergy: it has less than it costs.
        CharacterUnavailable: the character is dead.
        CharacterNotFound: there is no such character.
        KeyReused: the key was used with another request.
    """
    inmate = await load_inmate(actor, rules.TALKS)
    inmate.usage.use(rules.TALKS, actor)
    skill = rules.tip(dice.source())
    outcome = Outcome(remission=rules.TALK_REMISSION)
    (given,) = await settle(
        TALK,
        Share(inmate.person, outcome, Cost(energy=rules.TALK_ENERGY)),
        reference=inmate.serving.id,
    )
    inmate.usage.write()
    learned = {} if skill is None else {skill: rules.TIP_XP}
    if learned:
        keep(actor, inmate.record.learned(learned), inmate.at)
    return LabourView(
        dollars=0,
        xp=0,
        learned=learned,
        energy_spent=given.energy_spent,
        jailed_until=given.jailed_until,
    )
