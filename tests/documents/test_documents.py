"""Documents in the hands of a programmer: building, checking, comparing; no database."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import bson
import pytest
from bson import (
    Binary,
    Code,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from pydantic import ValidationError

from desperados.assembly.documents import documents, references
from desperados.characters.documents import Character, LegacyProfile, SkillProgress
from desperados.crafting.documents import CraftingProfile
from desperados.engine import clock
from desperados.engine.storage.documents import stored_name
from desperados.engine.storage.far_dates import FarDate
from desperados.gangs.documents import Gang
from desperados.quests.documents import Quest
from desperados.world.documents import GameCalendar, Location, Region, WorldState

ID = ObjectId("65f0c0ffee0123456789abcd")


def jane(**fields: Any) -> Character:
    given = {
        "user_id": ID,
        "name": "Jane",
        "background": "drifter",
        "faction": "frontera",
        "current_location_id": ID,
    }
    return Character(**{**given, **fields})


def test_a_document_is_built_without_a_database_and_has_an_id() -> None:
    assert isinstance(jane().id, ObjectId)
    assert jane().id != jane().id


def test_stored_names_and_attribute_names_are_both_understood() -> None:
    assert jane(isDead=True).is_dead is True
    assert jane(is_dead=True).to_mongo()["isDead"] is True
    assert stored_name("current_location_id") == "currentLocationId"


def test_a_name_that_the_rule_does_not_give_has_an_alias() -> None:
    profile = CraftingProfile(character_id=ID, crafting_xp={"smith": 1.5})
    assert profile.to_mongo()["craftingXP"] == {"smith": 1.5}


def test_times_are_now_aware_and_in_whole_milliseconds() -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    with clock.frozen(moment):
        assert jane().created_at == moment.replace(microsecond=123000)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 12, tzinfo=UTC)),
        (
            datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=2))),
            datetime(2024, 1, 1, 10, tzinfo=UTC),
        ),
        ("2024-01-01T12:00:00.123456Z", datetime(2024, 1, 1, 12, 0, 0, 123000, UTC)),
    ],
)
def test_a_given_time_becomes_utc(given: Any, kept: datetime) -> None:
    assert jane(created_at=given).created_at == kept


@pytest.mark.parametrize("value", [5, 5.0, Int64(5), 2**53, -(2**53)])
def test_money_takes_whole_numbers(value: Any) -> None:
    assert jane(dollars=value).dollars == int(value)
    assert isinstance(jane(dollars=value).dollars, int)


@pytest.mark.parametrize("value", [1.5, "5", True, None, 2**53 + 1, float("nan"), float("inf"), []])
def test_money_refuses_everything_else(value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        jane(dollars=value)
    assert refused.value.errors()[0]["loc"] == ("dollars",)
    character = jane()
    with pytest.raises(ValidationError):
        character.dollars = value
    assert character.dollars == 0


@pytest.mark.parametrize("value", [1, 1.5, -2.0, Int64(7)])
def test_a_number_keeps_the_type_that_it_was_given_in(value: Any) -> None:
    region = Region(region_id="r", name="R", continent_id="c", danger_modifier=value)
    assert type(region.danger_modifier) is type(value)


@pytest.mark.parametrize("value", ["1", True, None, float("nan"), float("inf"), 2**64])
def test_a_number_is_finite_and_no_text(value: Any) -> None:
    with pytest.raises(ValidationError):
        Region(region_id="r", name="R", continent_id="c", danger_modifier=value)


@pytest.mark.parametrize("rank", [-1, 6])
def test_bounds_are_kept(rank: int) -> None:
    with pytest.raises(ValidationError):
        LegacyProfile(character_id=ID, prestige_rank=rank, last_prestige_at=clock.now())


@pytest.mark.parametrize("tag", ["ab", "abcdef"])
def test_a_gang_tag_has_three_to_five_characters(tag: str) -> None:
    with pytest.raises(ValidationError):
        Gang(name="Gang", tag=tag, leader_id=ID, faction="frontera")


def test_an_enum_takes_its_own_strings_only() -> None:
    with pytest.raises(ValidationError):
        jane(background="banker")


@pytest.mark.parametrize("value", ["", "65f0", "z" * 24, 5, None, {"$gt": ""}])
def test_an_id_is_24_hexadecimal_digits(value: Any) -> None:
    with pytest.raises(ValidationError):
        jane(user_id=value)
    assert jane(user_id=str(ID)).user_id == ID


def test_required_fields_are_required_in_every_class() -> None:
    for name, model in documents().items():
        required = [f for f, info in model.model_fields.items() if info.is_required()]
        if required:
            with pytest.raises(ValidationError):
                model()
        else:
            assert name, model()


def test_nested_objects_are_checked_and_keep_unknown_fields() -> None:
    built = jane(skills={"aim": {"level": 3, "luck": "high"}})
    assert built.skills["aim"].to_mongo() == {"level": 3, "xp": 0, "luck": "high"}
    with pytest.raises(ValidationError):
        jane(skills={"aim": {"level": "three"}})


def test_a_new_document_leaves_out_what_nobody_gave() -> None:
    assert "gangId" not in jane().to_mongo()
    assert jane(gang_id=None).to_mongo()["gangId"] is None


def test_a_new_document_starts_at_version_zero_as_mongoose_has_it() -> None:
    assert list(jane().to_mongo())[-1] == "__v"
    assert jane().to_mongo()["__v"] == 0


def test_a_built_and_a_loaded_document_with_equal_values_are_equal() -> None:
    built = jane(skills={"aim": SkillProgress(level=2)})
    raw = built.to_mongo()
    del raw["__v"]
    assert Character.hydrate(raw) == built
    built.level = 2
    assert Character.hydrate(built.to_mongo()) != jane()


def test_a_loaded_document_can_be_copied_and_pickled() -> None:
    loaded = Character.hydrate({"_id": ID, "name": "Jane", "hat": 1, "gold": 3.0})
    for twin in (copy.deepcopy(loaded), loaded.model_copy(), pickle.loads(pickle.dumps(loaded))):
        assert twin == loaded
        assert twin.to_mongo() == loaded.to_mongo()


def test_an_assignment_that_is_wrong_is_refused_and_changes_nothing() -> None:
    loaded = Character.hydrate({"_id": ID, "level": 2, "background": "unheard-of"})
    with pytest.raises(ValidationError):
        loaded.level = "three"  # type: ignore[assignment]
    loaded.level = 4
    assert loaded.to_mongo() == {"_id": ID, "level": 4, "background": "unheard-of"}


def test_mixed_fields_are_stored_in_plain_types() -> None:
    state = WorldState(
        state_key="k",
        value={"skill": SkillProgress(), "who": jane().background, "several": (1, 2)},
    )
    stored = state.to_mongo()["value"]
    assert stored == {"skill": {"level": 1, "xp": 0}, "who": "drifter", "several": [1, 2]}
    assert type(stored["who"]) is str


def test_content_has_the_code_that_its_author_gave() -> None:
    assert Quest(id="first-blood", name="First blood").to_mongo()["_id"] == "first-blood"
    with pytest.raises(ValidationError):
        Quest(name="First blood")  # type: ignore[call-arg]


def test_nested_fields_may_be_named_like_functions_of_python() -> None:
    place = Location(
        location_id="saloon", name="S", type="saloon", region_id="r", zone_id="z",
        operating_hours={"open": 8, "close": 24},
    )  # fmt: skip
    assert place.operating_hours is not None
    assert (place.operating_hours.open, place.operating_hours.close) == (8, 24)


def test_json_schema_and_json_are_available_for_every_class() -> None:
    for model in documents().values():
        assert model.model_json_schema()["type"] == "object"
    assert GameCalendar.model_json_schema()["properties"]["gameDay"] == {
        "title": "Gameday", "type": "integer",
    }  # fmt: skip
    assert '"dollars":0' in jane().model_dump_json()


JSON_FORMS = [
    (ID, str(ID)),
    (Decimal128("1.10"), {"$numberDecimal": "1.10"}),
    (b"\xff", {"$binary": {"base64": "/w==", "subType": "00"}}),
    (Binary(b"\xff", 4), {"$binary": {"base64": "/w==", "subType": "04"}}),
    (Regex("a.b", "i"), {"$regularExpression": {"pattern": "a.b", "options": "i"}}),
    (Timestamp(1, 2), {"$timestamp": {"t": 1, "i": 2}}),
    (MinKey(), {"$minKey": 1}),
    (MaxKey(), {"$maxKey": 1}),
    (Code("f()"), {"$code": "f()"}),
    (Code("f()", {"a": 1}), {"$code": "f()", "$scope": {"a": 1}}),
    (DBRef("hats", 7), {"$ref": "hats", "$id": 7}),
    (Int64(2**60), 2**60),
    (FarDate(2**60), "9999-12-31T23:59:59.999000Z"),
    (float("nan"), None),
    ({"in": [ID, {"deep": Decimal128("1")}]}, {"in": [str(ID), {"deep": {"$numberDecimal": "1"}}]}),
]


@pytest.mark.parametrize(("value", "shown"), JSON_FORMS)
def test_every_value_of_the_database_has_a_form_in_json(value: Any, shown: Any) -> None:
    loaded = [
        (Character.hydrate({"_id": ID, "hat": value}), lambda out: out["hat"]),
        (Character.hydrate({"_id": ID, "skills": {"aim": {"hat": value}}}),
         lambda out: out["skills"]["aim"]["hat"]),
        (WorldState.hydrate({"_id": ID, "value": [value]}), lambda out: out["value"][0]),
    ]  # fmt: skip
    for document, of in loaded:
        assert of(json.loads(document.model_dump_json())) == shown
        assert of(document.model_dump(mode="json")) == shown
        kept = of(document.model_dump(by_alias=True))
        assert bson.encode({"": kept}) == bson.encode({"": value})


def test_an_id_that_a_loaded_document_lacks_is_null_in_json() -> None:
    assert json.loads(Character.hydrate({"_id": ID}).model_dump_json())["user_id"] is None


def test_the_schema_of_what_is_serialised_has_the_fields() -> None:
    for model in documents().values():
        fields = model.model_json_schema(mode="serialization")["properties"]
        assert set(fields) >= set(model.model_json_schema()["properties"]) - {"_id"}


def test_the_graph_of_references_is_known() -> None:
    graph = {(r.model.__name__, r.path): r.target.__name__ for r in references()}
    assert graph["Character", "gangId"] == "Gang"
    assert graph["CharacterQuest", "questId"] == "Quest"
    assert ("Duel", "winnerId") not in graph
