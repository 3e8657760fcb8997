"""``@command``: what every state-changing service function is.

It runs in a transaction, again as a whole when it loses to others, and exactly once for each
idempotency key: the key and the answer are stored in the same transaction as the effect, so there
is no moment at which one exists without the other. The same key with the same request returns the
first answer; with another request it is refused (``KeyReused``).

A key belongs to the first argument of the command (who acts): two players may use the same key.
Refusals are not recorded: after one, the same key may be used again.

What a repeated key gets is looked up only when it is needed, as a repeat is rare: when the call was
refused, met another, or runs inside another's transaction, which a second record would spoil.

Ids are ids before anything else happens: from Python, too, nobody reads a document by a condition
(``{"$gt": ""}``) where an id is meant.

A command that hundreds send at one document names the argument that says which (``queue``): its
calls wait for each other (``engine.queues``) instead of wasting work on conflicts. Whoever was just
refused and comes again is rehearsed before it stands in line behind others: what would be refused
again holds up nobody.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints, overload

from bson import ObjectId
from pydantic.alias_generators import to_camel
from pymongo.errors import DuplicateKeyError

from desperados.engine.ambient import current_transaction
from desperados.engine.errors import Contention, GameError, InvalidInput, TransactionsUnsupported
from desperados.engine.game import current_game
from desperados.engine.idempotency import Request, recall, remember
from desperados.engine.queues import calls_of, in_turn, in_use
from desperados.engine.storage.answers import Answers
from desperados.engine.transactions import rehearse, run_transaction

P = ParamSpec("P")
R = TypeVar("R")


@overload
def command(function: Callable[P, Awaitable[R]], /) -> Callable[P, Awaitable[R]]: ...


@overload
def command(
    *, queue: str | tuple[str, ...]
) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]: ...


def command(
    function: Callable[P, Awaitable[R]] | None = None,
    /,
    *,
    queue: str | tuple[str, ...] = (),
) -> Any:
    """Make ``function`` a command: ``@command`` or ``@command(queue="gang_id")``.

    If it has a keyword-only parameter ``key``, calls that give one are exactly-once. The result
    must then be a ``View``, a list of them, or None, so that it can be stored and given again.

    ``queue`` names a parameter, or several, that hold ids of documents; "shop/item" is one document
    that two parameters name together. Calls, of whatever command, that queue by the same id are
    carried out one after the other, in the order in which they came. That is for documents that
    many write at once; it is about speed only, and holds within one
    process.
    """
    names = (queue,) if isinstance(queue, str) else queue
    if function is None:
        return functools.partial(_command, queue=names)
    return _command(function)


def _command(
    function: Callable[P, Awaitable[R]], queue: tuple[str, ...] = ()
) -> Callable[P, Awaitable[R]]:
    answered = _exactly_once(function)
    if not queue:
        return answered
    arguments = _Arguments(function)
    places = [place.split("/") for place in queue]
    actor = arguments.names[0]
    names = [actor, *(name for place in places for name in place)]
    for name in names:
        if name not in arguments.names:
            raise TypeError(f"{function.__qualname__} has no parameter {name} to queue by.")

    @functools.wraps(function)
    async def wait_and_run(*args: P.args, **kwargs: P.kwargs) -> R:
        if current_transaction() is not None:
            # Whoever waits here would hold documents that those in front of it may need.
            return await answered(*args, **kwargs)
        given = arguments.of(args, kwargs)
        arguments.require_ids(given)
        for name in names:
            if not isinstance(given[name], ObjectId | str):
                raise InvalidInput("This is neither an id nor a code.", path=to_camel(name))
        values = [_joined([given[name] for name in place]) for place in places]
        async with calls_of(given[actor]) as calls:
            if calls.refused and in_use(*values):
                try:
                    await rehearse(lambda: function(*args, **kwargs))
                except GameError as refusal:
                    if given.get("key") is None:
                        raise
                    return await repeated(function, given, refusal)
            async with in_turn(*values):
                return await answered(*args, **kwargs)

    return wait_and_run


def _joined(ids: list[Any]) -> Any:
    """The name of a queue: an id, or several as one."""
    return ids[0] if len(ids) == 1 else "/".join(map(str, ids))


def _exactly_once(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    arguments = _Arguments(function)
    name = _name(function)
    answers = Answers(function)

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        given = arguments.of(args, kwargs)
        arguments.require_ids(given)
        if kwargs.get("key") is None:
            return await run_transaction(lambda: function(*args, **kwargs))
        request = Request.of(name, given, arguments.defaults)
        answered: R
        try:
            answered = await _once(request, functools.partial(function, *args, **kwargs), answers)
        except _Answered as earlier:
            answered = answers.load(earlier.result)
        return answered

    return run


async def _once(request: Request, call: Callable[[], Awaitable[R]], answers: Answers) -> R:
    """Carry out ``call`` and remember its answer.

    Raises:
        _Answered: the key was used.
        KeyReused: the key was used with another request.
    """
    nested = current_transaction() is not None

    async def body() -> R:
        result = await call()
        remember(request, answers.dump(result))
        return result

    async def look() -> None:
        record = await recall(request)
        if record is not None:
            raise _Answered(record["result"])

    if nested or (request.former_id is not None and current_game().former_records):
        await look()
    try:
        return await run_transaction(body, before_retry=look)
    except (GameError, DuplicateKeyError) as error:
        # Either this request itself is refused, or its twin came first and changed the world
        # under it: then the twin's answer is this one's too.
        if nested or isinstance(error, TransactionsUnsupported):
            raise
        await look()
        _refuse_unfinished(request, error)
        raise


def _name(function: Callable[..., Any]) -> str:
    """``economy.transfer`` for a function of ``desperados.economy.service``."""
    *_, domain = function.__module__.split(".")[:2]
    return f"{domain}.{function.__name__}"


def _refuse_unfinished(request: Request, error: Exception) -> None:
    """Say that the twin's record is there, but that no majority has it yet."""
    if isinstance(error, DuplicateKeyError):
        taken = (error.details or {}).get("keyValue")
        if taken == {"_id": request.id}:
            raise Contention(
                "The first request with this key is not finished; ask again.", retry_after=1
            ) from error


