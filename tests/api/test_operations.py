"""A route is derived from the signature of its function."""

from typing import Annotated

import pytest
from bson import ObjectId
from pydantic import Field, ValidationError

from desperados.accounts.callers import Principal
from desperados.api.operations.operation import Operation, derive
from desperados.engine.manifest.routes import Access, Admin, Moderator, Owner, Public, Route, User
from desperados.engine.views import KEPT, Id, Kept, Page, View


class Thing(View):
    """A thing."""

    id: Id


async def act(
    actor: ObjectId, target_id: ObjectId, amount: int, *, key: str | None = None
) -> Thing:
    """Act on something."""
    raise NotImplementedError


async def must_key(actor: ObjectId, *, key: str) -> Thing:
    """Act exactly once."""
    raise NotImplementedError


async def read(user: ObjectId, *, limit: Annotated[int, Field(ge=1, le=9)] = 5) -> list[Thing]:
    """Read."""
    raise NotImplementedError


async def nothing(actor: ObjectId) -> None:
    """Do something quietly."""


async def by_principal(principal: Principal, *, session_id: ObjectId) -> None:
    """Act as the caller."""


async def judge(staff: ObjectId, user: ObjectId, *, reason: str) -> None:
    """Judge a user."""


async def report(*, days: int = 7) -> Thing:
    """Report on something."""
    raise NotImplementedError


async def undocumented(actor: ObjectId) -> None: ...


async def unannotated(actor: ObjectId, what) -> None:  # type: ignore[no-untyped-def]
    """Do what?"""


async def change(
    actor: ObjectId,
    *,
    price: int | Kept = KEPT,
    bonus: int | Kept | None = KEPT,
    key: str | None = None,
) -> Thing:
    """Change something. Null takes the bonus away."""
    raise NotImplementedError


def operation(method: str, path: str, function: object, access: Access) -> Operation:
    return derive(Route(method, path, function, access))  # type: ignore[arg-type]


def test_the_actor_comes_from_the_owned_path_and_is_no_field_of_the_request() -> None:
    found = operation("POST", "/characters/{characterId}/acts", act, Owner)
    assert found.actor == "actor"
    assert list(found.body.model_fields) == ["target_id", "amount"]
    assert not found.path.model_fields
    assert not found.query.model_fields


def test_the_user_acts_on_routes_for_users() -> None:
    assert operation("GET", "/things", read, User).actor == "user"


def test_staff_acts_on_what_the_path_names() -> None:
    found = operation("PUT", "/users/{userId}/judgement", judge, Moderator)
    assert (found.actor, list(found.path.model_fields)) == ("staff", ["user"])


def test_a_function_whose_first_parameter_the_path_names_has_no_actor_for_staff() -> None:
    found = operation("POST", "/characters/{actor}/acts", act, Admin)
    assert (found.actor, list(found.path.model_fields)) == (None, ["actor"])


def test_a_staff_route_whose_function_has_only_options_has_no_actor() -> None:
    found = operation("GET", "/report", report, Admin)
    assert (found.actor, list(found.query.model_fields)) == (None, ["days"])


def test_a_public_route_has_no_actor() -> None:
    found = operation("POST", "/acts", act, Public)
    assert found.actor is None


def test_a_principal_is_filled_by_its_type() -> None:
    found = operation("DELETE", "/sessions/{sessionId}", by_principal, User)
    assert (found.principal, found.actor) == ("principal", None)


def test_the_key_is_a_header_and_needed_where_it_has_no_default() -> None:
    optional = operation("POST", "/characters/{characterId}/acts", act, Owner)
    needed = operation("POST", "/characters/{characterId}/acts", must_key, Owner)
    assert (optional.takes_key, optional.needs_key) == (True, False)
    assert (needed.takes_key, needed.needs_key) == (True, True)
    assert "key" not in optional.body.model_fields


def test_reads_take_their_values_from_the_query() -> None:
    found = operation("GET", "/things", read, User)
    assert list(found.query.model_fields) == ["limit"]
    assert found.query.model_validate_strings({"limit": "7"}).limit == 7  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("method", "function", "status"),
    [("POST", must_key, 200), ("PUT", must_key, 200), ("POST", nothing, 204)],
)
def test_what_creates_nothing_is_ok_and_what_returns_nothing_has_no_content(
    method: str, function: object, status: int
) -> None:
    assert operation(method, "/characters/{characterId}/x", function, Owner).status == status


def test_what_creates_says_where() -> None:
    path = "/characters/{characterId}/things"
    made = derive(Route("POST", path, must_key, Owner, creates=f"{path}/{{id}}"))
    assert made.status == 201
    with pytest.raises(TypeError, match="nowhere"):
        derive(Route("POST", path, must_key, Owner, creates=f"{path}/{{nowhere}}"))


def test_null_in_a_change_is_not_the_same_as_nothing() -> None:
    body = operation("PATCH", "/characters/{characterId}/x", change, Owner).body
    assert dict(body.model_validate_json("{}")) == {"price": KEPT, "bonus": KEPT}
    taken = body.model_validate_json('{"bonus": null}')
    assert dict(taken) == {"price": KEPT, "bonus": None}
    for refused in ('{"price": null}', '{"price": "kept"}', '{"bonus": "kept"}'):
        with pytest.raises(ValidationError):
            body.model_validate_json(refused)


def test_a_list_is_answered_as_a_page() -> None:
    found = operation("GET", "/things", read, User)
    assert found.whole_list
    assert found.answer is not None
    page = found.answer.dump_python(Page(items=[Thing(id=ObjectId())]), by_alias=True)
    assert (len(page["items"]), page["next"]) == (1, None)


@pytest.mark.parametrize(
    "body",
    [
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": "1"}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": 1.0}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": true}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": 9007199254740993}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": null}',
        '{"targetId": {"$gt": ""}, "amount": 1}',
        '{"targetId": "zz", "amount": 1}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": 1, "actor": "x"}',
        '{"targetId": "65f0c0ffee0123456789abcd", "amount": 1, "key": "k"}',
        '{"target_id": "65f0c0ffee0123456789abcd", "amount": 1}',
        "{}",
    ],
)
def test_types_are_strict_and_unknown_fields_refused(body: str) -> None:
    model = operation("POST", "/characters/{characterId}/acts", act, Owner).body
    with pytest.raises(ValidationError):
        model.model_validate_json(body)


@pytest.mark.parametrize(
    ("path", "function", "access", "complaint"),
    [
        ("/acts", act, Owner, "characterId"),
        ("/characters/{characterId}/acts", act, User, "only its owner"),
        ("/things/{thingId}", read, User, "thing_id"),
        ("/characters/{characterId}", undocumented, Owner, "no docstring"),
        ("/characters/{characterId}", unannotated, Owner, "no annotation"),
    ],
)
def test_a_function_that_does_not_fit_its_route_stops_the_start(
    path: str, function: object, access: Access, complaint: str
) -> None:
    with pytest.raises(TypeError, match=complaint):
        operation("POST", path, function, access)
