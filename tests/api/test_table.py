"""The table of routes as a whole: nothing in it is left unguarded or undescribed."""

import inspect
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel

from desperados.api.operations.operation import BODY_METHODS, OWNED, Operation, derive
from desperados.api.routes import ROUTES
from desperados.engine.manifest.routes import Access, RateClass

OPERATIONS = [derive(route) for route in ROUTES]

# Who may name an object by its id, where it is not the caller's own character (``characterId`` of
# an owner's route, which the API checks). A new id in a request fails the build until it is here.
NAMED_OBJECTS = {
    ("combat.read_hunt", "fightId"): "looked up among the character's own fights",
    ("combat.legendary_move", "fightId"): "looked up among the character's own fights",
    ("deck.get_game", "gameId"): "looked up among the character's own",
    ("deck.play", "gameId"): "looked up among the character's own",
    ("combat.read_world_boss", "worldBossId"): "how a world boss stands is public",
    ("combat.read_my_part", "worldBossId"): "looked up among the character's own parts",
    ("combat.join_world_boss", "worldBossId"): "anybody who is there may join",
    ("combat.attack_world_boss", "worldBossId"): "looked up among the character's own parts",
    ("accounts.revoke_session", "sessionId"): "the service refuses sessions of others",
    ("crime.report_crime", "sightingId"): "looked up among those that the character saw",
    ("crime.silence_witness", "sightingId"): "looked up among those of the character's deeds",
    ("crime.bounties_on", "characterId"): "what lies on a head is public",
    ("crime.post_bounty", "targetId"): "anybody may have a price on the head",
    ("crime.cancel_bounty", "bountyId"): "looked up among those that the character pays",
    ("crime.arrest_character", "targetId"): "anybody may arrest whom the law wants enough",
    ("crime.hire_hunter", "targetId"): "anybody may be hunted on whose head enough lies",
    ("crime.cancel_hire", "huntId"): "looked up among those that the character pays for",
    ("economy.send", "recipientId"): "anybody may be given money",
    ("economy.redeem", "investmentId"): "looked up among the character's own",
    ("economy.get_investment", "investmentId"): "looked up among the character's own",
    ("economy.claim_reward", "rewardId"): "looked up among the character's own",
    ("inventory.claim_items", "rewardId"): "looked up among the character's own",
    ("inventory.drop_unique", "uniqueId"): "only what the character's pack holds is moved",
    ("inventory.pick_up", "groundItemId"): "anybody at the place may, unless it is reserved",
    ("economy.search_listings", "sellerId"): "who sells what is public",
    ("economy.get_listing", "listingId"): "listings are public; bidders' names are not",
    ("economy.create_listing", "craftedItemId"): "only what the character's pack holds is moved",
    ("economy.update_listing", "listingId"): "the service refuses listings of others",
    ("economy.cancel_listing", "listingId"): "the service refuses listings of others",
    ("economy.place_bid", "listingId"): "anybody but the seller's account may bid",
    ("economy.buy_now", "listingId"): "anybody but the seller's account may buy",
    ("economy.open_trade", "partnerId"): "anybody may be offered one; nothing moves unconfirmed",
    ("economy.get_trade", "tradeId"): "only the two sides see it",
    ("combat.get_tournament", "tournamentId"): "tournaments are public",
    ("combat.list_matches", "tournamentId"): "matches are public; hands are not before they meet",
    ("combat.join_tournament", "tournamentId"): "anybody may join while there are places",
    ("combat.leave_tournament", "tournamentId"): "looked up among the character's own entries",
    ("combat.my_match", "matchId"): "only its two players see it",
    ("combat.play_match", "matchId"): "only its two players move, each its own hand",
    ("combat.get_contest", "contestId"): "contests are public",
    ("combat.list_shooters", "contestId"): "shots that were fired are public",
    ("combat.register_shooter", "contestId"): "anybody may who is what it asks for",
    ("combat.withdraw_shooter", "contestId"): "looked up among the character's own entries",
    ("combat.fire", "contestId"): "only the character's own row is changed",
    ("play.answer", "questionId"): "looked up among the character's own",
    ("play.accept_offer", "offerId"): "looked up among those that were made to the character",
    ("play.decline_offer", "offerId"): "looked up among those that were made to the character",
    ("play.withdraw_offer", "offerId"): "only the two sides may",
    ("combat.invite_to_boss", "memberId"): "anybody may be asked, and may decline",
    ("combat.read_boss_fight", "fightId"): "only who is in it sees it",
    ("combat.fight_boss", "fightId"): "only who is in it moves in it",
    ("combat.read_fight", "fightId"): "only who fights sees it",
    ("combat.move", "fightId"): "only who fights moves in it",
    ("play.game_proof", "gameId"): "anybody may verify a game; what is secret waits for its end",
    ("combat.challenge_duel", "opponentId"): "anybody may be challenged; nothing moves unanswered",
    ("combat.wager_limits", "opponentId"): "only how the levels bound a wager is told",
    ("combat.read_duel", "duelId"): "only the two sides see it, each its own cards",
    ("combat.accept_duel", "duelId"): "looked up among those that were made to the character",
    ("combat.decline_duel", "duelId"): "looked up among those that were made to the character",
    ("combat.cancel_duel", "duelId"): "looked up among those that the character made",
    ("combat.play_duel", "duelId"): "only who sits at the table moves",
    ("economy.change_offer", "tradeId"): "only the two sides may",
    ("economy.confirm_trade", "tradeId"): "only the two sides may",
    ("economy.cancel_trade", "tradeId"): "only the two sides may",
    ("law.pay_bail", "prisonerId"): "anybody may pay for anybody",
    ("law.bail_quote", "prisonerId"): "who sits, and what freedom costs, is public",
    ("characters.mark_read", "noticeId"): "the service refuses notices of others",
    ("characters.delete_notice", "noticeId"): "the service refuses notices of others",
    ("characters.public_profile", "characterId"): "everybody may see it",
}

