"""Against the metal exchange: pump, revert, pull, split, wait, and know what comes.

``Exchange`` is the exchange as its rules say, in memory. The tests play the same orders in a world
and compare each price.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from desperados.economy.bank import curve, rates
from desperados.economy.bank.documents import ExchangedResource as Metal
from desperados.economy.bank.rates import RULES, MetalEvent
from desperados.economy.market import turns
from strategies.play import Strategy

STEP_HOURS = 4
COOLDOWN = timedelta(seconds=5)
STAKE = 1_000_000  # dollars, of those who have much


class Exchange:
    """Both metals, from a Monday at midnight on. What is bought and sold is counted in dollars."""

    def __init__(self, chance: Random, rate_percent: int = 100, *, events: bool = False) -> None:
        self.chance = chance
        self.hours = 0
        self.rates = {metal: RULES[metal].base * rate_percent // 100 for metal in Metal}
        self.pressure = dict.fromkeys(Metal, 0)
        self._events = events
        self._active: dict[str, int] = {}

    def buy(self, metal: Metal, units: int) -> int:
        """What the player has more by it: nothing, less the cost."""
        cost = curve.buy_cost(units, self.rates[metal], self.pressure[metal])
        self._push(metal, units * self.rates[metal])
        return -cost

    def sell(self, metal: Metal, units: int) -> int:
        """What the player has more by it."""
        proceeds = curve.sell_proceeds(units, self.rates[metal], self.pressure[metal])
        self._push(metal, -units * self.rates[metal])
        return proceeds

    def bid(self, metal: Metal, units: int) -> int:
        """What a sale would bring now."""
        return curve.sell_proceeds(units, self.rates[metal], self.pressure[metal])

    def wait(self, **units: float) -> None:
        """Time goes by, but no hour."""
        for metal in Metal:
            self.pressure[metal] = curve.faded(self.pressure[metal], timedelta(**units))

    def hour(self) -> None:
        """An hour goes by: what is due happens at its end."""
        self.wait(hours=1)
        self.hours += 1
        if self._events:
            self._tick()
        if self.hours % STEP_HOURS == 0:
            for metal in Metal:
                most = rates.largest_drift(metal, self.rates[metal])
                self.rates[metal] += self.chance.randint(-most, most)

    def strike(self, event: MetalEvent, metal: Metal | None = None) -> None:
        """An event strikes: all that it may strike, or ``metal``."""
        for struck, (low, high) in self.chance.choice(rates.strikes(event, metal)).items():
            percent = self.chance.randint(low * 100, high * 100)
            self._push(struck, curve.value_of(rates.event_push(struck, percent)))

    def _push(self, metal: Metal, value: int) -> None:
        self.pressure[metal] = curve.pushed(self.pressure[metal], value)

    def _tick(self) -> None:
        """What the market does in an hour."""
        self._active = {code: end for code, end in self._active.items() if end > self.hours}
        for kind in turns.KINDS:
            if self.chance.randint(1, 1_000) > kind.chance:
                continue
            if turns.may_start(kind, set(self._active)):
                lasts = self.chance.randint(turns.SHORTEST, turns.LONGEST)
                self._active[kind.code] = self.hours + lasts
                if kind.code in turns.AT_THE_EXCHANGE:
                    self.strike(turns.AT_THE_EXCHANGE[kind.code])


def lots(metal: Metal, dollars: int = STAKE) -> list[int]:
    """The orders in which so many dollars are spent, each as large as it may be."""
    units = dollars * 100 // RULES[metal].base
    full, rest = divmod(units, rates.MOST_UNITS)
    return [rates.MOST_UNITS] * full + [rest] * bool(rest)


def pump(metal: Metal, hours: int) -> Strategy:
    """Buy all that can be bought before each step, for a week, and sell it all at once."""

    def play(chance: Random) -> float:
        exchange, gain, bought = Exchange(chance), 0, 0
        for _ in range(168 // hours):
            gain += exchange.buy(metal, rates.MOST_UNITS)
            bought += 1
            for _ in range(hours):
                exchange.hour()
        for _ in range(bought):
            gain += exchange.sell(metal, rates.MOST_UNITS)
            exchange.wait(seconds=COOLDOWN.seconds)
        return gain

    return Strategy(f"pump {metal.value} for a week, an order in {hours} h", play)


def pump_and_dump(metal: Metal, characters: int) -> Strategy:
    """Many characters buy at once and push the price; those who have metal sell into it."""

    def play(chance: Random) -> float:
        exchange, honest = Exchange(chance), Exchange(chance)
        gain = sum(exchange.buy(metal, rates.MOST_UNITS) for _ in range(characters))
        gain += exchange.sell(metal, 1_000) - honest.sell(metal, 1_000)
        for _ in range(characters):
            exchange.wait(seconds=COOLDOWN.seconds)
            gain += exchange.sell(metal, rates.MOST_UNITS)
        return gain

    return Strategy(f"push {metal.value} with {characters} characters for one who sells", play)


def revert(metal: Metal, percent: int) -> Strategy:
    """Others have pushed the price down by so much: buy, and wait until the push is gone."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance)
        exchange.pressure[metal] = curve.value_of(-percent * 100)
        orders = lots(metal, 200_000)
        gain = sum(exchange.buy(metal, units) for units in orders)
        while exchange.pressure[metal]:
            exchange.hour()
        return gain + sum(exchange.sell(metal, units) for units in orders)

    return Strategy(f"buy {metal.value} that others have pushed down by {percent}%", play)


