"""Characters: creation, deletion, and how they are seen.

Limits: a character that is in a gang or a fight must leave it before it can be deleted. Names of
characters that another application made without a folded name are compared exactly, not by look.
"""

from __future__ import annotations

from typing import Annotated

from bson import ObjectId
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from desperados.accounts.documents import AccountUnlocks, User
from desperados.accounts.errors import UserNotFound
from desperados.accounts.events import AccessChanged
from desperados.characters import rules
from desperados.characters.actor import Actor, load_actor
from desperados.characters.documents import Character, CharacterBackground, SkillProgress
from desperados.characters.errors import (
    CharacterBusy,
    CharacterNotFound,
    ConfirmationMismatch,
    NameTaken,
    SlotLimit,
    TooManyCreations,
    WorldNotSeeded,
)
from desperados.characters.happenings import Happened, note
from desperados.characters.ownership import require_owned as require_owned
from desperados.characters.ownership import take_admitted
from desperados.characters.rules import ALIVE, Faction
from desperados.characters.tallies import new_tally
from desperados.characters.views import CharacterView, PublicProfile
from desperados.engine import clock, dice
from desperados.engine.ambient import current_transaction
from desperados.engine.commands import command
from desperados.engine.game import current_game
from desperados.engine.live.events import push
from desperados.engine.staging import StagedInsert, StagedUpdate
from desperados.engine.storage.collection import find_all
from desperados.engine.storage.paging import read_page
from desperados.engine.transactions import stage
from desperados.engine.views import Cursor, Limit, Page
from desperados.ledger.money import ledger
from desperados.ledger.money.accounts import wallet
from desperados.ledger.money.documents import Currency
from desperados.ledger.money.operations import OperationKind
from desperados.ledger.money.sources import Source
from desperados.world.places import read_place_of

Name = Annotated[
    str,
    Field(
        min_length=rules.NAME_LENGTH[0],
        max_length=rules.NAME_LENGTH[1],
        description="letters, digits, spaces, apostrophes and hyphens; unique by its look",
        examples=["Calamity Jane"],
    ),
]


@command
async def create(
    user: ObjectId,
    *,
    name: Name,
    background: CharacterBackground,
    faction: Faction | None = None,
    key: str | None = None,
) -> CharacterView:
    """Make a character.

    Without a ``faction`` it joins its background's own. It starts in that faction's town with full
    health and energy, 100 dollars (less where the account's earlier characters have spent theirs
    and were deleted), and all 30 skills at level 1, but for the two at level 3 that the background
    taught. An account has two slots, five with all unlocks.

    Raises:
        InvalidName: not 3 to 20 letters, digits, spaces, apostrophes or hyphens, or reserved.
        InvalidInput: no such background or faction.
        NameTaken: another character has this name, or one that looks the same.
        SlotLimit: all slots of the account are in use.
        TooManyCreations: more than five characters in 15 minutes, deleted ones included.
        UserNotFound: there is no such account.
        WorldNotSeeded: the world has no places to start in yet.
        KeyReused: the key was used with another request.
    """
    name = rules.check_name(name)
    await _refuse_lookalike(name)
    background = rules.check_background(background)
    chosen = rules.choose_faction(faction, background)
    place = await _start_location(rules.START_LOCATION[chosen])
    dollars = await _take_slot(user)
    character = _new_character(user, name, background, chosen, place)
    document = character.to_mongo()
    account = wallet(character.id)
    if dollars:
        grant = ledger.mint(account, Currency.DOLLARS, dollars, Source.STARTING_GRANT)
        await ledger.post([grant], OperationKind.CREATION, opened={account: document})
    else:
        stage(StagedInsert(Character.collection_name(), document))
    new_tally(character.id)
    note(Actor.of(document), Happened.LIFE_CHANGED, "created")
    try:
        await _send_writes()
    except DuplicateKeyError:
        raise NameTaken(path="name") from None
    return CharacterView.of(Character.hydrate(document))


