"""Failures that cost time: whoever keeps failing waits, ever longer, and never for good.

A counter has some failures that are free; the last of them, and each one after it, is followed by a
delay in which nothing is tried at all, neither right nor wrong. The delays double from a minute to
half an hour. Success is not counted; it forgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desperados.engine import clock
from desperados.engine.live.state import FAILURES, run_script

DELAYS = (60, 120, 240, 480, 960, 1800)
"""Seconds to wait after the last free failure, the one after it, and so on; the last for all."""


@dataclass(frozen=True, slots=True)
class Failures:
    """A counter: ``free`` failures of ``subject`` in ``seconds`` from the first of them on.

    The window is never extended, or somebody who keeps failing would be remembered for ever.
    """

    name: str
    subject: str
    free: int
    seconds: int

    @property
    def key(self) -> str:
        """Where they are counted."""
        return FAILURES.name(name=self.name, subject=self.subject)


# The end of the longest delay, in milliseconds; 0 if there is none.
_WAIT = """
local ends, now = 0, tonumber(ARGV[1])
for _, key in ipairs(KEYS) do
  ends = math.max(ends, tonumber(redis.call('HGET', key, 'until') or '0'))
end
if ends > now then return ends - now end
return 0
"""
# One script is one step: of many at once that fail, no more are counted than are free. The first
# number is what is left of a delay that holds, and then nothing is counted. A failure that is not
# free in one counter is not passed on to the next.
_COUNT = """
local now, delays = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = 2 + delays
for _, key in ipairs(KEYS) do
  local ends = tonumber(redis.call('HGET', key, 'until') or '0')
  if ends > now then return {ends - now} end
end
local found = {0}
for number, key in ipairs(KEYS) do
  local free = tonumber(ARGV[first + 2 * number - 1])
  local seconds = tonumber(ARGV[first + 2 * number])
  if tonumber(redis.call('HGET', key, 'forgotten') or '0') <= now then
    redis.call('DEL', key)
    redis.call('HSET', key, 'forgotten', string.format('%.0f', now + seconds * 1000))
    redis.call('EXPIRE', key, seconds)
  end
  local count = redis.call('HINCRBY', key, 'count', 1)
  if count >= free then
    local delay = tonumber(ARGV[2 + math.min(delays, count - free + 1)])
    redis.call('HSET', key, 'until', string.format('%.0f', now + delay * 1000))
  end
  found[number + 1] = count
  if count > free then break end
end
return found
"""


async def delay_left(redis: Any, counters: Sequence[Failures]) -> float:
    """For how many seconds nothing is tried, by the longest delay of these counters; 0.0 if none.

    Raises:
        Unavailable: Redis does not answer.
    """
    left: int = await run_script(redis, _WAIT, [c.key for c in counters], [_now()])
    return left / 1000


async def count_failure(redis: Any, counters: Sequence[Failures]) -> tuple[float, list[Failures]]:
    """Count a failure in these counters, in their order, as far as each lets it through.

    Returns for how many seconds a delay still holds, in which case nothing was counted; and the
    counters of which this was the last free failure.

    Raises:
        Unavailable: Redis does not answer.
    """
    arguments = [_now(), len(DELAYS), *DELAYS]
    for counter in counters:
        arguments += (counter.free, counter.seconds)
    left, *counts = await run_script(redis, _COUNT, [c.key for c in counters], arguments)
    used_up = [
        counter for counter, count in zip(counters, counts, strict=False) if count == counter.free
    ]
    return left / 1000, used_up


def _now() -> int:
    """Milliseconds; a thousandth of a second is no matter, and Redis keeps no fractions."""
    return int(clock.now().timestamp() * 1000)
