"""Content as data: which files there are under ``seeds/``, and what their entries refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from desperados.engine.storage.documents import Document, stored_name


class Content(BaseModel):
    """Base of what content says of a thing beyond the fields of its document class.

    Names are as stored, nothing is unknown, nothing is converted: a misspelt field is a problem and
    not a silent addition.
    """

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=stored_name)


@dataclass(frozen=True)
class To:
    """The values at ``path`` are natural keys of the kind, or words of the vocabulary, ``target``.

    In a path, ``[]`` stands for the items of a list: ``rewards.items[]``.
    """

    path: str
    target: str


@dataclass(frozen=True)
class Prefixed:
    """The values at ``path`` read ``prefix:key``, or are one of ``words``."""

    path: str
    targets: Mapping[str, str]
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tagged:
    """In the objects at ``path``, the field ``tag`` says what the field ``value`` refers to."""

    path: str
    tag: str
    value: str
    targets: Mapping[str, str]


Link = To | Prefixed | Tagged


@dataclass(frozen=True, eq=False)
class Kind:
    """What the entries of one file are.

    ``key`` are the fields of the natural key. ``model`` is the document class, and ``extras``
    describes the fields that it does not declare. ``owned`` are fields that play changes: they are
    written once, when the document is created.
    """

    name: str
    key: tuple[str, ...]
    model: type[Document]
    extras: type[Content]
    links: tuple[Link, ...] = ()
    owned: frozenset[str] = frozenset()
    file: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "file", f"{self.name}.yaml")
