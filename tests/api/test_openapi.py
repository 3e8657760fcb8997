"""The description of the API is valid and says what the API does."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from desperados.api import errors
from desperados.api.operations.openapi import describe
from desperados.api.operations.operation import derive
from desperados.api.routes import PREFIX, ROUTES


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return describe([derive(route) for route in ROUTES], PREFIX)


def test_it_is_valid_openapi_3_1(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1.")
    assert not list(OpenAPIV31SpecValidator(openapi).iter_errors())


def test_every_route_is_in_it_and_nothing_else(openapi: dict[str, Any]) -> None:
    described = {
        (method.upper(), path) for path, methods in openapi["paths"].items() for method in methods
    }
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}


def test_a_command_is_described_by_its_function(openapi: dict[str, Any]) -> None:
    transfer = openapi["paths"][f"{PREFIX}/characters/{{characterId}}/transfers"]["post"]
    assert transfer["security"] == [{"accessToken": []}]
    names = {parameter["name"] for parameter in transfer["parameters"]}
    assert names == {"characterId", "Idempotency-Key"}
    reference = transfer["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    body = openapi["components"]["schemas"][reference.rpartition("/")[2]]
    assert set(body["required"]) == {"recipientId", "amount"}
    assert body["additionalProperties"] is False
    assert "insufficient_funds" in transfer["responses"]["409"]["x-codes"]
    assert "recipient_not_found" in transfer["responses"]["404"]["x-codes"]
    assert "200" in transfer["responses"]


def test_public_routes_need_no_token_and_all_others_do(openapi: dict[str, Any]) -> None:
    for route in ROUTES:
        operation = openapi["paths"][PREFIX + route.path][route.method.lower()]
        assert bool(operation["security"]) is (route.access.value != "public")
        assert ("401" in operation["responses"]) is (
            bool(operation["security"]) or "invalid_credentials" in str(operation["responses"])
            or "invalid_token" in str(operation["responses"])
        )  # fmt: skip


def test_every_code_is_explained_once(openapi: dict[str, Any]) -> None:
    explained = [error["code"] for error in openapi["x-errors"]]
    assert len(set(explained)) == len(explained)
    assert {"internal_error", "unknown_path", "method_not_allowed", "not_ready"} <= set(explained)
    for methods in openapi["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                assert set(response.get("x-codes", ())) <= set(explained)


def test_every_error_of_the_api_itself_is_explained(openapi: dict[str, Any]) -> None:
    explained = {error["code"] for error in openapi["x-errors"]}
    own = {
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and error.__module__ == errors.__name__
    }
    # Nobody is there to read the first, and no route needs a key today.
    assert own - {"client_gone", "idempotency_key_missing"} <= explained
    everywhere = {"internal_error", "method_not_allowed", "server_full", "too_many_connections"}
    for methods in openapi["paths"].values():
        for operation in methods.values():
            codes = {c for r in operation["responses"].values() for c in r.get("x-codes", ())}
            assert everywhere <= codes


def test_every_code_that_a_service_raises_is_listed(openapi: dict[str, Any]) -> None:
    for operation in (derive(route) for route in ROUTES):
        described = openapi["paths"][PREFIX + operation.route.path][operation.route.method.lower()]
        for error in operation.errors:
            assert error.code in described["responses"][str(error.status)]["x-codes"]
