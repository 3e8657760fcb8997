"""Docstrings that are shown to users: those of errors, of commands, of events.

``python -OO`` leaves them out of what it runs; they are still in the source that is beside it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any


def docstring_of(thing: type | Callable[..., Any]) -> str:
    """The docstring of a class or function as it is written; "" where there is none."""
    return thing.__doc__ or (_in_source(thing) if not __debug__ else "")


@cache
def _in_source(thing: Any) -> str:
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(thing))).body
    except (OSError, TypeError):  # there is no source, or none of this
        return ""
    if not isinstance(definition, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    return ast.get_docstring(definition, clean=False) or ""
