"""What it costs to turn stored documents into objects and back, in CPU time.

    python benchmarks/hydration.py

Compares, on one 21-field character with two skills: the driver's own BSON decoding and encoding
(what nobody can go below), plain pydantic, Beanie as it comes, and our hydration. No server is
involved, so that only client cost counts. Each figure is the best of several rounds.
"""

import asyncio
import platform
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import beanie
import bson
from beanie.odm.utils.encoder import Encoder
from beanie.odm.utils.parsing import parse_obj
from bson import ObjectId
from bson.codec_options import CodecOptions
from pydantic import BaseModel, ConfigDict, Field

from desperados.characters.documents import Character, CharacterBackground
from desperados.engine.documents import stored_name
from desperados.engine.hydration import codec_of

ROUNDS = 7
LIST = 100
AWARE: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)


class Skill(BaseModel):
    level: int
    xp: int
    specialization: str | None = None


class Fields(BaseModel):
    """The character's fields in ordinary types."""

    model_config = ConfigDict(
        extra="allow", populate_by_name=True, alias_generator=lambda name: stored_name(name)
    )

    user_id: beanie.PydanticObjectId
    name: str
    level: int = 1
    xp: int = 0
    dollars: int = 0
    gold: int = 0
    silver: int = 0
    health: int = 100
    max_health: int = 100
    energy: int = 150
    max_energy: int = 150
    background: CharacterBackground
    faction: str
    current_location_id: beanie.PydanticObjectId
    skills: dict[str, Skill] = Field(default_factory=dict)
    is_in_combat: bool = False
    is_in_jail: bool = False
    is_dead: bool = False
    gang_id: beanie.PydanticObjectId | None = None
    created_at: datetime
    updated_at: datetime
    last_active: datetime


class PlainPydantic(Fields):
    id: beanie.PydanticObjectId = Field(alias="_id")


class PlainBeanie(beanie.Document):
    """Beanie as its users write it; it needs its alias for the id."""

    model_config = ConfigDict(
        extra="allow",
        alias_generator=lambda name: "_id" if name == "id" else stored_name(name),
    )
    __annotations__ = dict(Fields.__annotations__)

    @classmethod
    def get_pymongo_collection(cls) -> Any:
        return None

    @classmethod
    def get_motor_collection(cls) -> Any:
        return None


def sample() -> dict[str, Any]:
    """A character as it is stored."""
    built = Character(
        user_id=ObjectId(),
        name="Jane Doe",
        background=CharacterBackground.DRIFTER,
        faction="frontera",
        current_location_id=ObjectId(),
        gang_id=ObjectId(),
        skills={"marksmanship": {"level": 12, "xp": 340}, "riding": {"level": 3, "xp": 12}},
    )
    raw = built.to_mongo()
    del raw["ledgerSeq"]
    return raw


def microseconds(function: Callable[[], Any], repeat: int) -> float:
    """CPU time of one call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(repeat):
            function()
        best = min(best, (time.process_time() - start) / repeat)
    return best * 1e6


def line(name: str, cost: float, base: float, beanies: float) -> None:
    print(f"  {name:34}{cost:9.2f} us {cost / base:8.2f} x driver {beanies / cost:8.2f} x faster")


async def main() -> None:
    from beanie import init_beanie

    from desperados.engine.binding import _NoDatabase

    await init_beanie(
        database=_NoDatabase(),  # type: ignore[arg-type]
        document_models=[PlainBeanie],
        skip_indexes=True,
    )
    encoded = bson.encode(sample())
    raw = bson.decode(encoded, AWARE)
    read = codec_of(Character).read
    decode = microseconds(lambda: bson.decode(encoded, AWARE), 5000)
    encode = microseconds(lambda: bson.encode(raw), 5000)
    validated = PlainPydantic.model_validate(raw)
    parsed = parse_obj(PlainBeanie, dict(raw))
    loaded = Character.hydrate(dict(raw))
    print(f"Python {platform.python_version()}, Beanie {beanie.__version__}, {len(raw)} fields")

    beanies = microseconds(lambda: parse_obj(PlainBeanie, raw), 1000)
    print("From the driver's dict to an object")
    line("driver: BSON to dict", decode, decode, beanies)
    line(
        "plain pydantic",
        microseconds(lambda: PlainPydantic.model_validate(raw), 1000),
        decode,
        beanies,
    )
    line("plain Beanie", beanies, decode, beanies)
    line(
        "ours, validated",
        microseconds(lambda: Character.model_validate(raw), 1000),
        decode,
        beanies,
    )
    line("ours, hydrated", microseconds(lambda: read(raw), 5000), decode, beanies)

    beanies = microseconds(lambda: Encoder(to_db=True).encode(parsed), 500)
    print("From an object to what the driver encodes")
    line("driver: dict to BSON", encode, encode, beanies)
    line(
        "plain pydantic",
        microseconds(lambda: validated.model_dump(by_alias=True), 2000),
        encode,
        beanies,
    )
    line("plain Beanie", beanies, encode, beanies)
    line("ours", microseconds(loaded.to_mongo, 5000), encode, beanies)

    print(f"A list of {LIST}, decoded and turned into objects")
    many = [encoded] * LIST
    base = microseconds(lambda: [bson.decode(one, AWARE) for one in many], 100)
    ours = microseconds(lambda: [read(bson.decode(one, AWARE)) for one in many], 100)
    theirs = microseconds(
        lambda: [parse_obj(PlainBeanie, bson.decode(one, AWARE)) for one in many], 10
    )
    line("driver: BSON to dicts", base, base, theirs)
    line("ours, hydrated", ours, base, theirs)
    line("plain Beanie", theirs, base, theirs)


if __name__ == "__main__":
    asyncio.run(main())
