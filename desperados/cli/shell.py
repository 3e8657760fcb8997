"""``desperados shell``: a Python prompt in which ``await`` works and a game is connected."""

from __future__ import annotations

import ast
import asyncio
import code
import contextlib
import inspect
import types
from typing import Any

import desperados
from desperados.cli.console import output, visible
from desperados.engine.errors import GameError

BANNER = "game, documents, accounts, characters, economy, audit and ObjectId are here; await works."


def open_shell(url: str | None, redis_url: str | None) -> None:
    """Connect, prompt, disconnect."""
    with asyncio.Runner() as runner, contextlib.ExitStack() as stack:
        connection = desperados.connect(url, redis_url)
        game = runner.run(connection.__aenter__())
        stack.callback(lambda: runner.run(connection.__aexit__(None, None, None)))
        AsyncConsole(runner, _names(game)).interact(banner=BANNER, exitmsg="")
        output.print("Closed.")


class AsyncConsole(code.InteractiveConsole):
    """A prompt that runs what it reads on one event loop, and prints refusals as one line."""

    def __init__(self, runner: asyncio.Runner, names: dict[str, Any]) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._runner = runner

    def runcode(self, compiled: types.CodeType) -> None:
        """Run one statement; if it awaits, on the loop."""
        try:
            result = types.FunctionType(compiled, self.locals)()
            if inspect.iscoroutine(result):
                self._runner.run(result)
        except SystemExit:
            raise
        except GameError as error:
            self.write(
                visible(f"{type(error).__name__}: {error.message} {error.facts or ''}") + "\n"
            )
        except BaseException:  # what a prompt is for: show it and go on
            self.showtraceback()


def _names(game: Any) -> dict[str, Any]:
    from bson import ObjectId

    from desperados.accounts import service as accounts
    from desperados.characters import service as characters
    from desperados.economy import service as economy
    from desperados.ops.audit import audit

    return {
        "game": game,
        "documents": desperados.documents(),
        "accounts": accounts,
        "characters": characters,
        "economy": economy,
        "audit": audit,
        "ObjectId": ObjectId,
    }