async def get(actor: ObjectId) -> CharacterView:
    """A character of yours, with its wallet, condition and skills.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return CharacterView.of(take_admitted(actor) or await _load(actor))


async def list_mine(
    user: ObjectId, *, limit: Limit = 50, after: Cursor | None = None
) -> Page[CharacterView]:
    """The characters of an account, the eldest first; dead ones too, deleted ones not.

    Raises:
        InvalidInput: ``limit`` or ``after`` cannot be used.
    """
    return await read_page(
        Character.collection(),
        {"userId": user, **ALIVE},
        sort="_id",
        limit=limit,
        after=after,
        view=lambda raw: CharacterView.of(Character.hydrate(raw)),
    )


async def public_profile(character: ObjectId) -> PublicProfile:
    """What everybody may know about a character.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted.
    """
    return PublicProfile.of(await _load(character))


@command
async def delete(actor: ObjectId, *, name: Name, key: str | None = None) -> None:
    """Delete a character for good. Repeat its name to confirm.

    Its listings are cancelled, what it carries and keeps in the bank leaves the world, its slot and
    its name are free at once, and nobody sees it any more. Its history in the ledger stays.

    Raises:
        CharacterNotFound: there is no such character, or it was deleted before.
        ConfirmationMismatch: ``name`` is not its name.
        CharacterBusy: it is in a fight, or in a gang that it must leave first.
        TradeLocked: the staff bar the character from trade; what it has stays where they see it.
        HoldsOpen: its money is in a bid, a stake or an investment.
        HasBids: somebody has bid for what it sells.
        DebtsOpen: it owes more than it has.
        ItemLocked: something that it carries is worn or reserved.
        KeyReused: the key was used with another request.
    """
    character = await load_actor(actor)
    if not isinstance(name, str) or rules.fold_name(name) != rules.fold_name(character.name):
        raise ConfirmationMismatch(path="name")
    if character.fighting:
        raise CharacterBusy("Finish the fight first.")
    if character.gang_id is not None:
        raise CharacterBusy("Leave the gang first.")
    character.must_be_unlocked()
    for leave in current_game().leaving():
        await leave(actor)
    await _empty_wallet(character)
    push(AccessChanged(), to=character.user_id)
    note(character, Happened.LIFE_CHANGED, "deleted")
    now = clock.now()
    stage(
        StagedUpdate(
            Character.collection_name(),
            {"_id": actor, **ALIVE},
            {
                # The name index knows no deleted rows: the row gives up its name to free it.
                "$set": {
                    "name": f"deleted {actor}",
                    "formerName": character.name,
                    "deletedAt": now,
                    "updatedAt": now,
                },
                "$unset": {"nameFolded": ""},
            },
            otherwise=CharacterNotFound(),
        )
    )


async def _empty_wallet(character: Actor) -> None:
    """Let the money of a character that is deleted leave the world.

    What leaves with it is free to be given to the account's next one to start with.
    """
    held = await ledger.balances(wallet(character.id))
    if held is None:
        raise CharacterNotFound
    burned = [
        ledger.burn(wallet(character.id), currency, amount, Source.CHARACTER_DELETED)
        for currency, amount in held.items()
        if amount
    ]
    if not burned:
        return
    user = await User.collection().find_one({"_id": character.user_id}, {"startingDollars": 1})
    given = int((user or {}).get("startingDollars") or 0)
    await ledger.post(burned, OperationKind.ESTATE)
    if returned := min(given, held[Currency.DOLLARS]):
        _stage_user(character.user_id, {"startingDollars": -returned})


async def _start_location(location_id: str) -> ObjectId:
    place = await read_place_of(location_id)
    if place is None:
        raise WorldNotSeeded(location=location_id, retry_after=60)
    return place.id


async def _take_slot(user: ObjectId) -> int:
    """Check that one more character is allowed, and see to it that only one creation passes.
    Returns the dollars that it is given to start with.

    Raising the user's counter makes two parallel creations write the same document: the second
    meets a write conflict, runs again and counts the first one's character.
    """
    account = await User.get(user)
    if account is None:
        raise UserNotFound
    now = clock.now()
    recent = await find_all(
        Character.collection(),
        {"userId": user, "createdAt": {"$gt": now - rules.CREATION_WINDOW}},
        projection={"createdAt": 1},
        limit=rules.CREATIONS_PER_WINDOW,
    )
    if len(recent) == rules.CREATIONS_PER_WINDOW:
        free_at = min(row["createdAt"] for row in recent) + rules.CREATION_WINDOW
        raise TooManyCreations(retry_after=max(1, int((free_at - now).total_seconds())))
    unlocks = await AccountUnlocks.load_one({"userId": user})
    slots = rules.slots(unlocks.unlocks if unlocks is not None else ())
    held = await find_all(
        Character.collection(), {"userId": user, **ALIVE}, projection={"_id": 1}, limit=slots
    )
    if len(held) >= slots:
        raise SlotLimit(slots=slots)
    dollars = rules.starting_dollars(slots, account.starting_dollars or 0)
    _stage_user(user, {"charactersCreated": 1, "startingDollars": dollars})
    return dollars


def _stage_user(user: ObjectId, added: dict[str, int]) -> None:
    """Stage what is added to the counters of an account."""
    stage(
        StagedUpdate(
            User.collection_name(), {"_id": user}, {"$inc": added}, otherwise=UserNotFound()
        )
    )


async def _refuse_lookalike(name: str) -> None:
    """Refuse ``WiId Bill`` where there is a ``Wild Bill``.

    What is compared is how names look, case included; the same name in other case is the business
    of the unique index, which also decides between two that come at the same moment.

    Raises:
        NameTaken: another character has a name that looks the same.
    """
    forms = rules.lookalikes(name)
    if len(forms) == 1:
        return
    others = await find_all(
        Character.collection(),
        {"nameFolded": {"$in": forms}},
        projection={"name": 1},
        limit=len(forms),
    )
    if any(rules.look(other["name"]) == rules.look(name) for other in others):
        raise NameTaken(path="name")


def _new_character(
    user: ObjectId,
    name: str,
    background: CharacterBackground,
    faction: Faction,
    place: ObjectId,
) -> Character:
    levels = rules.starting_levels(background)
    health = rules.max_health(levels)
    now = clock.now()
    return Character(
        id=dice.new_id(),
        user_id=user,
        name=name,
        name_folded=rules.fold_name(name),
        background=background,
        faction=faction.value,
        current_location_id=place,
        health=health,
        max_health=health,
        energy=rules.MAX_ENERGY,
        max_energy=rules.MAX_ENERGY,
        energy_at=now,
        health_at=now,
        skills={skill: SkillProgress(level=level) for skill, level in levels.items()},
        ledger_seq={currency.value: 0 for currency in Currency},
        created_at=now,
        updated_at=now,
        last_active=now,
    )


async def _send_writes() -> None:
    """Send what is staged now, so that a refusal can be told apart here."""
    transaction = current_transaction()
    assert transaction is not None
    await transaction.flush()


async def _load(character: ObjectId) -> Character:
    found = await Character.load_one({"_id": character, **ALIVE})
    if found is None:
        raise CharacterNotFound
    return found
