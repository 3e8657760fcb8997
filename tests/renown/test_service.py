"""What a character sees of its renown."""

from desperados import renown
from desperados.engine.clock import FrozenClock
from desperados.renown.conduct_table import Dimension
from desperados.testing import World
from tests.renown.deeds import do, move


async def test_somebody_new_stands_well_with_its_own_and_nowhere_else(world: World) -> None:
    jane = await world.character()  # of the Frontera
    found = {row.faction: row for row in await renown.standings(jane)}
    assert {faction: row.points for faction, row in found.items()} == {
        "settler_alliance": 0,
        "nahi_coalition": 0,
        "frontera": 10,
        "us_military": 0,
        "railroad_barons": 0,
        "independent_outlaws": 0,
    }
    assert found["frontera"].rival == "settler_alliance"
    assert {row.word for row in found.values()} == {"neutral"}


async def test_the_standings_are_those_that_moved(world: World) -> None:
    jane = await world.character()
    await move(jane, railroad_barons=30, frontera=-15)
    found = {row.faction: row for row in await renown.standings(jane)}
    assert (found["railroad_barons"].points, found["railroad_barons"].word) == (30, "friendly")
    assert (found["frontera"].points, found["frontera"].price_percent) == (-5, 115)


async def test_the_history_comes_in_pages_newest_first(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    for number in range(3):
        time.advance(minutes=1)
        await move(jane, f"deed {number}", nahi_coalition=number + 1)
    first = await renown.standing_history(jane, limit=2)
    assert [(row.reason, row.change) for row in first.items] == [("deed 2", 3), ("deed 1", 2)]
    rest = await renown.standing_history(jane, limit=2, after=first.next)
    assert [row.reason for row in rest.items] == ["deed 0"]


async def test_conduct_is_shown_as_it_has_faded(world: World, time: FrozenClock) -> None:
    jane = await world.character()
    await do(jane, "rescue_hostage", "fair_duel")
    found = await renown.reputation(jane)
    assert (found.moral, found.tier) == (20, "deputy")
    assert found.dimensions[Dimension.COURAGE] == 7
    # Honour 5, justice 2, mercy 4, courage 7: the Gambler likes it, the Outlaw King does not mind.
    assert [(god.god, god.points, god.word) for god in found.gods] == [
        ("gambler", 8, "unknown"),
        ("outlaw_king", 0, "unknown"),
    ]
    time.advance(days=365)
    assert (await renown.reputation(jane)).moral == 17


async def test_who_has_done_nothing_has_no_weight(world: World) -> None:
    found = await renown.reputation(await world.character())
    assert (found.moral, found.tier) == (0, "neutral")
    assert set(found.dimensions.values()) == {0}
