"""Structured logs: one line an event, as text for people or as JSON for machines, on stderr.

Secrets never reach a line. Every value under a telling name is replaced, however deep it is; in the
finished line so is what looks like a secret wherever it stands: passwords in addresses, tokens,
hashes, ``password=...`` in the text of an error. Tracebacks are printed without the values of local
variables. What was sent cannot forge a line either: control characters are written as escapes.
"""

from __future__ import annotations

import functools
import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from desperados.engine.settings import LogFormat, Settings

_TELLING = (
    "password|passwd|passphrase|pwd|secret|token|authorization|cookie|credential|bearer|jwt"
    "|apikey|privatekey|signingkey|accesskey|otp"
    "|(?:backup|recovery|reset|verification|confirmation|auth|login|mfa)codes?"
)
# About a secret, and none: tokenVersion, password_time_cost, token_type.
_ABOUT = "version|count|cost|kib|parallelism|minutes|days|seconds|hours|type|kind|at|status|id"
_SECRET_NAME = re.compile(_TELLING, re.IGNORECASE)
_HARMLESS_NAME = re.compile(f"(?:[_-](?:{_ABOUT})|[a-z](?:{_ABOUT.title()}))$")
_SEPARATORS = re.compile("[^A-Za-z0-9]")
_SECRET_TEXT = re.compile(
    r"""
      (?P<url>://)[^/\s:@]*:[^/\s@]+(?P<host>@)              # mongodb://user:password@host
    | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                        # an access token
    | \b[0-9a-f]{128}\b                                      # a refresh token
    | \$(?:argon2|2[abxy])[\w=,$+/.-]{20,}                   # a hash of a password
    | (?P<scheme>\bbearer[ .])[\w.~+/=-]{8,}
    | (?P<name>\b(?:password|passwd|pwd|secret|token|api_key)(?:=|\\?["']:\s*(?=\\?["'])))
      (?:(?P<quote>\\?["'])(?:(?!(?P=quote)|"[,}]).)*|[^\s,;&)}\]"'\\]+)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# A line without any of these, in small letters, and without a long word holds no such text. Most
# lines are like that, and are not searched: it would be a tenth of what a request costs.
_HINTS = ("://", "eyj", "$argon2", "$2", "bearer", "passw", "pwd", "secret", "token", "api_key")
_LONG_WORD = 128
# What moves a terminal, ends a line, or turns the direction of reading.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_PLAIN = (int, float, type(None))
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


def scrub_line(_logger: Any, _method: str, line: Any) -> str:
    """Processor: replace what looks like a secret in a line that is ready to be written."""
    return _without_secrets(line)


def _without_secrets(line: str) -> str:
    small = line.lower()
    if any(hint in small for hint in _HINTS) or _longest(small) >= _LONG_WORD:
        return _SECRET_TEXT.sub(_hide, line)
    return line


def _longest(line: str) -> int:
    return max(map(len, line.split()), default=0)


def _hide(found: re.Match[str]) -> str:
    before = found["url"] or found["scheme"] or found["name"] or ""
    return f"{before}{found['quote'] or ''}{HIDDEN}{found['host'] or ''}"


@functools.lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Whether a name says that what it names is a secret: access_token, newPassword, X-Api-Key."""
    together = _SEPARATORS.sub("", name)
    return _SECRET_NAME.search(together) is not None and not _HARMLESS_NAME.search(name)


def _shown(name: Any, value: Any, depth: int) -> Any:
    secret = isinstance(name, str) and is_secret(name)
    return HIDDEN if secret else _scrubbed(value, depth + 1)


def _scrubbed(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value if value.isprintable() else _CONTROL.sub(_escaped, value)
    if isinstance(value, _PLAIN):
        return value
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _shown(name, item, depth) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed(item, depth + 1) for item in value]
    return value


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _renderers(form: LogFormat) -> list[Processor]:
    if form is LogFormat.JSON:
        return [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
            scrub_line,
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        ),
        scrub_line,
    ]
