"""What bots do as hunters, and whom they have hunted."""

from __future__ import annotations

from desperados.crime.hunting import contracts, hunts, queries
from desperados.crime.hunting.documents import BountyHuntStatus
from desperados.crime.hunting.trails import Way
from desperados.crime.hunting.views import LawContractView
from desperados.engine.manifest.bots import Arguments, Bot, Player, now_and_then, one_of


async def _contract(me: Player) -> LawContractView | None:
    """The contract of a player that runs."""
    found = (await queries.my_contracts(me.character, limit=1)).items
    return next((it for it in found if it.status is BountyHuntStatus.ACTIVE), None)


async def _start(me: Player) -> Arguments | None:
    if await _contract(me) is not None:
        return None
    outlaw = one_of(await queries.list_outlaws())
    return {"target": outlaw.target} if outlaw is not None else None


async def _track(me: Player) -> Arguments | None:
    return {} if await _contract(me) is not None else None


async def _confront(me: Player) -> Arguments | None:
    contract = await _contract(me)
    if contract is None or (contract.progress < 75 and not now_and_then(5)):
        return None
    return {"way": one_of(list(Way))}


async def _abandon(me: Player) -> Arguments | None:
    return {} if now_and_then(5) and await _contract(me) is not None else None


async def _hire(me: Player) -> Arguments | None:
    hunter = one_of([it for it in await queries.list_hunters() if it.price is not None])
    prey = one_of(me.others()) if now_and_then(30) else None
    if hunter is None or prey is None:
        return None
    return {"hunter": hunter.hunter, "target_id": prey.character}


async def _call_off(me: Player) -> Arguments | None:
    mine = (await queries.my_hunts(me.character)).items
    hunt = one_of([it for it in mine if it.status is BountyHuntStatus.ACTIVE])
    return {"hunt_id": hunt.id} if hunt is not None and now_and_then(20) else None


BOTS = (
    Bot(contracts.start_contract, _start),
    Bot(contracts.track_target, _track),
    Bot(contracts.confront_target, _confront),
    Bot(contracts.abandon_contract, _abandon),
    Bot(hunts.hire_hunter, _hire),
    Bot(hunts.cancel_hire, _call_off),
)
