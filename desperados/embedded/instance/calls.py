"""What a command handler gets, and the table that handlers enter themselves in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.errors import CommandError
from desperados.embedded.expressions.compiler import compile_expression
from desperados.embedded.expressions.operands import Scope
from desperados.embedded.instance.instance import Instance
from desperados.embedded.instance.replies import CursorReply
from desperados.embedded.query.predicates import Context
from desperados.embedded.storage.collection import Collection
from desperados.embedded.storage.sessions import Session
from desperados.embedded.storage.store import Store
from desperados.embedded.storage.units import Unit
from desperados.embedded.update.operators import Moment
from desperados.embedded.values.collation import parse_collation
from desperados.embedded.values.types import Doc

Reply = Doc | CursorReply


@dataclass(eq=False)
class Client:
    """Who is at the other end of a connection. ``address`` is that of the server by which it came:
    the one of which it is certain that it reaches the server."""

    number: int
    address: str = ""
    peer: str = "local"
    app_name: str | None = None


@dataclass
class Call:
    """One command on its way through the server."""

    server: Instance
    client: Client
    name: str
    body: Doc
    database: str
    session: Session | None
    unit: Unit
    # The bytes of documents that came as sequences, by the field that they stand for.
    raws: dict[str, list[bytes]]
    moment: Moment = field(default_factory=Moment)
    # Set by a failed statement: the transaction is undone once the answer is made.
    doomed: bool = False

    @property
    def store(self) -> Store:
        return self.server.store

    @property
    def in_transaction(self) -> bool:
        return self.unit.multi

    @property
    def session_id(self) -> bytes | None:
        return self.session.id if self.session is not None else None

    def namespace(self, name: Any = None) -> str:
        """The full name of the collection that the command is about."""
        name = self.body[self.name] if name is None else name
        if type(name) is not str:
            raise CommandError(
                "InvalidNamespace", f"collection name has invalid type {type(name).__name__}"
            )
        if not name or name.startswith(".") or "\0" in name or "$" in name:
            raise CommandError(
                "InvalidNamespace", f"Invalid namespace specified '{self.database}.{name}'"
            )
        if len(self.database) + len(name) > 254:
            raise CommandError("InvalidNamespace", f"Fully qualified namespace is too long: {name}")
        return f"{self.database}.{name}"

    def collection(self) -> Collection | None:
        return self.store.collection(self.namespace(), self.unit)

    def context(self, collation: Any = None, let: Any = None) -> Context:
        """Collation, variables and time of this command, as filters and expressions need them."""
        let = self.body.get("let") if let is None else let
        collation = self.body.get("collation") if collation is None else collation
        variables: Doc = {"NOW": self.moment.now, "CLUSTER_TIME": self.moment.cluster_time}
        scope = Scope()
        if let:
            if type(let) is not dict:
                raise CommandError("TypeMismatch", "BSON field 'let' is the wrong type")
            for name, value in let.items():
                variables[name] = compile_expression(value, scope)({}, variables)
            scope = scope.with_names(*let)
        return Context(parse_collation(collation), variables, scope)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Command:
    """A command: its handler, the fields that it knows, and where it may run."""

    run: Handler
    fields: frozenset[str]
    writes: bool = False
    in_transaction: bool = False
    admin: bool = False
    retryable: bool = False
    test_only: bool = False


# Fields that any command may carry.
COMMON = frozenset(
    {
        "$db",
        "lsid",
        "txnNumber",
        "autocommit",
        "startTransaction",
        "readConcern",
        "writeConcern",
        "$readPreference",
        "$clusterTime",
        "apiVersion",
        "apiStrict",
        "apiDeprecationErrors",
        "comment",
        "maxTimeMS",
        "maxTimeMSOpOnly",
        "$audit",
        "$client",
        "$configServerState",
        "mayBypassWriteBlocking",
        "serialization",
        "$query",
        "helloOk",
        "let",
    }
)

COMMANDS: dict[str, Command] = {}


def command(
    *names: str,
    fields: Sequence[str] = (),
    writes: bool = False,
    in_transaction: bool = False,
    admin: bool = False,
    retryable: bool = False,
    test_only: bool = False,
) -> Callable[[Handler], Handler]:
    """Enter a handler in the table, under each of its names."""

    def enter(handler: Handler) -> Handler:
        for name in names:
            known = COMMON | {name} | set(fields)
            COMMANDS[name] = Command(
                handler, known, writes, in_transaction, admin, retryable, test_only
            )
        return handler

    return enter
