"""Faults on purpose: MongoDB's `failCommand` interface, and a seeded storm of them.

`FailPoints` does what a driver's test suite asks for by `configureFailPoint`. `Faults` is for
simulation: at given rates, from one seed, so that the same run meets the same faults.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.errors import NAMES, CommandError
from desperados.embedded.values.numbers import as_int
from desperados.embedded.values.types import Doc, is_number, truthy


@dataclass
class Effect:
    """What shall happen to one command."""

    error: CommandError | None = None
    close_before: bool = False
    close_after: bool = False
    delay: float = 0.0
    write_concern_error: Doc | None = None
    labels: list[str] | None = None


@dataclass
class FailPoint:
    """An armed fail point: how often it fires, and what it does."""

    times: int | None
    skip: int
    data: Doc
    probability: float | None = None

    def fires(self) -> bool:
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.probability is not None:
            return random.random() < self.probability  # noqa: S311 (no secret)
        if self.times is None:
            return True
        if self.times > 0:
            self.times -= 1
            return True
        return False


POINTS = ("failCommand", "onPrimaryTransactionalWrite", "failGetMoreAfterCursorCheckout")


@dataclass
class FailPoints:
    """The fail points that `configureFailPoint` has armed."""

    armed: dict[str, FailPoint] = field(default_factory=dict)

    def configure(self, name: Any, mode: Any, data: Any) -> None:
        if name not in POINTS:
            raise CommandError(
                "FailPointSetFailed", f"{name} is not a fail point of this server", number=171
            )
        if mode == "off":
            self.armed.pop(name, None)
            return
        point = FailPoint(None, 0, data if type(data) is dict else {})
        if type(mode) is dict and "times" in mode:
            point.times = as_int(mode["times"], "times")
        elif type(mode) is dict and "skip" in mode:
            point.skip = as_int(mode["skip"], "skip")
        elif type(mode) is dict and is_number(mode.get("activationProbability")):
            point.probability = float(mode["activationProbability"])
        elif mode != "alwaysOn":
            raise CommandError("BadValue", f"unknown fail point mode: {mode!r}")
        self.armed[name] = point

    def effect(
        self, command: str, body: Doc, app_name: str | None, *, repeated: bool
    ) -> Effect | None:
        """What befalls this command, if a fail point is armed for it. `repeated`: a write that
        has been done and only gets its first answer again."""
        point = self.armed.get("failCommand")
        if point is not None and _concerns(point.data, command, body, app_name):
            return _command_effect(point) if point.fires() else None
        point = self.armed.get("onPrimaryTransactionalWrite")
        writes = "txnNumber" in body and "autocommit" not in body and not repeated
        if point is not None and writes and point.fires():
            return _write_effect(point.data)
        return None


def _concerns(data: Doc, command: str, body: Doc, app_name: str | None) -> bool:
    if command == "configureFailPoint" or command not in data.get("failCommands", ()):
        return False
    if "appName" in data and data["appName"] != app_name:
        return False
    namespace = data.get("namespace")
    if namespace is None:
        return True
    return bool(namespace == f"{body.get('$db')}.{body.get(command)}")


def _command_effect(point: FailPoint) -> Effect:
    data = point.data
    effect = Effect()
    if truthy(data.get("blockConnection")):
        effect.delay = float(data.get("blockTimeMS", 0)) / 1000
    labels = data.get("errorLabels")
    effect.labels = labels
    if truthy(data.get("closeConnection")):
        effect.close_before = True
    elif "errorCode" in data:
        effect.error = failure(
            as_int(data["errorCode"], "errorCode"), "Failing command via 'failCommand' failpoint"
        )
    elif "writeConcernError" in data:
        effect.write_concern_error = dict(data["writeConcernError"])
    return effect


def _write_effect(data: Doc) -> Effect:
    close = truthy(data.get("closeConnection", True))
    code = data.get("failBeforeCommitExceptionCode")
    if code is None:
        return Effect(close_after=close)
    if close:
        return Effect(close_before=True)
    return Effect(error=failure(as_int(code, "code"), "Failing write via failpoint"))


def failure(number: int, message: str) -> CommandError:
    return CommandError(NAMES.get(number, f"Location{number}"), message, number=number)


_IMMUNE = {
    "hello",
    "ismaster",
    "isMaster",
    "ping",
    "buildInfo",
    "buildinfo",
    "endSessions",
    "configureFailPoint",
    "killCursors",
    "getMore",
}


@dataclass
class Faults:
    """Random faults from a seed; rates between 0 and 1 per command, delays in seconds.

    `conflict_rate`: a command of a transaction fails with WriteConflict. `lost_answer_before`:
    the connection closes and the command did not run. `lost_answer_after`: it closes after the
    command took effect. `disconnect`: the connection closes as soon as the command arrives, at
    any command, reads too. `delay`: commands wait up to so many seconds.
    """

    seed: int = 0
    conflict_rate: float = 0.0
    lost_answer_before: float = 0.0
    lost_answer_after: float = 0.0
    disconnect: float = 0.0
    delay: float = 0.0
    injected: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (reproducible on purpose)

    def effect(self, command: str, body: Doc) -> Effect | None:
        """The fault for this command. Every command draws the same number of dice, so that one
        fault more or less does not shift all that follow."""
        if command in _IMMUNE:
            return None
        dice = [self._random.random() for _ in range(5)]
        effect = Effect(delay=dice[4] * self.delay)
        in_transaction = "autocommit" in body
        writes = in_transaction or "txnNumber" in body
        if dice[0] < self.disconnect:
            effect.close_before = self._note("disconnect")
        elif writes and dice[1] < self.lost_answer_before:
            effect.close_before = self._note("lost_answer_before")
        elif writes and dice[2] < self.lost_answer_after:
            effect.close_after = self._note("lost_answer_after")
        elif (
            in_transaction
            and command not in ("commitTransaction", "abortTransaction")
            and dice[3] < self.conflict_rate
        ):
            self._note("conflict")
            effect.error = failure(112, "Injected write conflict")
        return effect

    def _note(self, kind: str) -> bool:
        self.injected[kind] = self.injected.get(kind, 0) + 1
        return True
