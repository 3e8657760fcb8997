"""Numbers for Prometheus, one registry an application, so that two can live in one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from desperados.api.serving.connections import Connections
from desperados.api.serving.due_work import DueWork
from desperados.engine.game import Game
from desperados.engine.live.client import KINDS

# Labels come from fixed sets only: a client must not be able to create time series.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
OTHER = "OTHER"

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What the API counts."""

    def __init__(self, game: Game, due_work: DueWork, connections: Connections) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_GameCollector(game))
        self.registry.register(due_work)
        self.registry.register(_ConnectionsCollector(connections))
        self._due_work = due_work
        self._requests = Counter(
            "desperados_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "desperados_http_request_seconds",
            "Time from the first byte to the answer.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "desperados_http_requests_in_flight",
            "Requests being answered now.",
            registry=self.registry,
        )

        self._sockets = Gauge(
            "desperados_sockets_open", "WebSockets open now.", registry=self.registry
        )

    @contextmanager
    def upgraded(self) -> Iterator[None]:
        """A request that has become a socket: it is not being answered any more, but open."""
        self.in_flight.dec()
        try:
            with self._sockets.track_inprogress():
                yield
        finally:
            self.in_flight.inc()

    def record(self, request: web.Request, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = request.method if request.method in METHODS else OTHER
        route = route_of(request)
        self._requests.labels(method, route, str(status)).inc()
        if status != HTTPStatus.SWITCHING_PROTOCOLS:  # else it is the life of a socket
            self._seconds.labels(method, route).observe(seconds)

    async def show(self, _request: web.Request) -> web.Response:
        """The handler of ``/metrics``."""
        await self._due_work.read()
        return web.Response(
            body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )


def route_of(request: web.Request) -> str:
    """The template of the route that a request matched, never its path."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else UNMATCHED


class _ConnectionsCollector(Collector):
    """Reads how many connections there are when it is asked."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "desperados_connections_open", "Connections open now.", value=self._connections.open
        )
        yield CounterMetricFamily(
            "desperados_connections_refused",
            "Connections that were one too many.",
            value=self._connections.refused,
        )


class _GameCollector(Collector):
    """Reads the game's own counters when it is asked, so that they cost nothing in between."""

    def __init__(self, game: Game) -> None:
        self._game = game

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "desperados_transactions_retried",
            "Transactions that were run again after a conflict.",
            value=self._game.conflicts,
        )
        yield CounterMetricFamily(
            "desperados_events_lost",
            "Events that could not be published.",
            value=self._game.outbox.lost,
        )
        failures = CounterMetricFamily(
            "desperados_redis_failures",
            "Commands that Redis refused or did not answer.",
            labels=["kind"],
        )
        for kind in KINDS:
            failures.add_metric([kind], self._game.live_failures[kind])
        yield failures
        if self._game.embedded is not None:
            stats = self._game.embedded.stats
            yield CounterMetricFamily(
                "desperados_embedded_full_scans",
                "Queries that no index served.",
                value=stats.scan_count,
            )
            yield CounterMetricFamily(
                "desperados_embedded_write_conflicts",
                "Writes that met another transaction's.",
                value=stats.conflicts,
            )
