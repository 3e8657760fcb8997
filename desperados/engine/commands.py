"""``@command``: what every state-changing service function is.

It runs in a transaction, again as a whole when it loses to others, and exactly once for each
idempotency key: the key and the answer are stored in the same transaction as the effect, so there
is no moment at which one exists without the other. The same key with the same request returns the
first answer; with another request it is refused (``KeyReused``).

A key belongs to the first argument of the command (who acts): two players may use the same key.
Refusals are not recorded: after one, the same key may be used again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, get_type_hints

from pydantic import TypeAdapter
from pymongo.errors import DuplicateKeyError

from desperados.engine.errors import GameError
from desperados.engine.idempotency import Request, recall, remember
from desperados.engine.transactions import current_transaction, run_transaction

P = ParamSpec("P")
R = TypeVar("R")


def command(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    """Make ``function`` a command.

    If it has a keyword-only parameter ``key``, calls that give one are exactly-once. The result
    must then be a ``View``, a list of them, or None, so that it can be stored and given again.
    """
    signature = inspect.signature(function)
    name = f"{function.__module__.split('.')[1]}.{function.__name__}"
    answers = _Answers(function)

    @functools.wraps(function)
    async def run(*args: P.args, **kwargs: P.kwargs) -> R:
        key = kwargs.get("key")
        if key is None:
            return await run_transaction(lambda: function(*args, **kwargs))
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        request = Request.of(name, bound.arguments)
        answered: R

        async def body() -> R:
            result = await function(*args, **kwargs)
            remember(request, answers.dump(result))
            return result

        async def look_first() -> None:
            record = await recall(request)
            if record is not None:
                raise _Answered(record["result"])

        try:
            return await run_transaction(body, before_retry=look_first)
        except _Answered as earlier:
            answered = answers.load(earlier.result)
            return answered
        except (GameError, DuplicateKeyError):
            # Either this request itself is refused, or its twin came first and changed the world
            # under it: then the twin's answer is this one's too.
            if current_transaction() is not None:
                raise
            record = await recall(request)
            if record is None:
                raise
            answered = answers.load(record["result"])
            return answered

    return run


class _Answered(Exception):
    """The request was answered before."""

    def __init__(self, result: Any) -> None:
        self.result = result


class _Answers:
    """Turns results into what BSON can hold and back, by the command's return annotation."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._adapter: TypeAdapter[Any] | None = None

    def _of_annotation(self) -> TypeAdapter[Any]:
        if self._adapter is None:
            hints = get_type_hints(self._function, include_extras=True)
            self._adapter = TypeAdapter(hints["return"])
        return self._adapter

    def dump(self, result: Any) -> Any:
        return self._of_annotation().dump_python(result, by_alias=True)

    def load(self, stored: Any) -> Any:
        return self._of_annotation().validate_python(stored)
