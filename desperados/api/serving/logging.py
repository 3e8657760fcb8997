"""Structured logs: one line an event, as text for people or as JSON for machines, on stderr.

Secrets never reach a line: every value under a telling name is replaced, however deep it is, and
tracebacks are printed without the values of local variables.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from desperados.engine.settings import LogFormat, Settings

SECRET_NAMES = ("password", "token", "secret", "code", "authorization", "cookie")
_SECRET_NAME = re.compile("|".join(SECRET_NAMES), re.IGNORECASE)
_PLAIN = (str, int, float, type(None))
HIDDEN = "[hidden]"
DEEPEST = 12

# What the formatter itself put there and needs back as it was.
_FORMATTERS_OWN = frozenset({"exc_info", "_record", "_from_structlog"})


def configure_logging(settings: Settings) -> None:
    """Send this package's events and the standard library's records to stderr, in one form.

    Events go there straight. Records are turned into events first, by a formatter.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        scrub,
    ]
    rendered = _renderers(settings.log_format)
    structlog.configure(
        processors=[*shared, *rendered],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)


def scrub(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Processor: replace every value whose name says that it is secret."""
    return {
        name: value if name in _FORMATTERS_OWN else _shown(name, value, 0)
        for name, value in event.items()
    }


def _shown(name: Any, value: Any, depth: int) -> Any:
    secret = isinstance(name, str) and _SECRET_NAME.search(name) is not None
    return HIDDEN if secret else _scrubbed(value, depth + 1)


def _scrubbed(value: Any, depth: int) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _shown(name, item, depth) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(item, depth + 1) for item in value]
    return value


def _renderers(form: LogFormat) -> list[Processor]:
    if form is LogFormat.JSON:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