# State-changing routes of players that take no idempotency key, and why that is safe.
REPEATABLE = {
    "accounts.register": "the name is taken the second time",
    "accounts.login": "each login is a session of its own",
    "accounts.refresh": "a refresh token works once",
    "accounts.revoke_token": "closing twice is closing once",
    "accounts.logout": "closing twice is closing once",
    "accounts.logout_everywhere": "closing twice is closing once",
    "accounts.revoke_session": "the session is gone the second time",
    "accounts.change_password": "the current password is wrong the second time",
    "accounts.set_status": "setting twice is setting once",
    "accounts.set_role": "setting twice is setting once",
}


def named(operation: Operation) -> str:
    return f"{operation.route.method} {operation.route.path}"


each = pytest.mark.parametrize("operation", OPERATIONS, ids=named)


@each
def test_every_route_says_who_may_call_it_and_how_often(operation: Operation) -> None:
    assert isinstance(operation.route.access, Access)
    assert isinstance(operation.rate, RateClass)


@each
def test_every_route_is_documented_and_typed(operation: Operation) -> None:
    assert operation.doc.summary
    assert operation.doc.summary.endswith(".")
    hints = get_type_hints(inspect.unwrap(operation.route.function))
    returned = hints["return"]
    assert returned is type(None) or operation.answer is not None
    assert returned is not Any


def id_fields(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema(by_alias=True)
    return {
        name
        for name, field in schema.get("properties", {}).items()
        if "[0-9a-fA-F]{24}" in str(field)
    }


@each
def test_every_object_that_a_route_names_has_an_ownership_rule(operation: Operation) -> None:
    staff = operation.route.access in {Access.MODERATOR, Access.ADMIN}
    for model in (operation.path, operation.query, operation.body):
        for name in id_fields(model):
            assert staff or (operation.name, name) in NAMED_OBJECTS
    if f"{{{OWNED}}}" in operation.route.path and not staff:
        assert operation.route.access is Access.OWNER or (operation.name, OWNED) in NAMED_OBJECTS


@each
def test_every_command_may_be_repeated_safely(operation: Operation) -> None:
    if operation.route.method != "GET":
        assert operation.takes_key or operation.name in REPEATABLE


@each
def test_no_request_says_who_acts(operation: Operation) -> None:
    fields = {*operation.body.model_fields, *operation.query.model_fields}
    assert not fields & {"actor", "user", "user_id", "principal", "staff", "role_of"}


@each
def test_every_request_model_is_strict_and_closed(operation: Operation) -> None:
    for model in (operation.path, operation.query, operation.body):
        assert model.model_config["strict"] is True
        assert model.model_config["extra"] == "forbid"


@each
def test_every_list_is_paged(operation: Operation) -> None:
    if operation.answer is None or "Page" not in str(operation.answer) or operation.whole_list:
        return
    limit = operation.query.model_json_schema()["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"]) == (1, 100)
    assert "after" in operation.query.model_fields


@each
def test_only_reads_and_deletes_have_no_body(operation: Operation) -> None:
    if operation.route.method not in BODY_METHODS:
        assert not operation.body.model_fields


def test_no_address_is_there_twice() -> None:
    addresses = [(route.method, route.path) for route in ROUTES]
    assert len(set(addresses)) == len(addresses)
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)
