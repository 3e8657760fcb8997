"""What Mongoose wrote survives a load and a save, value for value and byte for byte."""

import copy
import math
from datetime import UTC, datetime
from typing import Any

import bson
import pytest
from bson import Int64, ObjectId
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desperados.assembly.documents import documents
from desperados.characters.documents import Character, CharacterBackground, SkillProgress
from desperados.combat.duels.documents import Duel
from desperados.economy.market.documents import MarketListing
from desperados.engine import driver
from desperados.engine.errors import CorruptValue
from desperados.engine.storage.hydration import LAYOUTS_LIMIT, Codec, codec_of
from desperados.world.documents import WorldState
from tests.documents.specification import collections
from tests.documents.strategies import stored

ID = ObjectId("65f0c0ffee0123456789abcd")


def character(**fields: Any) -> dict[str, Any]:
    return {"_id": ID, "userId": ID, "name": "Jane", "dollars": 5, "skills": {}, **fields, "__v": 3}


@pytest.mark.parametrize("model", sorted(collections()))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_load_and_a_save_change_no_byte(model: str, data: st.DataObject) -> None:
    before = bson.encode(data.draw(stored(model)))
    loaded = documents()[model].hydrate(bson.decode(before, driver.CODEC))
    assert bson.encode(loaded.to_mongo()) == before


def test_values_arrive_in_the_types_of_their_fields() -> None:
    loaded = Character.hydrate(
        character(background="drifter", skills={"aim": {"level": 2.0, "xp": 7}}, gold=7.0)
    )
    assert loaded.background is CharacterBackground.DRIFTER
    assert loaded.skills == {"aim": SkillProgress.hydrate({"level": 2, "xp": 7})}
    assert loaded.gold == 7
    assert isinstance(loaded.gold, int)
    assert isinstance(loaded.skills["aim"].level, int)


def test_a_double_that_was_left_alone_stays_a_double_and_a_changed_one_becomes_an_integer() -> None:
    loaded = Character.hydrate(character(gold=7.0, silver=9.0))
    loaded.silver += 1
    saved = loaded.to_mongo()
    assert isinstance(saved["gold"], float)
    assert isinstance(saved["silver"], int)
    assert saved["silver"] == 10


def test_a_long_that_was_left_alone_stays_a_long() -> None:
    assert type(Character.hydrate(character(xp=Int64(4))).to_mongo()["xp"]) is Int64


@pytest.mark.parametrize("value", [1.5, "5", True, float("nan"), float("inf"), 1e300, {"$inc": 1}])
def test_money_that_is_no_whole_number_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(CorruptValue) as refused:
        Character.hydrate(character(dollars=value))
    assert refused.value.facts["document"] == "Character"
    assert refused.value.facts["field"] == "dollars"
    assert refused.value.facts["id"] == str(ID)


def test_minus_zero_is_nothing_to_count_with_and_stays_a_double_with_its_sign() -> None:
    loaded = Character.hydrate(character(gold=-0.0))
    assert (loaded.gold, loaded.gold + 1) == (0, 1)
    assert math.copysign(1, loaded.to_mongo()["gold"]) == -1
    other = Character.hydrate(character())
    other.gold = copy.deepcopy(loaded).gold
    assert math.copysign(1, other.to_mongo()["gold"]) == -1


def test_money_in_nested_objects_is_refused_when_it_is_read() -> None:
    listing = MarketListing.hydrate({"_id": ID, "bids": [{"amount": 0.5}]})
    with pytest.raises(CorruptValue):
        _ = listing.bids
    assert listing.to_mongo() == {"_id": ID, "bids": [{"amount": 0.5}]}


def test_nested_fields_are_converted_when_they_are_first_read_and_once() -> None:
    loaded = Character.hydrate(character(skills={"aim": {"level": 2}}))
    assert "skills" not in loaded.__dict__
    assert loaded.skills["aim"].level == 2
    assert loaded.skills is loaded.skills


def test_nested_fields_that_were_not_read_are_there_for_whoever_looks_at_the_whole() -> None:
    raw = character(skills={"aim": {"level": 2}})
    assert "aim" in repr(Character.hydrate(dict(raw)))
    assert "skills" in dict(Character.hydrate(dict(raw)))
    assert Character.hydrate(dict(raw)).model_dump()["skills"]["aim"]["level"] == 2
    assert '"level":2' in Character.hydrate(dict(raw)).model_dump_json(include={"skills"})
    assert Character.hydrate(dict(raw)) == Character.hydrate(dict(raw))
    assert Character.hydrate(dict(raw)).model_copy().skills["aim"].level == 2


