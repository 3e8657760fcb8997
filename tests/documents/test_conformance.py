"""The whole specification against the classes and the indexes, in both directions."""

from typing import Any

import annotated_types
import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from desperados.assembly.documents import documents
from desperados.engine.game import Game
from desperados.engine.storage.documents import Document, index_differences
from desperados.engine.storage.fields import Shape, shape_of
from tests.documents import additions
from tests.documents.specification import collections

MODELS = sorted(collections())
ADD = "what goes beyond the specification belongs into additions.py, with its reason"
BOUNDS = {
    "min": (annotated_types.Ge, "ge"),
    "max": (annotated_types.Le, "le"),
    "minLength": (annotated_types.MinLen, "min_length"),
    "maxLength": (annotated_types.MaxLen, "max_length"),
}
DESCRIBED = {"type", "kind", "enum", "ref", "optional", "fields", "items", "values", *BOUNDS}


def described(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """The fields of a class in the words of the specification, by stored name."""
    found = {}
    for name, info in model.model_fields.items():
        shape = shape_of(info.annotation, tuple(info.metadata))
        entry = described_shape(shape)
        if info.default is not PydanticUndefined and info.default is not None:
            entry["default"] = info.default
        if shape.optional:
            assert info.default is None, f"{model.__name__}.{name} is optional but has a default"
        found[info.alias or name] = entry
    return found


def described_shape(shape: Shape) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": shape.kind}
    if shape.kind in ("money", "integer", "number"):
        entry = {"type": "number", "kind": shape.kind}
    if shape.optional:
        entry["optional"] = True
    if shape.enum is not None:
        entry["enum"] = [member.value for member in shape.enum]
    if shape.target is not None:
        entry["ref"] = shape.target
    if shape.model is not None:
        entry["fields"] = described(shape.model)
    if shape.item is not None:
        entry["items" if shape.kind == "array" else "values"] = described_shape(shape.item)
    for word, (mark, attribute) in BOUNDS.items():
        for bound in shape.metadata:
            if isinstance(bound, mark):
                entry[word] = getattr(bound, attribute)
    return entry


def specified(field: dict[str, Any]) -> dict[str, Any]:
    """A field of the specification, without notes and what is checked elsewhere."""
    entry = {key: value for key, value in field.items() if key in DESCRIBED}
    if "fields" in entry:
        entry["fields"] = {inner["name"]: specified(inner) for inner in field["fields"]}
    for key in ("items", "values"):
        if key in entry:
            entry[key] = specified(field[key])
    return entry


def without_defaults(entry: dict[str, Any]) -> dict[str, Any]:
    """Defaults beyond the specified ones are the class's own choice."""
    kept = {key: value for key, value in entry.items() if key != "default"}
    if "fields" in kept:
        kept["fields"] = {name: without_defaults(inner) for name, inner in kept["fields"].items()}
    for key in ("items", "values"):
        if key in kept:
            kept[key] = without_defaults(kept[key])
    return kept


def test_there_is_one_class_for_each_collection_and_no_other() -> None:
    assert set(documents()) == set(collections()) | set(additions.COLLECTIONS), ADD
    assert len(collections()) == 139


@pytest.mark.parametrize("model", MODELS)
def test_fields_have_the_specified_names_types_bounds_and_references(model: str) -> None:
    actual = described(documents()[model])
    added = additions.FIELDS.get(model, {})
    wanted = {field["name"]: specified(field) for field in collections()[model]["fields"]}
    assert set(actual) == set(wanted) | set(added), ADD
    for name, field in wanted.items():
        assert without_defaults(actual[name]) == field, name


@pytest.mark.parametrize("model", MODELS)
def test_specified_defaults_are_the_defaults(model: str) -> None:
    actual = described(documents()[model])
    for field in collections()[model]["fields"]:
        if "default" in field:
            assert actual[field["name"]]["default"] == field["default"]


@pytest.mark.parametrize("model", MODELS)
def test_attributes_are_snake_case_and_hide_nothing_of_the_base(model: str) -> None:
    for name in documents()[model].model_fields:
        assert name == name.lower()
        if name != "id":
            assert not hasattr(Document, name), f"{model}.{name} hides a method"


@pytest.mark.parametrize("model", MODELS)
def test_documents_are_stored_in_the_specified_collection(model: str) -> None:
    assert documents()[model].collection_name() == collections()[model]["collection"]


@pytest.mark.parametrize("model", MODELS)
def test_unique_and_indexed_fields_are_served_by_an_index(model: str) -> None:
    entry = collections()[model]
    for field in entry["fields"]:
        served = [index for index in entry["indexes"] if index["keys"][0] == field["name"]]
        if field.get("unique"):
            assert any(index.get("unique") and len(index["keys"]) == 1 for index in served)
        if field.get("indexed"):
            assert served


def specified_indexes(model: str) -> dict[str, dict[str, Any]]:
    return {
        "_".join(f"{key}_1" for key in index["keys"]): {
            "key": [(key, 1) for key in index["keys"]],
            "unique": index.get("unique", False),
            "ttl": index.get("ttl", False),
        }
        for index in collections()[model]["indexes"]
    }


@pytest.mark.parametrize("model", MODELS)
def test_declared_indexes_are_the_specified_ones(model: str) -> None:
    wanted = specified_indexes(model)
    collection = collections()[model]["collection"]
    settings: Any = documents()[model].Settings
    actual = {index.document["name"]: index.document for index in getattr(settings, "indexes", ())}
    assert set(actual) == set(wanted) | set(additions.INDEXES.get(collection, {})), ADD
    for name, index in wanted.items():
        assert list(actual[name]["key"].items()) == index["key"]
        assert bool(actual[name].get("unique")) == index["unique"]
        assert (actual[name].get("expireAfterSeconds") == 0) == index["ttl"]


@pytest.mark.parametrize("model", MODELS)
def test_no_document_of_mongoose_can_break_a_unique_index_that_was_added(model: str) -> None:
    wanted = specified_indexes(model)
    settings: Any = documents()[model].Settings
    for added in getattr(settings, "indexes", ()):
        told = added.document
        if told.get("unique") and told["name"] not in wanted:
            where = told.get("partialFilterExpression", {})
            assert set(where) & set(additions.FIELDS[model]), told["name"]


async def test_created_indexes_are_the_specified_ones_in_every_collection(game: Game) -> None:
    names = set(await game.database.list_collection_names())
    for model in MODELS:
        wanted = specified_indexes(model)
        collection = collections()[model]["collection"]
        assert collection in names
        actual = await game.database[collection].index_information()
        del actual["_id_"]
        assert set(actual) == set(wanted) | set(additions.INDEXES.get(collection, {}))
        for name, index in wanted.items():
            assert list(actual[name]["key"]) == index["key"]
            assert bool(actual[name].get("unique")) == index["unique"]
            assert (actual[name].get("expireAfterSeconds") == 0) == index["ttl"]
    assert await index_differences(game.database, documents().values()) == []


def test_every_addition_has_its_reason_and_exists() -> None:
    for model, fields in additions.FIELDS.items():
        assert set(fields) <= set(described(documents()[model]))
        assert not set(fields) & {field["name"] for field in collections()[model]["fields"]}
        assert all(fields.values())
    for reasons in additions.INDEXES.values():
        assert all(reasons.values())
