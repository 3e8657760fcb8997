"""All due work of the game, as the worker does it, and who follows what happens."""

from __future__ import annotations

from functools import cache

from desperados.assembly.domains import domains
from desperados.engine.game import Followers
from desperados.engine.work import Follower, Job

FOLLOWERS: tuple[Follower, ...] = tuple(
    follower for domain in domains() for follower in domain.followers
)
JOBS: tuple[Job, ...] = (*(job for domain in domains() for job in domain.jobs), *FOLLOWERS)


@cache
def followers() -> Followers:
    """Who follows each happening, in the order of the manifests."""
    return table_of(FOLLOWERS)


def table_of(declared: tuple[Follower, ...]) -> Followers:
    """Who of these follows each happening."""
    table: dict[str, list[tuple[str, str]]] = {}
    for follower in declared:
        for happening in follower.happenings:
            table.setdefault(happening, []).append((follower.name, follower.key))
    return table