def test_a_string_that_the_enum_does_not_know_is_kept_as_it_is() -> None:
    loaded = Duel.hydrate({"_id": ID, "status": "postponed"})
    assert loaded.status == "postponed"
    assert loaded.to_mongo() == {"_id": ID, "status": "postponed"}


def test_null_and_missing_are_told_apart() -> None:
    missing, null = character(), character(gangId=None)
    assert Character.hydrate(dict(missing)).gang_id is None
    assert Character.hydrate(dict(null)).gang_id is None
    assert "gangId" not in Character.hydrate(dict(missing)).to_mongo()
    assert Character.hydrate(dict(null)).to_mongo()["gangId"] is None


def test_a_missing_field_reads_as_its_default_and_is_not_written() -> None:
    loaded = Character.hydrate({"_id": ID})
    assert (loaded.level, loaded.dollars, loaded.skills, loaded.is_dead) == (1, 0, {}, False)
    assert loaded.name is None
    assert loaded.created_at is None
    assert loaded.to_mongo() == {"_id": ID}


def test_a_missing_field_that_is_set_or_filled_is_written() -> None:
    loaded = Character.hydrate({"_id": ID, "extra": 1})
    loaded.dollars = 7
    loaded.skills["aim"] = SkillProgress()
    assert loaded.to_mongo() == {
        "_id": ID, "extra": 1, "dollars": 7, "skills": {"aim": {"level": 1, "xp": 0}},
    }  # fmt: skip


def test_defaults_of_missing_fields_are_not_shared_between_documents() -> None:
    one, other = Character.hydrate({"_id": ID}), Character.hydrate({"_id": ID})
    one.skills["aim"] = SkillProgress()
    assert other.skills == {}


def test_fields_keep_their_order_even_around_unknown_ones() -> None:
    raw = {"__v": 1, "name": "Jane", "hat": "black", "_id": ID, "level": 2}
    loaded = Character.hydrate(dict(raw))
    loaded.level = 3
    assert list(loaded.to_mongo()) == list(raw)


def test_unknown_fields_can_be_read_changed_added_and_removed() -> None:
    loaded = Character.hydrate(character(hat={"colour": "black"}, boots=2))
    loaded.hat["colour"] = "white"  # type: ignore[attr-defined]
    loaded.belt = "brown"  # type: ignore[attr-defined]
    del loaded.boots  # type: ignore[attr-defined]
    saved = loaded.to_mongo()
    assert saved["hat"] == {"colour": "white"}
    assert saved["belt"] == "brown"
    assert "boots" not in saved


def test_an_unknown_field_named_like_an_attribute_is_not_taken_for_the_field() -> None:
    raw = {"_id": ID, "gangId": None, "gang_id": "red"}
    loaded = Character.hydrate(dict(raw))
    assert loaded.gang_id is None
    assert loaded.to_mongo() == raw


def test_a_naive_date_is_taken_as_utc() -> None:
    loaded = Character.hydrate(character(createdAt=datetime(2024, 1, 1)))
    assert loaded.created_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_what_is_stored_shares_no_container_with_the_document() -> None:
    loaded = WorldState.hydrate({"_id": ID, "value": {"a": [1]}, "x": [[2]]})
    out = loaded.to_mongo()
    out["value"]["a"].append(2)
    out["x"][0].append(3)
    assert loaded.to_mongo() == {"_id": ID, "value": {"a": [1]}, "x": [[2]]}


def test_ever_new_unknown_fields_do_not_fill_the_memory() -> None:
    codec = Codec(Duel)
    for number in range(LAYOUTS_LIMIT + 50):
        codec.read({"_id": ID, f"x{number}": 1})
    assert len(codec._layouts) == LAYOUTS_LIMIT
    assert codec.write(codec.read({"_id": ID, "later": 1})) == {"_id": ID, "later": 1}


def test_the_codec_of_a_class_is_built_once() -> None:
    assert codec_of(Duel) is codec_of(Duel)
