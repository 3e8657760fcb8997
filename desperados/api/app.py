"""The application: built top to bottom from a game, served until a signal."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from functools import lru_cache

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from desperados.api.operations.dispatch import make_handler
from desperados.api.operations.openapi import Schema, describe
from desperados.api.operations.operation import Operation, derive
from desperados.api.routes import PREFIX, ROUTES
from desperados.api.serving.addresses import add_address
from desperados.api.serving.caching import compress, keep
from desperados.api.serving.connections import CONNECTIONS, Connections, allow_files
from desperados.api.serving.cors import Cors
from desperados.api.serving.deprecation import announce_end
from desperados.api.serving.due_work import DueWork
from desperados.api.serving.health import Health, Lifecycle
from desperados.api.serving.metrics import Metrics
from desperados.api.serving.middlewares import add_headers, observe
from desperados.api.serving.pages import pages
from desperados.api.serving.protocol import ProblemRunner
from desperados.api.serving.sockets import Sockets
from desperados.assembly.jobs import JOBS
from desperados.engine.errors import ConfigurationError
from desperados.engine.game import Game
from desperados.engine.manifest.routes import Route
from desperados.engine.settings import BESIDE, Settings

LIFECYCLE = web.AppKey("lifecycle", Lifecycle)
OPERATORS = web.AppKey("operators", web.Application)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
YOUNG_OBJECTS = 20_000  # so many new ones, and the collector looks at them

log = structlog.get_logger(__name__)


def create_app(game: Game) -> web.Application:
    """The whole API over ``game``. Nothing runs yet, and the game stays the caller's to close."""
    operations, description = _derived(ROUTES)
    lifecycle = Lifecycle()
    due_work = DueWork(JOBS)
    connections = Connections(game.settings)
    metrics = Metrics(game, due_work, connections)
    health = Health(game, lifecycle, due_work)
    sockets = Sockets(metrics)

    cors = Cors(game.settings.cors_origins)

    app = web.Application(
        middlewares=[
            observe(game, metrics),
            *((cors.preflight,) if game.settings.cors_origins else ()),
            compress,
        ],
        client_max_size=game.settings.max_body_bytes,
    )
    app[LIFECYCLE] = lifecycle
    app[CONNECTIONS] = connections
    app.on_response_prepare.extend([add_headers, cors.add_headers])
    app.on_shutdown.append(sockets.stop)

    addresses: dict[str, dict[str, Handler]] = defaultdict(dict)
    for operation in operations:
        handler = make_handler(operation, game, sockets)
        if operation.route.deprecated is not None:
            handler = announce_end(handler, operation.route.deprecated)
        if operation.route.keep_seconds is not None:
            handler = keep(handler, operation.route.keep_seconds)
        addresses[PREFIX + operation.route.path][operation.route.method] = handler
    addresses |= health.addresses()
    if game.settings.metrics == BESIDE:
        addresses |= metrics.addresses()
    if game.settings.docs:
        addresses |= pages(description)
    for address, handlers in addresses.items():
        add_address(app, address, handlers)
    app[OPERATORS] = _operators_app(game, metrics, health)
    return app


def _operators_app(game: Game, metrics: Metrics, health: Health) -> web.Application:
    """What is served at a listener of its own, where the settings name one: metrics and health."""
    app = web.Application(middlewares=[observe(game, metrics), compress])
    app[CONNECTIONS] = Connections(game.settings)
    app.on_response_prepare.append(add_headers)
    for address, handlers in {**metrics.addresses(), **health.addresses()}.items():
        add_address(app, address, handlers)
    return app


@lru_cache(maxsize=4)
def _derived(routes: tuple[Route, ...]) -> tuple[tuple[Operation, ...], Schema]:
    """The operations of the routes and their description: the same for every game of a process."""
    operations = tuple(derive(route) for route in routes)
    return operations, describe(operations, PREFIX)


async def serve(
    game: Game,
    host: str | None = None,
    port: int | None = None,
    *,
    started: Callable[[str], Awaitable[None] | None] | None = None,
) -> None:
    """Serve ``game`` until SIGINT or SIGTERM, then stop without dropping anybody.

    ``host`` and ``port`` default to the settings'; port 0 takes a free one. ``started`` is called
    with the URL once connections are accepted. On a signal readiness turns 503; after
    ``settings.shutdown_notice`` seconds no new connection is taken, and requests in flight get
    ``settings.shutdown_timeout`` seconds to finish. A second signal ends the process at once.
    """
    settings = game.settings
    app = create_app(game)
    allow_files(settings.max_connections)
    host = settings.host if host is None else host
    port = settings.port if port is None else port
    inner = settings.metrics_listener()
    async with AsyncExitStack() as stack:
        url = await _listen(stack, app, host, port, settings)
        if inner is not None:
            log.info("serving_metrics", url=await _listen(stack, app[OPERATORS], *inner, settings))
        log.info("serving", url=url)
        if started is not None:
            called = started(url)
            if called is not None:
                await called
        with _sparing_the_collector():
            await _stop_signal()
        app[LIFECYCLE].stopping = True
        log.info("stopping", in_flight_seconds=settings.shutdown_timeout)
        await asyncio.sleep(settings.shutdown_notice)
    log.info("stopped")


async def _listen(
    stack: AsyncExitStack, app: web.Application, host: str, port: int, settings: Settings
) -> str:
    """Serve ``app`` until ``stack`` ends; the URL.

    Raises:
        ConfigurationError: nobody can listen there.
    """
    runner = ProblemRunner(app, access_log=None, shutdown_timeout=settings.shutdown_timeout)
    stack.push_async_callback(runner.cleanup)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise ConfigurationError(f"Cannot listen there: {error.strerror}.") from error
    return _url(runner)


@contextmanager
def _sparing_the_collector() -> Iterator[None]:
    """Spare the collector what is there now, and look for circles less often.

    Code, classes, schemas and routes live as long as the process. Looking through them again and
    again, and through the few objects of the requests under way every 700 objects, is a fifth of
    what a request costs. What requests leave behind has hardly any circles.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def _stop_signal() -> None:
    """Wait for the first stop signal. A second one meets Python's own handlers again."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


# Who listens on every address is found at this one by those who read where.
_HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is looked for


def _url(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    host = _HERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
