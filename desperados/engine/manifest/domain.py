"""The manifest of a domain: everything that it contributes to the whole, as data, in one place."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import ModuleType
from typing import Any

from desperados.engine.game import Leaving
from desperados.engine.manifest.auditing import Check, Progress, Supply
from desperados.engine.manifest.bots import Bot, Command
from desperados.engine.manifest.content import Kind
from desperados.engine.manifest.routes import Route
from desperados.engine.registered import Consequence
from desperados.engine.work import Follower, Job


@dataclass(frozen=True, slots=True)
class Audit:
    """One check of the audit. ``run`` examines and reports; one of money returns the supplies."""

    name: str
    run: Callable[[Check, Progress], Awaitable[Sequence[Supply] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What ``api``, ``worker``, ``seed``, ``audit`` and ``simulate`` walk.

    ``documents`` are the modules that hold the document classes. ``inner`` are commands without a
    route: other domains and Python users call them. ``leaving`` are called, those of the last
    manifest first, when a character leaves the world for good; what they raise keeps it there.
    ``bots`` play the commands of the routes in simulations; ``not_by_bots`` are those that none
    plays, each with the reason. Both are about what players may call: staff act by hand.
    ``followers`` do what comes of happenings, other domains' as well. What follows them in the list
    is registered by name for the shapes of play (``engine.registered``).
    """

    name: str
    documents: tuple[ModuleType, ...] = ()
    routes: tuple[Route, ...] = ()
    inner: tuple[Command, ...] = ()
    jobs: tuple[Job, ...] = ()
    content: tuple[Kind, ...] = ()
    audits: tuple[Audit, ...] = ()
    leaving: tuple[Leaving, ...] = ()
    bots: tuple[Bot, ...] = ()
    not_by_bots: Mapping[Command, str] = field(default_factory=dict)
    followers: tuple[Follower, ...] = ()
    purposes: Mapping[str, Consequence] = field(default_factory=dict)
    questions: Mapping[str, Consequence] = field(default_factory=dict)
    offers: Mapping[str, Consequence] = field(default_factory=dict)
    games: Mapping[str, Any] = field(default_factory=dict)
    contests: Mapping[str, Any] = field(default_factory=dict)
    escrows: Mapping[str, Collection[str]] = field(default_factory=dict)


def united(name: str, *wings: Domain) -> Domain:
    """The manifest of a domain whose wings have manifests of their own, in their order."""
    parts: dict[str, Any] = {"name": name}
    for part in fields(Domain)[1:]:
        values = [getattr(wing, part.name) for wing in wings]
        parts[part.name] = (
            {key: value for mapping in values for key, value in mapping.items()}
            if isinstance(values[0], Mapping)
            else tuple(itertools.chain.from_iterable(values))
        )
    return Domain(**parts)