def revert_twice(metal: Metal) -> Strategy:
    """A crowd has sold; buy; a crowd has bought; sell. The best that others can do for one."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance)
        exchange.pressure[metal] = -curve.MOST
        gain = exchange.buy(metal, 1_000)
        exchange.pressure[metal] = curve.MOST
        return gain + exchange.sell(metal, 1_000)

    return Strategy(f"{metal.value} from the lowest to the highest that others can push", play)


def pull(metal: Metal, rate_percent: int) -> Strategy:
    """At a rate far from the base: in before the end of the week, out after it."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance, rate_percent)
        for _ in range(6 * 24 - 1):
            exchange.hour()
        gain = exchange.buy(metal, 1_000)
        exchange.hour()
        return gain + exchange.sell(metal, 1_000)

    return Strategy(f"{metal.value} at {rate_percent}% over the hour of the week's end", play)


def known_hours(metal: Metal) -> Strategy:
    """In just before each step and out just after it, for ten days."""

    def play(chance: Random) -> float:
        exchange, gain = Exchange(chance, events=True), 0
        for _ in range(60):
            for _ in range(STEP_HOURS - 1):
                exchange.hour()
            gain += exchange.buy(metal, 100)
            exchange.hour()
            gain += exchange.sell(metal, 100)
        return gain

    return Strategy(f"{metal.value} over each step for ten days", play)


def split(metal: Metal, parts: int, apart: timedelta) -> Strategy:
    """Buy in small orders, one by one or by many characters, and sell in small orders."""

    def play(chance: Random) -> float:
        exchange, gain = Exchange(chance), 0
        units = rates.MOST_UNITS // parts
        for trade in (exchange.buy, exchange.sell):
            for _ in range(parts):
                gain += trade(metal, units)
                exchange.wait(seconds=apart.total_seconds())
        return gain

    return Strategy(f"{metal.value} in {parts} orders, {apart.total_seconds():.0f} s apart", play)


def wait_at(metal: Metal, rate_percent: int, until_percent: int, days: int) -> Strategy:
    """Buy far below the base, and sell when it is back, or after so many days whatever it is."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance, rate_percent)
        gain = exchange.buy(metal, 1_000)
        goal = RULES[metal].base * until_percent // 100
        while exchange.rates[metal] < goal and exchange.hours < days * 24:
            exchange.hour()
        return gain + exchange.sell(metal, 1_000)

    name = f"{metal.value} at {rate_percent}% of the base, until {until_percent}% or {days} days"
    return Strategy(name, play)


def hold(metal: Metal, days: int) -> Strategy:
    """Hold it while market events come and go, and sell in the first hour that pays, or in the end.

    Events push up more often than down.
    """

    def play(chance: Random) -> float:
        exchange = Exchange(chance, events=True)
        cost = -exchange.buy(metal, 1_000)
        while exchange.bid(metal, 1_000) <= cost and exchange.hours < days * 24:
            exchange.hour()
        return exchange.sell(metal, 1_000) - cost

    return Strategy(f"hold {metal.value} through market events, {days} days at most", play)


def insider(metal: Metal, up: MetalEvent, down: MetalEvent) -> Strategy:
    """Somebody is told of each event a minute before: in before a rush, out in it, and so on."""

    def play(chance: Random) -> float:
        exchange = Exchange(chance)
        gain = exchange.buy(metal, 1_000)
        exchange.strike(up, metal)
        gain += exchange.sell(metal, 1_000)
        exchange.pressure[metal] = 0
        gain += exchange.sell(metal, 1_000)
        exchange.strike(down, metal)
        return gain + exchange.buy(metal, 1_000)

    return Strategy(f"{metal.value}, knowing of {up.value} and {down.value}", play)


def _both() -> list[Strategy]:
    found = []
    for metal in Metal:
        rush = MetalEvent.GOLD_RUSH if metal is Metal.GOLD else MetalEvent.SILVER_STRIKE
        found += [
            pump(metal, 4),
            pump(metal, 1),
            pump_and_dump(metal, 1),
            pump_and_dump(metal, 20),
            revert(metal, 4),
            revert(metal, 30),
            revert_twice(metal),
            pull(metal, 60),
            pull(metal, 160),
            known_hours(metal),
            split(metal, 1, COOLDOWN),
            split(metal, 100, timedelta()),
            split(metal, 100, COOLDOWN),
            split(metal, 100, timedelta(minutes=20)),
            wait_at(metal, 80, 100, 90),
            wait_at(metal, 80, 95, 30),
            wait_at(metal, 52, 60, 60),
            hold(metal, 7),
            hold(metal, 30),
            insider(metal, rush, MetalEvent.MARKET_FLOOD),
        ]
    return found


STRATEGIES = tuple(_both())
