"""Three processes play on one ``desperados db`` and one Redis while everything is done to them:
they are killed, and so are both servers; connections are cut, answers lost, commands fail. Whatever
happened, the world adds up, and every call was carried out once, as its answer says, or not at all.

``make storm`` takes a minute, or SECONDS=; the suite tests only who looks at what comes of it.
"""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.storm.checker import operations_in, operations_of, problems_of, read_world
from tests.storm.player import read
from tests.storm.weather import PLAYERS, storm

# Each of these calls leaves one operation with rows from this source, and nothing else does.
ONCE = {
    "quest_reward": {"earn"},
    "service_fee": {"spend"},
    "player_transfer": {"transfer", "send", "send_many"},
    "metal_purchase": {"buy_metal"},
    "metal_sale": {"sell_metal"},
    "shop_purchase": {"buy_from_shop"},
    "shop_sale": {"sell_to_shop"},
    "investment_held": {"invest"},
    "bid_held": {"place_bid"},
}

SECONDS = float(os.environ.get("STORM_SECONDS", "0"))


@pytest.mark.skipif(not SECONDS, reason="takes a minute: make storm")
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
@pytest.mark.timeout(SECONDS * 2 + 120)
async def test_a_world_adds_up_after_a_storm_and_nothing_was_acknowledged_in_vain(
    tmp_path: Path,
) -> None:
    async with storm(tmp_path) as over:
        await over.rage(SECONDS)
        await over.settle_down()
        stored = read_world(over.url)
        audit = await over.run("audit", "--url", over.url)
    assert problems_of(stored) == []
    assert audit == 0
    calls = [call for name in PLAYERS for call in read(tmp_path / f"{name}.journal")]
    ends = [end for _, _, end in calls]
    assert None not in ends
    assert [what for kind, what in ends if kind == "failed"] == []
    acknowledged = [what for kind, what in ends if kind == "done" and what is not None]
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= operations_in(stored)
    assert operations_of(stored, ONCE) == Counter(
        source for _, call, (kind, _) in calls if kind == "done"
        for source, names in ONCE.items() if call[0].__name__ in names
    )  # fmt: skip
    print(f"{len(calls)} calls, {len(acknowledged)} operations, {dict(over.blows)}")
    assert len(acknowledged) > SECONDS