async def repeated(
    function: Callable[..., Awaitable[R]], given: Mapping[str, Any], otherwise: GameError
) -> R:
    """What the command ``function`` answered before to this key; it is not carried out.

    Raises:
        GameError: ``otherwise``, if the key was not used.
        KeyReused: the key was used with another request.
    """
    command = inspect.unwrap(function)
    arguments = _Arguments(command)
    record = await recall(Request.of(_name(command), arguments.of((), given), arguments.defaults))
    if record is None:
        raise otherwise
    answered: R = Answers(command).load(record["result"])
    return answered


class _Arguments:
    """The arguments of a call by name, in the order of the parameters, defaults included.

    ``Signature.bind`` also checks them, at six times the cost. Here the call itself does that,
    right after.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        parameters = inspect.signature(function).parameters
        self.names = tuple(parameters)
        self._empty = {name: parameter.default for name, parameter in parameters.items()}
        self.defaults = {
            name: value for name, value in self._empty.items() if value is not Parameter.empty
        }
        self._function = function
        self._ids: list[tuple[str, tuple[type, ...]]] | None = None

    def of(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        return {**self._empty, **dict(zip(self.names, args, strict=False)), **kwargs}

    def require_ids(self, given: dict[str, Any]) -> None:
        """Refuse what is no id where the annotation says one.

        Raises:
            InvalidInput: with the parameter's name as the path.
        """
        if self._ids is None:
            hints = get_type_hints(self._function)
            self._ids = [
                (name, kinds) for name in self.names if (kinds := _id_kinds(hints.get(name)))
            ]
        for name, kinds in self._ids:
            value = given[name]
            # What is missing altogether the call itself complains about.
            if not isinstance(value, kinds) and value is not Parameter.empty:
                raise InvalidInput("This is not an id.", path=to_camel(name))


def _id_kinds(hint: Any) -> tuple[type, ...]:
    """The classes that an id may have, None included where it may be missing; () for others."""
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return tuple(kinds) if set(kinds) - {NoneType} == {ObjectId} else ()


class _Answered(Exception):
    """The request was answered before."""

    def __init__(self, result: Any) -> None:
        self.result = result
