"""What can be done in a simulation: the bots of all manifests, and looks at what is only read."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, get_type_hints

from bson import ObjectId

from desperados.api.operations.docstrings import parse, resolve_errors
from desperados.assembly.domains import domains
from desperados.engine import dice
from desperados.engine.docstrings import docstring_of
from desperados.engine.errors import GameError
from desperados.engine.manifest.bots import Arguments, Bot, Player, anytime
from desperados.engine.manifest.routes import Access, Route

KEY = "key"
PLAYERS = frozenset({Access.PUBLIC, Access.USER, Access.OWNER})
_HIDDEN = ("password", "token")


@dataclass(frozen=True, slots=True)
class Move:
    """A function of a route that bots call: who acts in it, and how it may be refused.

    ``keyed`` says that it takes an idempotency key; ``refusals`` are the errors that its docstring
    names. ``writes`` is false for queries.
    """

    name: str
    bot: Bot
    access: Access
    takes_caller: bool
    keyed: bool
    writes: bool
    refusals: tuple[type[GameError], ...]

    def is_open_to(self, player: Player) -> bool:
        """Whether the player can try it; what a character does needs a character."""
        return player.playing or self.access is not Access.OWNER

    def actor(self, player: Player) -> tuple[Any, ...]:
        """The argument that says who acts, if there is one."""
        if self.access is Access.PUBLIC:
            return ()
        if self.access is Access.OWNER:
            return (player.character,)
        return (player.caller,) if self.takes_caller else (player.user,)

    def told(self, arguments: Arguments) -> str:
        """The call as a line of the trace; passwords and tokens are nobody's business."""
        said = (
            f"{name}={'...' if any(h in name for h in _HIDDEN) else _text(value)}"
            for name, value in arguments.items()
            if value is not None
        )
        return f"{self.name}({', '.join(said)})"


def _text(value: Any) -> str:
    return str(value) if isinstance(value, ObjectId | str | int | float) else repr(value)


def all_moves() -> tuple[Move, ...]:
    """All of them, in the order of the manifests."""
    moves: list[Move] = []
    for domain in domains():
        bots = {bot.command: bot for bot in domain.bots}
        for route in domain.routes:
            bot = bots.get(route.function) or _look(route)
            if bot is not None:
                moves.append(_move(bot, route))
    return tuple(moves)


def _look(route: Route) -> Bot | None:
    """A bot for what players may read and that asks for nothing; None for anything else."""
    if route.method != "GET" or route.access not in PLAYERS:
        return None
    called = inspect.unwrap(route.function)
    _, asked = _parameters(route)
    if asked or not inspect.iscoroutinefunction(called):
        return None
    return Bot(route.function, anytime)


def _parameters(route: Route) -> tuple[Parameter | None, list[Parameter]]:
    """The parameter that says who acts, and the others that a call must give."""
    parameters = list(inspect.signature(inspect.unwrap(route.function)).parameters.values())
    actor = parameters.pop(0) if route.access is not Access.PUBLIC else None
    return actor, [parameter for parameter in parameters if parameter.default is Parameter.empty]


def _move(bot: Bot, route: Route) -> Move:
    called = inspect.unwrap(route.function)
    actor, _ = _parameters(route)
    hint = get_type_hints(called)[actor.name] if actor is not None else None
    return Move(
        name=".".join((*called.__module__.split(".")[1:-1], called.__name__)),
        bot=bot,
        access=route.access,
        takes_caller=hint is not None and hint is not ObjectId,
        keyed=KEY in inspect.signature(called).parameters,
        writes=route.method != "GET",
        refusals=tuple(resolve_errors(called, list(parse(docstring_of(called)).raises))),
    )


def in_random_order(moves: Sequence[Move]) -> Iterator[Move]:
    """Each of the moves once, those with more weight earlier as a rule."""
    left = list(moves)
    while left:
        at = dice.roll(sum(move.bot.weight for move in left))
        for place, move in enumerate(left):
            at -= move.bot.weight
            if at <= 0:
                yield left.pop(place)
                break
