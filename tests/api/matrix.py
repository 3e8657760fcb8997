"""What becomes of every route in every state of who acts: a table in which each cell is decided.

A cell is ``OK`` or the code of the error. ``OK`` is the answer that somebody gets who is in none of
the states: a success, or what the row names as ``usual``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bson import ObjectId

from desperados.engine import clock
from desperados.engine.manifest.routes import MINE, Access
from tests.economy.town import Town


@dataclass
class Cast(Town):
    """The town with accounts: tokens by name, Cole, and more of what routes name by an id."""

    cole: ObjectId
    bobs_name: str
    sack: ObjectId
    operation: ObjectId
    debt: ObjectId
    lobby: ObjectId
    bracket: ObjectId
    match: ObjectId
    shooting: ObjectId
    range: ObjectId
    users: dict[str, str]
    tokens: dict[str, str]
    refresh_tokens: dict[str, str]


OK = "ok"
NEVER = "-"  # cannot come about
UNAVAILABLE, LOCKED, NEW = "character_unavailable", "trade_locked", "too_new"

Cells = Mapping[str, str]


def cells(dead: str, jailed: str, fighting: str, locked: str, young: str) -> Cells:
    """The cells of one row in the states of a character."""
    return {
        "dead": dead, "jailed": jailed, "fighting": fighting, "locked": locked, "young": young
    }  # fmt: skip


# What a route asks of the character.
ANY = cells(OK, OK, OK, OK, OK)  # it looks, or takes back what is its own
LIVING = cells(UNAVAILABLE, OK, OK, LOCKED, OK)  # by letter, with itself
FREE = cells(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, OK, OK)  # in person
TRADE = cells(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, LOCKED, OK)  # with the world, in person
GIVE = cells(UNAVAILABLE, OK, OK, LOCKED, NEW)  # to others, by letter
GIVE_HERE = cells(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, LOCKED, NEW)  # to others, in person
LEAVE = cells(OK, OK, "character_busy", LOCKED, OK)

ALIVE = cells(UNAVAILABLE, OK, OK, OK, OK)  # wherever it is held

GONE, BANNED, SUSPENDED = "character_not_found", "account_banned", "account_suspended"

# What access alone decides: of a character that was deleted, and of accounts.
BY_ACCESS: Mapping[Access, Cells] = {
    Access.PUBLIC: {"deleted": OK, "banned": OK, "suspended": OK, "staff": OK},
    Access.USER: {"deleted": OK, "banned": BANNED, "suspended": SUSPENDED, "staff": OK},
    Access.OWNER: {"deleted": GONE, "banned": BANNED, "suspended": SUSPENDED, "staff": OK},
    # Here somebody of the staff acts, and the states are those of the character that is named.
    Access.MODERATOR: {"deleted": OK, "banned": BANNED, "suspended": SUSPENDED},
    Access.ADMIN: {"deleted": OK, "banned": BANNED, "suspended": SUSPENDED},
}


def nothing(_cast: Cast) -> Mapping[str, Any]:
    """Nothing is sent."""
    return {}


@dataclass(frozen=True)
class Row:
    """One route. ``who`` acts with ``sends`` as its body, or in the query of what has no body;
    ``names`` are what the path names. ``other`` decides cells that access does not."""

    kind: Cells = field(default_factory=lambda: ANY)
    who: str = "ann"
    sends: Callable[[Cast], Mapping[str, Any]] = nothing
    names: Callable[[Cast], Mapping[str, Any]] = nothing
    usual: str = OK
    other: Cells = field(default_factory=dict)


def soon() -> str:
    """A moment to come."""
    return (clock.now() + timedelta(hours=3)).isoformat()


REASON = {"reason": "for the matrix"}
PASSWORD = "Six-shooter-1876"
OF_A_CHARACTER: Cells = {"deleted": GONE}

LOOKS = (
    "", "balance", "history", "wealth-tax", "vault", "vault/history", "exchange/trades",
    "investments", "investments/{investmentId}", "debts", "rewards", "market/listings",
    "market/listings/{listingId}", "market/bids", "market/purchases", "market/sales", "shops",
    "shops/{shop}", "merchants",
    "merchants/here", "trades/opened", "trades/received", "trades/{tradeId}", "inventory",
    "inventory/capacity", "inventory/unique", "inventory/history", "inventory/pending",
    "notices", "notices/unread", "notices/preferences",
    "questions", "offers/made", "offers/received", "exits", "jobs", "work", "rests", "secrets",
    "law", "standings", "standings/history", "reputation",
    "achievements", "actions", "actions/results", "deck", "deck/record",
    "bosses", "bosses/log", "boss-fights",
    "duels", "duels/limits", "duels/open", "duels/record", "foes", "fights", "scars",
    "legends", "legends/here", "world-bosses",
)  # fmt: skip

ROWS: dict[str, Row] = {
    # Accounts: no character takes part.
    "POST /accounts": Row(
        sends=lambda c: {"username": "newcomer", "email": "n@example.org", "password": PASSWORD}
    ),
    "POST /sessions": Row(
        sends=lambda c: {"login": "annie", "password": PASSWORD},
        other={"banned": BANNED, "suspended": SUSPENDED},
    ),
    "POST /sessions/refresh": Row(
        sends=lambda c: {"refreshToken": c.refresh_tokens["ann"]},
        other={"banned": BANNED, "suspended": SUSPENDED},
    ),
    "POST /sessions/revocation": Row(sends=lambda c: {"refreshToken": c.refresh_tokens["ann"]}),
    "GET /account": Row(),
    "PUT /account/password": Row(
        sends=lambda c: {"currentPassword": PASSWORD, "newPassword": "Seven-shooter-1877"}
    ),
    "GET /sessions": Row(),
    "DELETE /sessions": Row(),
    "DELETE /sessions/current": Row(),
    "DELETE /sessions/{sessionId}": Row(usual="session_not_found"),
    "POST /characters": Row(sends=lambda c: {"name": "Another One", "background": "drifter"}),
    "GET /characters": Row(),
    # What is one's own
    **{f"GET {MINE}/{path}".removesuffix("/"): Row() for path in LOOKS},
    f"GET {MINE}/events": Row(usual="upgrade_needed"),
    f"POST {MINE}/notices/read": Row(),
    f"DELETE {MINE}/notices/read": Row(),
    f"PUT {MINE}/notices/preferences": Row(sends=lambda c: {"muted": ["MARKET"]}),
    f"POST {MINE}/notices/{{noticeId}}/read": Row(usual="notice_not_found"),
    f"DELETE {MINE}/notices/{{noticeId}}": Row(usual="notice_not_found"),
    f"GET {MINE}/merchants/{{merchant}}/wares": Row(FREE),
    f"GET {MINE}/ground": Row(FREE),
    f"DELETE {MINE}": Row(LEAVE, "bob", lambda c: {"name": c.bobs_name}),
    f"POST {MINE}/investments/{{investmentId}}/redemption": Row(),
    f"POST {MINE}/rewards/{{rewardId}}/claim": Row(),
    f"DELETE {MINE}/market/listings/{{listingId}}": Row(),
    f"DELETE {MINE}/trades/{{tradeId}}": Row(),
    # Nothing is asked or offered in this town: whose it is, is looked at first.
    f"POST {MINE}/questions/{{questionId}}/answers": Row(
        sends=lambda c: {"option": "run"},
        names=lambda c: {"questionId": c.trade},
        usual="question_not_found",
    ),
    **{
        f"{method} {MINE}/offers/{{offerId}}{path}": Row(
            names=lambda c: {"offerId": c.trade}, usual="offer_not_found"
        )
        for method, path in (("POST", "/acceptance"), ("POST", "/refusal"), ("DELETE", ""))
    },
    f"POST {MINE}/inventory/pending/{{rewardId}}/claim": Row(
        FREE, names=lambda c: {"rewardId": c.sack}
    ),
    f"POST {MINE}/ground/{{groundItemId}}/pick-up": Row(FREE),
    f"POST {MINE}/vault": Row(FREE, "bob"),
    f"PUT {MINE}/vault/tier": Row(FREE, sends=lambda c: {"tier": "silver"}),
    f"POST {MINE}/vault/withdrawals": Row(FREE, sends=lambda c: {"amount": 5}),
    # No duel is open in this town: whose it is, is looked at first.
    f"POST {MINE}/duels": Row(FREE, sends=lambda c: {"opponentId": str(c.bob)}),
    f"GET {MINE}/duels/{{duelId}}": Row(
        names=lambda c: {"duelId": c.trade}, usual="duel_not_found"
    ),
    **{
        f"{method} {MINE}/duels/{{duelId}}{path}": Row(
            names=lambda c: {"duelId": c.trade}, usual="duel_not_found"
        )
        for method, path in (("POST", "/acceptance"), ("POST", "/refusal"), ("DELETE", ""))
    },
    f"POST {MINE}/duels/{{duelId}}/moves": Row(
        sends=lambda c: {"move": "draw", "version": 1, "cards": [0]},
        names=lambda c: {"duelId": c.trade},
        usual="game_not_found",
    ),
    # With the world
    f"POST {MINE}/vault/deposits": Row(TRADE, sends=lambda c: {"amount": 5}),
    f"POST {MINE}/exchange/purchases": Row(TRADE, sends=lambda c: {"metal": "silver", "units": 1}),
    f"POST {MINE}/exchange/sales": Row(TRADE, sends=lambda c: {"metal": "gold", "units": 1}),
    f"POST {MINE}/investments": Row(
        LIVING, sends=lambda c: {"productType": "treasury_bond", "amount": 100}
    ),
    f"POST {MINE}/shops/{{shop}}/purchases": Row(
        TRADE, sends=lambda c: {"item": "whiskey", "quantity": 1}
    ),
    f"POST {MINE}/shops/{{shop}}/sales": Row(
        TRADE, sends=lambda c: {"item": "whiskey", "quantity": 1}
    ),
    f"POST {MINE}/merchants/{{merchant}}/purchases": Row(
        TRADE, sends=lambda c: {"item": "whiskey", "quantity": 1}
    ),
    # Before the law
    f"POST {MINE}/law/bail": Row(
        FREE, sends=lambda c: {"prisonerId": str(c.bob)}, usual="not_jailed"
    ),
    f"POST {MINE}/law/surrender": Row(FREE, usual="not_at_office"),
    # Crime
    f"GET {MINE}/crimes": Row(),
    f"GET {MINE}/crimes/past": Row(),
    f"POST {MINE}/crimes": Row(sends=lambda c: {"crime": "no_such_crime"}, usual="crime_not_found"),
    f"GET {MINE}/witnessed": Row(),
    f"POST {MINE}/witnessed/{{sightingId}}/report": Row(
        names=lambda c: {"sightingId": c.trade}, usual="sighting_not_found"
    ),
    f"GET {MINE}/witnesses": Row(),
    f"POST {MINE}/witnesses/{{sightingId}}/silence": Row(
        sends=lambda c: {"method": "bribe"},
        names=lambda c: {"sightingId": c.trade},
        usual="sighting_not_found",
    ),
    f"GET {MINE}/jail": Row(ALIVE, usual="not_jailed"),
    f"POST {MINE}/jail/escapes": Row(ALIVE, usual="not_jailed"),
    f"POST {MINE}/jail/bribes": Row(ALIVE, sends=lambda c: {"amount": 400}, usual="not_jailed"),
    f"POST {MINE}/jail/labour": Row(ALIVE, usual="not_jailed"),
    f"POST {MINE}/jail/talks": Row(ALIVE, usual="not_jailed"),
    f"GET {MINE}/bounties": Row(),
    f"POST {MINE}/bounties": Row(
        GIVE,
        sends=lambda c: {"targetId": str(c.bob), "amount": 100},
        usual="target_too_green",
    ),
    f"DELETE {MINE}/bounties/{{bountyId}}": Row(
        names=lambda c: {"bountyId": c.trade}, usual="bounty_not_found"
    ),
    "GET /bounties": Row(),
    "GET /bounties/heads/{characterId}": Row(other=OF_A_CHARACTER),
    f"GET {MINE}/arrests/candidates": Row(),
    f"POST {MINE}/arrests": Row(
        FREE, sends=lambda c: {"targetId": str(c.bob)}, usual="not_arrestable"
    ),
    "GET /hunters": Row(),
    f"GET {MINE}/bounty-hunts": Row(),
    f"POST {MINE}/bounty-hunts": Row(
        GIVE,
        sends=lambda c: {"hunter": "copper-kate", "targetId": str(c.bob)},
        usual="target_too_green",
    ),
    f"DELETE {MINE}/bounty-hunts/{{huntId}}": Row(
        names=lambda c: {"huntId": c.trade}, usual="hunt_not_found"
    ),
    "GET /outlaws": Row(),
    f"GET {MINE}/law-contracts": Row(),
    f"POST {MINE}/law-contracts": Row(
        FREE, sends=lambda c: {"target": "dusty-dan"}, usual="level_too_low"
    ),
    f"POST {MINE}/law-contracts/current/trail": Row(FREE, usual="no_contract"),
    f"POST {MINE}/law-contracts/current/stand": Row(
        FREE, sends=lambda c: {"way": "ambush"}, usual="no_contract"
    ),
    f"DELETE {MINE}/law-contracts/current": Row(ALIVE, usual="no_contract"),
    f"POST {MINE}/hiding": Row(FREE, sends=lambda c: {"method": "hide"}, usual="no_hiding_place"),
    f"PUT {MINE}/disguise": Row(FREE, sends=lambda c: {"kind": "settler"}),
    f"DELETE {MINE}/disguise": Row(ALIVE, usual="not_disguised"),
    "GET /disguises": Row(),
    # In the world
    f"POST {MINE}/journeys": Row(FREE, sends=lambda c: {"target": "ridge"}),
    f"POST {MINE}/work": Row(FREE, sends=lambda c: {"job": "sweep"}),
    f"POST {MINE}/alms": Row(FREE, sends=lambda c: {"amount": 5}, usual="wrong_place_type"),
    f"POST {MINE}/rests": Row(FREE, sends=lambda c: {"kind": "campfire"}, usual="not_offered_here"),
    f"POST {MINE}/secrets/{{secret}}/unlock": Row(FREE, names=lambda c: {"secret": "vault"}),
    f"POST {MINE}/searches": Row(FREE),
    # Against bosses
    "GET /bosses/{boss}/leaderboard": Row(names=lambda c: {"boss": "bruin"}),
    f"GET {MINE}/bosses/{{boss}}/party": Row(names=lambda c: {"boss": "bruin"}),
    f"POST {MINE}/bosses/{{boss}}/invitations": Row(
        cells(UNAVAILABLE, OK, OK, OK, OK),
        sends=lambda c: {"memberId": str(c.bob)},
        names=lambda c: {"boss": "bruin"},
    ),
    f"POST {MINE}/bosses/{{boss}}/fights": Row(FREE, names=lambda c: {"boss": "bruin"}),
    f"GET {MINE}/boss-fights/{{fightId}}": Row(
        names=lambda c: {"fightId": c.trade}, usual="game_not_found"
    ),
    f"POST {MINE}/boss-fights/{{fightId}}/moves": Row(
        sends=lambda c: {"move": "attack", "version": 0, "hold": [0]},
        names=lambda c: {"fightId": c.trade},
        usual="game_not_found",
    ),
    # In fights
    f"POST {MINE}/fights": Row(FREE, sends=lambda c: {"npc": "coyote"}),
    f"GET {MINE}/fights/{{fightId}}": Row(
        names=lambda c: {"fightId": c.trade}, usual="game_not_found"
    ),
    f"POST {MINE}/fights/{{fightId}}/moves": Row(
        sends=lambda c: {"move": "attack", "version": 0, "hold": [0]},
        names=lambda c: {"fightId": c.trade},
        usual="game_not_found",
    ),
    f"PUT {MINE}/scars/{{index}}": Row(
        sends=lambda c: {"hidden": True}, names=lambda c: {"index": 0}, usual="scar_not_found"
    ),
    # At cards
    f"POST {MINE}/actions": Row(FREE, sends=lambda c: {"action": "brawl"}),
    f"POST {MINE}/practice": Row(FREE, sends=lambda c: {"game": "poker"}),
    f"PUT {MINE}/deck": Row(sends=lambda c: {"cards": ["spades-A"]}, usual="invalid_deck"),
    f"GET {MINE}/deck/games/current": Row(usual="game_not_found"),
    f"GET {MINE}/deck/games/{{gameId}}": Row(
        names=lambda c: {"gameId": c.trade}, usual="game_not_found"
    ),
    f"POST {MINE}/deck/games/{{gameId}}/moves": Row(
        sends=lambda c: {"move": "draw", "version": 0},
        names=lambda c: {"gameId": c.trade},
        usual="game_not_found",
    ),
    # After legends
    f"POST {MINE}/legends/rumors": Row(FREE, sends=lambda c: {"npc": "hawk"}, usual="nobody_here"),
    f"POST {MINE}/legends/{{legend}}/clues": Row(
        FREE, names=lambda c: {"legend": "jackalope"}, usual="legend_not_found"
    ),
    f"POST {MINE}/legends/{{legend}}/hunts": Row(
        FREE, names=lambda c: {"legend": "jackalope"}, usual="legend_not_found"
    ),
    f"GET {MINE}/legend-fights/{{fightId}}": Row(
        names=lambda c: {"fightId": c.trade}, usual="game_not_found"
    ),
    f"POST {MINE}/legend-fights/{{fightId}}/moves": Row(
        sends=lambda c: {"move": "attack", "version": 0, "hold": [0]},
        names=lambda c: {"fightId": c.trade},
        usual="game_not_found",
    ),
    # Against world bosses
    f"GET {MINE}/world-bosses/{{worldBossId}}": Row(
        names=lambda c: {"worldBossId": c.trade}, usual="not_a_fighter"
    ),
    f"POST {MINE}/world-bosses/{{worldBossId}}/entries": Row(
        FREE, names=lambda c: {"worldBossId": c.trade}, usual="world_boss_not_found"
    ),
    f"POST {MINE}/world-bosses/{{worldBossId}}/attacks": Row(
        FREE,
        sends=lambda c: {"hold": [0, 1]},
        names=lambda c: {"worldBossId": c.trade},
        usual="world_boss_not_found",
    ),
    # To others
    f"POST {MINE}/transfers": Row(GIVE, sends=lambda c: {"recipientId": str(c.bob), "amount": 5}),
    f"POST {MINE}/transfers/batch": Row(
        GIVE, sends=lambda c: {"payments": [{"recipientId": str(c.bob), "amount": 5}]}
    ),
    f"POST {MINE}/market/listings": Row(GIVE, sends=lambda c: {"item": "whiskey", "price": 10}),
    f"PATCH {MINE}/market/listings/{{listingId}}": Row(GIVE, sends=lambda c: {"price": 12}),
    f"POST {MINE}/market/listings/{{listingId}}/bids": Row(
        GIVE, sends=lambda c: {"amount": 60}, names=lambda c: {"listingId": c.auction}
    ),
    f"POST {MINE}/market/listings/{{listingId}}/purchases": Row(
        GIVE, sends=lambda c: {"expectedPrice": 50}, names=lambda c: {"listingId": c.fixed}
    ),
    # Whoever has nothing in the trade gives nothing.
    f"POST {MINE}/trades": Row(TRADE, sends=lambda c: {"partnerId": str(c.cole)}),
    f"PUT {MINE}/trades/{{tradeId}}/offer": Row(
        TRADE, sends=lambda c: {"version": 1, "offer": {"dollars": 5}}
    ),
    f"POST {MINE}/trades/{{tradeId}}/confirmation": Row(
        GIVE_HERE, "bob", sends=lambda c: {"version": 1}
    ),
    f"POST {MINE}/inventory/drops": Row(
        GIVE_HERE, sends=lambda c: {"item": "whiskey", "quantity": 1}
    ),
    f"POST {MINE}/inventory/unique/{{uniqueId}}/drop": Row(GIVE_HERE),
    # Tournaments
    **{f"GET {MINE}/{path}": Row() for path in ("tournaments", "matches")},
    f"POST {MINE}/tournaments/{{tournamentId}}/entry": Row(GIVE),
    f"DELETE {MINE}/tournaments/{{tournamentId}}/entry": Row(who="cole"),
    f"GET {MINE}/matches/{{matchId}}": Row(),
    f"POST {MINE}/matches/{{matchId}}/hand": Row(FREE, sends=lambda c: {"hold": [0], "version": 0}),
    "GET /tournaments": Row(),
    "GET /tournaments/{tournamentId}": Row(),
    "GET /tournaments/{tournamentId}/matches": Row(),
    "POST /admin/tournaments": Row(
        sends=lambda c: {"name": "The Open", "capacity": 4, "startsAt": soon(), **REASON}
    ),
    "POST /admin/tournaments/{tournamentId}/cancellation": Row(sends=lambda c: REASON),
    "POST /admin/tournaments/{tournamentId}/disqualifications/{characterId}": Row(
        sends=lambda c: REASON,
        names=lambda c: {"tournamentId": c.bracket},
        other=OF_A_CHARACTER,
    ),
    # Shooting contests
    **{f"GET {MINE}/shooting-{path}": Row() for path in ("contests", "records", "records/bests")},
    f"POST {MINE}/shooting-contests/{{contestId}}/entry": Row(
        GIVE, sends=lambda c: {"weapon": "navy"}
    ),
    f"DELETE {MINE}/shooting-contests/{{contestId}}/entry": Row(who="cole"),
    f"POST {MINE}/shooting-contests/{{contestId}}/shots": Row(
        FREE,
        sends=lambda c: {"roundNumber": 1, "shotNumber": 1, "target": "bull_50"},
        names=lambda c: {"contestId": c.range},
    ),
    "GET /shooting-contests": Row(),
    "GET /shooting-contests/{contestId}": Row(),
    "GET /shooting-contests/{contestId}/shooters": Row(),
    "GET /shooting-records/{template}": Row(),
    "POST /admin/shooting-contests": Row(
        sends=lambda c: {"template": "match", "startsAt": soon(), **REASON}
    ),
    "POST /admin/shooting-contests/{contestId}/cancellation": Row(sends=lambda c: REASON),
    # Everybody
    "GET /profiles/{characterId}": Row(other=OF_A_CHARACTER),
    "GET /exchange/rates": Row(),
    "GET /exchange/rates/{metal}": Row(),
    "GET /exchange/rates/{metal}/quote": Row(sends=lambda c: {"units": 1}),
    "GET /investments/products": Row(),
    "GET /market/listings": Row(),
    "GET /market/items/{item}/prices": Row(),
    "GET /market/items/{item}/statistics": Row(),
    "GET /market/items/{item}/suggestion": Row(),
    "GET /market/days": Row(),
    "GET /market/events": Row(),
    "GET /clock": Row(),
    "GET /duels/leaderboard": Row(),
    "GET /law/most-wanted": Row(),
    "GET /law/prisoners/{prisonerId}": Row(
        names=lambda c: {"prisonerId": c.ann}, usual="not_jailed", other=OF_A_CHARACTER
    ),
    f"GET {MINE}/gates/{{kind}}/{{entry}}": Row(
        names=lambda c: {"kind": "locations", "entry": "gulch"}
    ),
    "GET /holidays": Row(),
    "GET /weather/{region}": Row(),
    "GET /locations/{location}/conditions": Row(),
    "GET /games/{kind}/{gameId}/proof": Row(
        names=lambda c: {"kind": "pig", "gameId": c.trade}, usual="game_not_found"
    ),
    "GET /legends/{legend}/ranking": Row(
        names=lambda c: {"legend": "jackalope"}, usual="legend_not_found"
    ),
    "GET /world-bosses": Row(),
    "GET /world-bosses/{worldBossId}": Row(
        names=lambda c: {"worldBossId": c.trade}, usual="world_boss_not_found"
    ),
    "GET /content": Row(),
    "GET /content/{kind}": Row(),
    "GET /content/{kind}/{entry}": Row(),
    # The staff act on characters in every state.
    "PUT /admin/users/{userId}/status": Row(
        sends=lambda c: {"status": "suspended", **REASON, "until": soon()}
    ),
    "PUT /admin/users/{userId}/role": Row(sends=lambda c: {"role": "moderator", **REASON}),
    "POST /admin/characters/{characterId}/adjustments": Row(
        sends=lambda c: {"amount": 5, **REASON}, other=OF_A_CHARACTER
    ),
    "POST /admin/operations/{operationId}/reversal": Row(
        sends=lambda c: REASON, other={"deleted": "account_not_found"}
    ),
    "GET /admin/operations/{operationId}": Row(),
    "DELETE /admin/debts/{debtId}": Row(sends=lambda c: REASON),
    "GET /admin/characters/{characterId}/trade-lock": Row(other=OF_A_CHARACTER),
    "PUT /admin/characters/{characterId}/trade-lock": Row(
        sends=lambda c: {"until": soon(), **REASON}, other=OF_A_CHARACTER
    ),
    "DELETE /admin/characters/{characterId}/trade-lock": Row(
        sends=lambda c: REASON, usual="not_locked", other=OF_A_CHARACTER
    ),
    "POST /admin/characters/{characterId}/pardon": Row(
        sends=lambda c: REASON, usual="not_jailed", other=OF_A_CHARACTER
    ),
    "DELETE /admin/bounties/{bountyId}": Row(
        sends=lambda c: REASON,
        names=lambda c: {"bountyId": c.trade},
        usual="bounty_not_found",
    ),
    "DELETE /admin/market/listings/{listingId}": Row(sends=lambda c: REASON),
    "POST /admin/exchange/events": Row(sends=lambda c: {"event": "gold_rush", **REASON}),
    "PUT /admin/weather/{region}": Row(
        sends=lambda c: {"kind": "fog", "intensity": 5, "hours": 2, "version": 0, **REASON}
    ),
    "GET /admin/economy/flags": Row(),
    "GET /admin/economy": Row(),
    "POST /admin/characters/{characterId}/items": Row(
        sends=lambda c: {"item": "whiskey", **REASON}, other=OF_A_CHARACTER
    ),
    "POST /admin/characters/{characterId}/items/removal": Row(
        sends=lambda c: {"item": "whiskey", **REASON}, other=OF_A_CHARACTER
    ),
}

RECIPIENT_GONE = "recipient_not_found"


def opposite(
    dead: str = OK,
    jailed: str = OK,
    fighting: str = OK,
    locked: str = OK,
    young: str = OK,
    deleted: str = OK,
    banned: str = OK,
    suspended: str = OK,
    oneself: str = OK,
    family: str = OK,
) -> Cells:
    """The cells of a row in the states of who is on the other side; ``oneself`` is the same
    character, ``family`` another one of the account."""
    return {
        "dead": dead, "jailed": jailed, "fighting": fighting, "locked": locked, "young": young,
        "deleted": deleted, "banned": banned, "suspended": suspended, "self": oneself,
        "family": family,
    }  # fmt: skip


SENDING = opposite(
    dead=UNAVAILABLE, deleted=RECIPIENT_GONE, banned=UNAVAILABLE, oneself="self_transfer"
)
CHALLENGING = opposite(
    dead=UNAVAILABLE, deleted=GONE, banned=UNAVAILABLE, oneself="self_duel", family="self_duel"
)
BUYING = opposite(deleted="listing_ended", oneself="self_trade", family="self_trade")
TRADING = opposite(
    UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, LOCKED, OK, RECIPIENT_GONE, UNAVAILABLE,
    oneself="self_trade", family="self_trade",
)  # fmt: skip

# Who stands on the other side of a route, and what his state means for it.
OPPOSITE: dict[str, tuple[str, Cells]] = {
    f"POST {MINE}/transfers": ("bob", SENDING),
    f"POST {MINE}/transfers/batch": ("bob", SENDING),
    f"POST {MINE}/law/bail": ("bob", opposite(deleted=GONE)),
    f"POST {MINE}/bosses/{{boss}}/invitations": (
        "bob",
        opposite(
            dead=UNAVAILABLE,
            deleted=GONE,
            banned=UNAVAILABLE,
            oneself="self_offer",
            family="self_offer",
        ),
    ),
    f"POST {MINE}/arrests": (
        "bob",
        opposite(dead=UNAVAILABLE, deleted=GONE, oneself="self_target", family="self_target"),
    ),
    f"POST {MINE}/bounties": (
        "bob",
        opposite(dead=UNAVAILABLE, deleted=GONE, oneself="self_target", family="self_target"),
    ),
    f"POST {MINE}/bounty-hunts": (
        "bob",
        opposite(
            dead=UNAVAILABLE,
            banned=UNAVAILABLE,
            deleted=GONE,
            oneself="self_target",
            family="self_target",
        ),
    ),
    f"POST {MINE}/duels": ("bob", CHALLENGING),
    f"POST {MINE}/market/listings/{{listingId}}/bids": ("bob", BUYING),
    f"POST {MINE}/market/listings/{{listingId}}/purchases": ("bob", BUYING),
    f"POST {MINE}/trades": ("cole", TRADING),
    f"PUT {MINE}/trades/{{tradeId}}/offer": ("bob", opposite(oneself=NEVER)),
    f"POST {MINE}/trades/{{tradeId}}/confirmation": (
        "ann",
        {**TRADING, "deleted": GONE, "self": NEVER},
    ),
    f"DELETE {MINE}/trades/{{tradeId}}": ("bob", opposite(oneself=NEVER)),
}
