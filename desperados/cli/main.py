"""``desperados``: the command line of the package.

What the exit codes say is in ``cli.exits``.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import typer

from desperados.cli.console import output, tell
from desperados.cli.exits import Verdict, carried_out
from desperados.engine.docstrings import docstring_of
from desperados.version import VERSION

app = typer.Typer(
    name="desperados",
    help="Run, fill and check a persistent western world.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="DESPERADOS_MONGODB_URL",
        help="MongoDB URL, or embedded:///path/world.db; without one a world in memory.",
        show_default=False,
    ),
]


def _named_world(url: str | None) -> str:
    """A world in memory would be empty, and gone when the command ends."""
    if url is None:
        from desperados.engine.settings import load_settings

        url = load_settings().mongodb_url  # from a file of secrets
    if url is None or url in ("embedded:", "embedded://"):
        raise typer.BadParameter("say which world: --url, or DESPERADOS_MONGODB_URL")
    return url


def _file_of(url: str | None) -> Path | None:
    if url is None or not url.startswith("embedded:///"):
        return None
    return Path(unquote(urlsplit(url).path))


def _existing_world(url: str | None) -> str:
    """Looking at a world that is not there would make an empty one, in which all is in order."""
    url = _named_world(url)
    path = _file_of(url)
    if path is not None and not path.exists():
        raise typer.BadParameter(f"there is no world at {path}")
    return url


ExistingUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="DESPERADOS_MONGODB_URL",
        help="MongoDB URL, or embedded:///path/world.db of a world that exists.",
        show_default=False,
        callback=_existing_world,
    ),
]
RedisUrl = Annotated[
    str | None,
    typer.Option(
        "--redis-url",
        envvar="DESPERADOS_REDIS_URL",
        help="Redis URL; without one a stand-in in memory.",
        show_default=False,
    ),
]


def run(work: Coroutine[Any, Any, int | None], *, fast: bool = False) -> None:
    """Run a command; ``fast`` on uvloop, where it is installed."""
    with asyncio.Runner(loop_factory=_fast_loop() if fast else None) as runner:
        raise Verdict(runner.run(work))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loop of a server: uvloop's, or asyncio's own without it."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


@app.command()
def serve(
    url: Url = None,
    redis_url: RedisUrl = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    seeded: Annotated[
        bool, typer.Option("--seed/--no-seed", help="Load the seeds before the first request.")
    ] = False,
) -> None:
    """Serve the HTTP API until interrupted."""
    from desperados.cli.serve import serve_world

    run(serve_world(url, redis_url, host=host, port=port, seeded=seeded), fast=True)


@app.command()
def seed(
    url: Url = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Folder of YAML files; default: those shipped.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only validate the files; no database is needed.")
    ] = False,
) -> None:
    """Load the content of the world; run it as often as you like."""
    from desperados.cli.seed import seed_world

    run(seed_world(url if check else _named_world(url), directory, check=check))


@app.command()
def audit(url: ExistingUrl = None) -> None:
    """Replay the ledger and check every reference; exit 1 if anything is off."""
    from desperados.cli.audit import audit_world

    run(audit_world(url))


@app.command()
def verify(
    game: Annotated[
        str, typer.Argument(help="The id of a game, or a file with its proof as the API gives it.")
    ],
    url: Url = None,
) -> None:
    """Play a game that is over again from its seed; exit 1 if it does not come to the same end."""
    from desperados.cli.verify import verify_file, verify_game

    path = Path(game)
    if path.is_file():
        raise Verdict(verify_file(path))
    run(verify_game(_existing_world(url), game))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to make; there must be none yet.")],
    url: ExistingUrl = None,
    salvage: Annotated[
        bool,
        typer.Option(
            "--salvage", help="Also of a copy of a running world, of which a part may be missing."
        ),
    ] = False,
) -> None:
    """Copy the file of a world, also while it is served; the copy is opened and verified."""
    from desperados.cli.backup import back_up_world

    source = _file_of(url)
    if source is None:
        raise typer.BadParameter(
            "this is for the file of an embedded world (embedded:///path/world.db); "
            "of a MongoDB server make a backup with mongodump"
        )
    back_up_world(source, target, salvage=salvage)


@app.command()
def db(
    path: Annotated[
        Path | None, typer.Option(help="File of a durable database; without one, in memory.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 27017,
    test_commands: Annotated[
        bool, typer.Option("--test-commands", help="Allow faults on purpose: configureFailPoint.")
    ] = False,
) -> None:
    """Run the embedded database alone, for several processes, mongosh or a Node application.

    For development: it knows no users and no passwords. Keep it on a loopback address.
    """
    from desperados.cli.db import serve_database

    run(serve_database(path, host, port, test_commands=test_commands))


migrate = typer.Typer(help="Change stored data and indexes to what this version needs.")
app.add_typer(migrate, name="migrate", no_args_is_help=True)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")]


@migrate.command("status")
def migrate_status(url: ExistingUrl = None) -> None:
    """Show what is applied and what is left to do; exit 1 if anything is."""
    from desperados.cli.migrate import show_status

    run(show_status(url))


@migrate.command("up")
def migrate_up(
    url: Url = None,
    dry_run: DryRun = False,
    drop_indexes: Annotated[
        bool, typer.Option("--drop-indexes", help="Also drop indexes that are not declared.")
    ] = False,
) -> None:
    """Apply what is pending, then make the indexes as declared."""
    from desperados.cli.migrate import go_up

    run(go_up(_named_world(url), dry_run=dry_run, drop_indexes=drop_indexes))


@migrate.command("down")
def migrate_down(
    to: Annotated[int, typer.Argument(help="Undo every migration above this version.", min=0)],
    url: ExistingUrl = None,
    dry_run: DryRun = False,
) -> None:
    """Undo migrations, last first."""
    from desperados.cli.migrate import go_down

    run(go_down(url, to, dry_run=dry_run))


economy = typer.Typer(help="Watch the money of a world.")
app.add_typer(economy, name="economy", no_args_is_help=True)


@economy.command("report")
def economy_report(
    url: ExistingUrl = None,
    days: Annotated[int, typer.Option(help="How many days back.", min=1, max=92)] = 7,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a page with charts to this file.")
    ] = None,
) -> None:
    """Show the supply, its sources and sinks, who holds it, and what looks odd."""
    from desperados.cli.economy import report

    run(report(url, days, html))


@app.command()
def worker(url: ExistingUrl = None, redis_url: RedisUrl = None) -> None:
    """Do the due work of a world (auctions, maturities, prices) until interrupted."""
    from desperados.cli.worker import work

    run(work(url, redis_url))


jobs = typer.Typer(help="See how due work stands, and look after what keeps failing.")
app.add_typer(jobs, name="jobs", no_args_is_help=True)


@jobs.command("status")
def jobs_status(url: ExistingUrl = None) -> None:
    """Show when each job was last done, what comes next and how late it is (UTC).

    Exit 1 if any is late by more than five minutes, or has work that was set aside.
    """
    from desperados.cli.worker import show_status

    run(show_status(url))


@jobs.command("dead")
def jobs_dead(url: ExistingUrl = None) -> None:
    """List the work that was set aside after it had failed too often; exit 1 if there is any."""
    from desperados.cli.worker import list_dead

    run(list_dead(url))


@jobs.command("revive")
def jobs_revive(
    work: Annotated[str, typer.Argument(help="Its name, as `desperados jobs dead` shows it.")],
    url: ExistingUrl = None,
) -> None:
    """Have work that was set aside tried again."""
    from desperados.cli.worker import revive_work

    run(revive_work(url, work))


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="The same seed plays the same story.")] = 1,
    days: Annotated[
        float, typer.Option(help="How long, in days of the world; parts of a day, too.", min=0)
    ] = 2,
    characters: Annotated[int, typer.Option(help="How many play.", min=1, max=1000)] = 20,
    faults: Annotated[
        float,
        typer.Option(help="Share of commands that meet a fault, 0 to 1.", min=0, max=1),
    ] = 0,
    dollars: Annotated[
        int, typer.Option(help="What each character gets to begin with.", min=0, max=1_000_000)
    ] = 1_000,
    # Not from the environment: nobody wants bots in his world for want of an option.
    url: Annotated[
        str | None,
        typer.Option(
            "--url",
            help="MongoDB URL, or embedded:///path/world.db: plays there, and keeps the world; "
            "without one a world in memory.",
            show_default=False,
        ),
    ] = None,
    trace: Annotated[bool, typer.Option("--trace", help="Print every move.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as one line of JSON.")
    ] = False,
) -> None:
    """Let bots play a world, and audit it; exit 1 if a call fails or anything is off.

    The last line is the hash of the whole database: the same for the same options on any machine,
    in a world that was empty. With --url the world is kept; bots play only their own accounts.
    """
    from desperados.cli.simulate import simulate_world
    from desperados.simulation.setup import Setup

    setup = Setup(seed, days, characters, faults, dollars)
    run(simulate_world(setup, url, trace=trace, as_json=as_json))


@app.command()
def shell(url: Url = None, redis_url: RedisUrl = None) -> None:
    """Open a Python prompt with a connected game; `await` works in it."""
    from desperados.cli.shell import open_shell

    open_shell(url, redis_url)


@app.command()
def admin(
    username: Annotated[str, typer.Argument(help="The user who gets the role.")],
    role: Annotated[str, typer.Argument(help="user, moderator or admin.")] = "admin",
    url: ExistingUrl = None,
) -> None:
    """Give a user a role. This is how a world gets its first administrator."""
    from desperados.cli.staff import grant_role

    run(grant_role(url, username, role))


@app.command()
def version() -> None:
    """Print the version."""
    output.print(f"desperados {VERSION}")


def _describe(commands: typer.Typer) -> None:
    """Give each command its description, which typer looks for where `python -OO` has none."""
    for command in commands.registered_commands:
        if command.callback is not None:
            command.help = command.help or inspect.cleandoc(docstring_of(command.callback))
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            _describe(group.typer_instance)


def main() -> None:
    """Entry point of the console script."""
    if not __debug__:
        _describe(app)
    sys.exit(carried_out(app, tell))


if __name__ == "__main__":
    main()
