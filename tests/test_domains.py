"""Every domain is built alike: who knows one knows all. The manifests are walked."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from desperados.api.operations.docstrings import parse
from desperados.assembly.documents import documents
from desperados.assembly.domains import domains
from desperados.assembly.jobs import FOLLOWERS, JOBS
from desperados.engine.errors import GameError
from desperados.engine.happenings.documents import Happening
from desperados.engine.manifest.domain import Domain
from desperados.engine.manifest.routes import Access, Route
from desperados.engine.storage.documents import Document
from desperados.engine.work import DueJob, Follower
from desperados.seeding import default_directory

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "desperados"

BUILT = [domain for domain in domains() if domain.routes]
ROUTES = [route for domain in domains() for route in domain.routes]

# Collections that nothing writes yet, because their domain is not built. One that is written must
# leave this list, and none may join it.
WAITING = frozenset(
    [
        "AmbushPlan",
        "AnimalCompanion",
        "Business",
        "CattleDrive",
        "CharacterCorruption",
        "ChineseDiasporaRep",
        "ConquestAttempt",
        "CosmicProgress",
        "CraftingProfile",
        "DailyContract",
        "DeityAgent",
        "DeityAttention",
        "DeityStranger",
        "FishingTrip",
        "FrontierZodiac",
        "GamblingHistory",
        "GamblingSession",
        "GangBankTransaction",
        "GangBusiness",
        "GangEconomy",
        "GangHeist",
        "GangInvestment",
        "GangInvitation",
        "GangWarSession",
        "GossipItem",
        "HawkCompanion",
        "HolidayProgress",
        "Horse",
        "HorseRace",
        "HuntingTrip",
        "IllegalClaim",
        "Incident",
        "InfluenceHistory",
        "LoginReward",
        "Mail",
        "Mentorship",
        "MiningShaft",
        "Mount",
        "NPCBusiness",
        "NPCGangRelationship",
        "NPCKnowledge",
        "NPCRelationship",
        "NewsArticle",
        "NewsSubscription",
        "PlayerInfluenceContribution",
        "PokerHand",
        "PokerTournament",
        "ProductionSlot",
        "PropertyAuction",
        "PropertyLoan",
        "PropertyTax",
        "PropertyWorker",
        "ProtectionContract",
        "RaceBet",
        "Raid",
        "Recipe",
        "ResourceVein",
        "RitualSession",
        "SanityTracker",
        "ServiceProviderRelationship",
        "ServiceUsageRecord",
        "Stable",
        "StagecoachTicket",
        "TamingAttempt",
        "TaxDelinquency",
        "TerritoryConquestState",
        "TerritoryInfluence",
        "TrainTicket",
        "TutorialProgress",
        "WarParticipant",
        "WorkerTask",
    ]
)

each = pytest.mark.parametrize("domain", domains(), ids=lambda domain: domain.name)
each_built = pytest.mark.parametrize("domain", BUILT, ids=lambda domain: domain.name)


def package(domain: Domain) -> ModuleType:
    return importlib.import_module(f"desperados.{domain.name}")


def sources(domain: Domain) -> Iterator[Path]:
    return iter(sorted((PACKAGE / domain.name).rglob("*.py")))


@cache
def all_tests() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))


def commands(domain: Domain) -> Iterator[tuple[str, str]]:
    """The public commands: (module, name)."""
    for path in sources(domain):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                marks = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
                if any(isinstance(mark, ast.Name) and mark.id == "command" for mark in marks):
                    yield module, node.name


COMMANDS = [pair for domain in domains() for pair in commands(domain)]
each_command = pytest.mark.parametrize(
    ("module", "name"), COMMANDS, ids=[f"{m.removeprefix('desperados.')}.{n}" for m, n in COMMANDS]
)


def function(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


@each
def test_a_manifest_bears_the_name_of_its_folder_and_the_folder_says_what_it_is(
    domain: Domain,
) -> None:
    assert package(domain).__doc__
    assert (PACKAGE / domain.name / "domain.py").is_file()


@each_built
def test_what_is_routed_is_on_a_face(domain: Domain) -> None:
    """`from desperados import economy; economy.market.create_listing`: the domain's or a wing's."""
    for route in domain.routes:
        called = inspect.unwrap(route.function)
        face: Any = package(domain)
        names = [part for part in called.__module__.split(".")[2:-1] if hasattr(face, part)]
        for name in names:
            face = getattr(face, name)
        assert inspect.unwrap(getattr(face, called.__name__, None)) is called, called.__module__


@each_built
def test_every_name_on_a_face_can_be_loaded_and_is_no_modules_name(domain: Domain) -> None:
    for path in (PACKAGE / domain.name).rglob("__init__.pyi"):
        face = importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))
        for name in dir(face):
            value = getattr(face, name)
            is_module = (path.parent / f"{name}.py").exists() or (path.parent / name).is_dir()
            assert is_module == isinstance(value, ModuleType), f"{face.__name__}.{name}"


@each_built
def test_a_domain_has_a_page_and_a_folder_of_tests(domain: Domain) -> None:
    assert (ROOT / "docs" / f"{domain.name}.md").is_file()
    assert list((ROOT / "tests" / domain.name).rglob("test_*.py"))


@each_command
def test_a_command_has_a_route_or_is_due_work_or_is_said_to_be_inner(
    module: str, name: str
) -> None:
    reached = {inspect.unwrap(route.function) for route in ROUTES}
    for domain in domains():
        reached |= {inspect.unwrap(inner) for inner in domain.inner}
        reached |= {inspect.unwrap(job.settle) for job in domain.jobs if isinstance(job, DueJob)}
    assert inspect.unwrap(function(module, name)) in reached


@each_command
def test_a_command_is_named_by_a_test(module: str, name: str) -> None:
    """Or, where it is due work, its job is."""
    called = inspect.unwrap(function(module, name))
    names = {name} | {
        job.name
        for domain in domains()
        for job in domain.jobs
        if isinstance(job, DueJob) and inspect.unwrap(job.settle) is called
    }
    assert any(re.search(rf"\b{name}\b", all_tests()) for name in names)


@each_command
def test_the_docstring_of_a_command_names_the_errors_that_it_raises_itself(
    module: str, name: str
) -> None:
    called = inspect.unwrap(function(module, name))
    raised = set()
    for node in ast.walk(ast.parse(inspect.getsource(called))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            known = called.__globals__.get(error.id) if isinstance(error, ast.Name) else None
            if isinstance(known, type) and issubclass(known, GameError):
                raised.add(known.__name__)
    assert called.__doc__
    assert raised <= set(parse(called.__doc__).raises)


@each_built
def test_what_players_may_do_has_a_bot_or_a_reason_why_none_does_it(domain: Domain) -> None:
    """Reading is not asked for: what needs no arguments is read without a bot, too."""
    players = {Access.PUBLIC, Access.USER, Access.OWNER}
    routed = {route.function for route in domain.routes if route.access in players}
    changing = {
        route.function
        for route in domain.routes
        if route.access in players and route.method != "GET"
    }
    played = [bot.command for bot in domain.bots]
    assert set(played) <= routed
    assert len(played) == len(set(played)), "one bot for each command"
    assert changing - set(played) == set(domain.not_by_bots)
    assert all(domain.not_by_bots.values())


def test_the_manifests_and_the_start_know_the_same_documents() -> None:
    named = {
        value
        for domain in domains()
        for module in domain.documents
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Document)
        and value.__module__ == module.__name__
    }
    of_the_engine = {
        model for model in documents().values() if model.__module__.startswith("desperados.engine.")
    }
    assert named | of_the_engine == set(documents().values())


def test_every_collection_is_used_by_a_service_or_waits_for_its_domain() -> None:
    declaring = {"documents.py", "domain.py"}
    code = "\n".join(
        path.read_text()
        for path in PACKAGE.rglob("*.py")
        if path.name not in declaring
        and path not in {PACKAGE / d.name / "content.py" for d in domains()}
    )
    unused = {name for name in documents() if not re.search(rf"\b{name}\b", code)}
    assert unused == WAITING


@pytest.mark.parametrize(
    "job",
    [job for domain in domains() for job in domain.jobs if isinstance(job, DueJob)],
    ids=lambda job: job.name,
)
def test_every_due_date_has_its_index(job: DueJob) -> None:
    (model,) = (m for m in documents().values() if m.collection_name() == job.collection)
    indexes = [list(index.document["key"]) for index in model.Settings.indexes]
    equal = {name for name, value in job.where.items() if not isinstance(value, dict)}
    assert any(
        set(keys[: len(equal)]) == equal and keys[len(equal) : len(equal) + 1] == [job.due]
        for keys in indexes
    )


@pytest.mark.parametrize("follower", FOLLOWERS, ids=lambda follower: follower.name)
def test_every_follower_has_the_index_of_its_key(follower: Follower) -> None:
    keys = [list(index.document["key"]) for index in Happening.Settings.indexes]
    assert ["waiting", follower.key, "at", "_id"] in keys


def test_no_two_kinds_of_due_work_have_one_name() -> None:
    names = [job.name for job in JOBS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", [kind.file for domain in domains() for kind in domain.content])
def test_every_kind_of_content_has_seeds(file: str) -> None:
    assert yaml.safe_load((default_directory() / file).read_text())


def test_no_two_routes_have_one_address() -> None:
    def address(route: Route) -> tuple[str, str]:
        return route.method, re.sub(r"\{\w+\}", "{}", route.path)

    assert len({address(route) for route in ROUTES}) == len(ROUTES)
