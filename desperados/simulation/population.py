"""Who plays: accounts and characters that come into the world through its front door."""

from __future__ import annotations

from bson import ObjectId

from desperados import accounts, characters, economy
from desperados.accounts.bots import LOGIN, PASSWORD, TOKENS, new_password
from desperados.accounts.errors import EmailTaken, UsernameTaken
from desperados.accounts.views import AccountView
from desperados.characters.bots import newcomer
from desperados.characters.errors import NameTaken
from desperados.characters.views import CharacterView
from desperados.engine import dice
from desperados.engine.clock import FrozenClock
from desperados.engine.manifest.bots import Player
from desperados.ledger.money.sources import Source
from desperados.simulation.setup import Setup


async def settle(setup: Setup, time: FrozenClock) -> list[Player]:
    """Register so many players, each with a character; one comes every second."""
    company: list[Player] = []
    while len(company) < setup.characters:
        time.advance(seconds=1)
        company.append(await _somebody(setup, company))
    return company


async def _somebody(setup: Setup, company: list[Player]) -> Player:
    password = new_password()
    account = await _register(password)
    pair = await accounts.login(login=account.username, password=password)
    character = await _create(account.id)
    if setup.dollars:
        await economy.earn(character.id, setup.dollars, source=Source.STARTING_GRANT)
    return Player(
        user=account.id,
        caller=await accounts.authenticate(pair.access_token),
        character=character.id,
        name=character.name,
        company=company,
        notes={LOGIN: account.username, PASSWORD: password, TOKENS: pair},
    )


async def _register(password: str) -> AccountView:
    """An account with a name that is free: earlier bots may play in this world, too."""
    while True:
        username = f"bot_{dice.token(5)}"
        try:
            return await accounts.register(
                username=username, email=f"{username}@bots.example", password=password
            )
        except (UsernameTaken, EmailTaken):
            continue


async def _create(user: ObjectId) -> CharacterView:
    while True:
        try:
            return await characters.create(user, **newcomer())
        except NameTaken:
            continue
