"""What the exit code of a command says, and how a command comes to it.

Scripts go by the code, so 1 is said by a command that looked and found something, and by nobody
else: Python and the libraries of the command line use it for tracebacks, pipes and whatever else.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from desperados.engine.errors import GameError, Unavailable

DONE = 0
NOT_IN_ORDER = 1
"""The command looked, and something is not in order."""
CALLED_WRONGLY = 2
"""It was called wrongly, a setting is unusable, or the world refuses it."""
FAILED = 3
"""It could not be done now, and may be later: the database does not answer, a disk is full."""
BROKEN = 70
"""A fault of this package; the traceback is on standard error."""
INTERRUPTED = 130
READER_GONE = 141
"""Nobody reads the output any more; as of a program that SIGPIPE ended."""


class Verdict(SystemExit):
    """The end of a command that knows its exit code."""


Tell = Callable[[str, str], None]
"""Says in one line why a command ended: the kind of reason, and the reason."""


def carried_out(command: Callable[[], object], tell: Tell) -> int:
    """Run the command line; its exit code, once everything has been said."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal has no letters for is no reason to end.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    code = _code(command, tell)
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # What cannot be written now would be tried once more at the very end, and fail there, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _told(OSError(error.errno, error.strerror, "standard output"), tell)
    return code


def _code(command: Callable[[], object], tell: Tell) -> int:
    try:
        command()
    except Verdict as verdict:
        return int(verdict.code or DONE)
    except SystemExit as end:
        # Of the library that reads the command line, which has said why. Its 1 is none of ours.
        return FAILED if end.code == NOT_IN_ORDER else int(end.code or DONE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        return _told(error, tell)
    return DONE


def _told(error: Exception, tell: Tell) -> int:
    """Say why the command ended; its exit code."""
    reason = _reason(error)
    if reason is None:
        traceback.print_exception(error)
        tell("fault", "This is a fault of Desperados; please report it with the lines above.")
        return BROKEN
    code, kind, text = reason
    if code != READER_GONE:
        tell(kind, text)
    return code


def _reason(error: Exception) -> tuple[int, str, str] | None:
    """Exit code, kind and text of what may happen to anybody; None of what is a fault of ours."""
    from pymongo.errors import (
        ConnectionFailure,
        ExecutionTimeout,
        OperationFailure,
        PyMongoError,
    )
    from redis.exceptions import RedisError

    from desperados.engine.ambient import storage_failure

    match error:
        case Unavailable():
            return FAILED, error.code, error.message
        case GameError():
            return CALLED_WRONGLY, error.code, error.message
        case BrokenPipeError():
            return READER_GONE, "", ""
        case ConnectionFailure() | ExecutionTimeout() | TimeoutError():
            return FAILED, Unavailable.code, "The database does not answer, or not in time."
        case OperationFailure() if (kind := storage_failure(error)) is not None:
            return FAILED, kind.code, str((error.details or {}).get("errmsg", error))
        case OperationFailure() if error.code in _MAY_NOT:
            return CALLED_WRONGLY, "not_allowed", f"The database refuses: {error}"
        case RedisError():
            return FAILED, Unavailable.code, f"Redis does not answer as it should: {error}"
        case PyMongoError():
            return None
        case OSError() if error.strerror is not None:
            where = f"{error.filename}: " if error.filename else ""
            code = CALLED_WRONGLY if isinstance(error, _WRONG_FILE) else FAILED
            return code, "file_error", f"{where}{error.strerror}"
    return None


_MAY_NOT = (13, 18)  # Unauthorized, AuthenticationFailed
_WRONG_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
