"""From a seed file to nodes of YAML that are content, and nothing that only looks like it.

YAML can do more than content needs: other types, links that unfold without an end, numbers that are
not what they look like. All that is found here, by its line, before a value is made of anything.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from desperados.seeding.problems import Problem

# libyaml parses ten times faster than Python, and both read the same language.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST_FILE = 8 * 1024 * 1024
DEEPEST = 50
"""Levels of nesting in a file; the database takes 100."""
MOST_UNFOLDED = 10
"""How many times as much a file may be once its aliases are written out."""
_FEW = 100_000  # values that may be written out in any case
_LONGEST = 400  # characters of a number or a date
_SHOWN = 40  # characters of a value that is repeated in a message

_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"
_TEXT = _TAG + "str"
_LIST, _FIELDS = _TAG + "seq", _TAG + "map"
_NUMBERS = (_TAG + "int", _TAG + "float")
_SCALARS = {
    _TEXT: "text",
    **dict.fromkeys(_NUMBERS, "number"),
    _TAG + "bool": "yes or no",
    _TAG + "null": "null",
    _TAG + "timestamp": "date",
}
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# YAML 1.1, which both parsers read, takes the first for a number to the base of eight and the
# second for one to the base of sixty; YAML 1.2 takes neither for one, and no author means it.
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Unreadable(Exception):
    """There is no document in the file."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(path.name, line, None, None, message)


def compose(path: Path) -> Node | None:
    """The document in a file; None if it is empty.

    Raises:
        Unreadable: it is no file of text, or no YAML.
    """
    text = _text(path)
    try:
        root: Node | None = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        context = f" {error.context}" if error.context else ""
        raise Unreadable(path, line, f"not YAML: {error.problem}{context}") from error
    except yaml.YAMLError as error:
        # The reader's: it knows a place in the bytes and no line.
        before = text.encode()[: getattr(error, "position", None) or 0]
        reason = str(error).splitlines()[0]
        raise Unreadable(path, before.count(b"\n") + 1, f"not YAML: {reason}") from error
    return root


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise Unreadable(path, 0, _instead_of_a_file(path))
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise Unreadable(
                path, 0, f"{size:,} bytes are too many; a seed file has at most {LARGEST_FILE:,}"
            )
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(path, 0, f"cannot be read: {error.strerror}") from error
    for mark, name in _ENCODINGS:
        if data.startswith(mark):
            raise Unreadable(path, 1, f"the text is {name}; a seed file is UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Unreadable(path, line, f"not UTF-8: {error.reason} at byte {error.start}") from error


def _instead_of_a_file(path: Path) -> str:
    if path.is_dir():
        return "a folder, not a file"
    if path.is_symlink() and not path.exists():
        return f"a link to {path.readlink()}, where nothing is"
    return "no file that has a beginning and an end"


def value_of(root: Node) -> Any:
    """What a document in which nothing is wrong says, as Python's values."""
    return _Loader("").construct_document(root)


def what_is_wrong(root: Node, file: str) -> list[Problem]:
    """Everything in a document that no content is, by line."""
    survey = _Survey(file)
    problems = set(survey.of(root))
    most = max(_FEW, MOST_UNFOLDED * len(survey.sizes))
    if not problems and survey.sizes[root] > most:
        # The innermost of those that are too large: sizes are known from the inside out.
        node = next(node for node, size in survey.sizes.items() if size > most)
        message = f"with the aliases written out, the file has {survey.sizes[root]:,} values"
        problems.add(survey.problem(node, message))
    return sorted(problems)


class _Survey:
    """One look at each node, however often aliases lead to it."""

    def __init__(self, file: str) -> None:
        # How many values a node is, and how deep they lie, once the aliases are written out.
        self.sizes: dict[Node, int] = {}
        self._heights: dict[Node, int] = {}
        self._file = file
        self._above: set[Node] = set()
        self._constructor = SafeConstructor()

    def problem(self, node: Node, message: str, field: str | None = None) -> Problem:
        return Problem(self._file, node.start_mark.line + 1, None, field, message)

    def of(self, node: Node) -> Iterator[Problem]:
        """What is wrong with a node and all that is in it."""
        if node in self._above:
            yield self.problem(node, "the value contains itself")
        elif len(self._above) + self._heights.get(node, 0) > DEEPEST:
            yield self.problem(node, f"the value is nested more than {DEEPEST} deep")
        elif node not in self.sizes:
            yield from self._scalar(node) if isinstance(node, ScalarNode) else self._inside(node)

    def _inside(self, node: Node) -> Iterator[Problem]:
        inside: list[Node] = []
        if isinstance(node, MappingNode):
            yield from self._tag(node, _FIELDS)
            yield from self._names(node)
            inside = [value for _, value in node.value]
        elif isinstance(node, SequenceNode):
            yield from self._tag(node, _LIST)
            inside = node.value
        self._above.add(node)
        for value in inside:
            yield from self.of(value)
        self._above.discard(node)
        # A value that was refused above has neither.
        self.sizes[node] = 1 + sum(self.sizes.get(value, 1) for value in inside)
        self._heights[node] = 1 + max((self._heights.get(value, 0) for value in inside), default=0)

    def _tag(self, node: Node, *fitting: str) -> Iterator[Problem]:
        """A type that YAML knows or an author made up, and content has not or not here."""
        if node.tag in fitting:
            return
        name = node.tag
        if name.startswith(_TAG):
            name = "!!" + name.removeprefix(_TAG)
        known = node.tag in (_LIST, _FIELDS, *_SCALARS)
        yield self.problem(node, f"{name} does not fit" if known else f"{name} is no content")

    def _names(self, node: MappingNode) -> Iterator[Problem]:
        """Field names that are no text, a field given twice (of which YAML would keep the last),
        and what cannot be merged."""
        names: set[str] = set()
        for name, value in node.value:
            if not isinstance(name, ScalarNode) or name.tag not in (_TEXT, _MERGE):
                yield self.problem(name, "a field name is not text")
            elif name.value in names:
                yield self.problem(name, "the field is given twice", name.value)
            else:
                names.add(name.value)
            if name.tag == _MERGE:
                merged = value.value if isinstance(value, SequenceNode) else [value]
                if not all(isinstance(item, MappingNode) for item in merged):
                    yield self.problem(name, "only fields can be merged, or a list of such", "<<")

    def _scalar(self, node: ScalarNode) -> Iterator[Problem]:
        self.sizes[node] = 1
        text: str = node.value
        shown = repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
        if node.tag == _TEXT:
            if _CONTROL.search(text):
                yield self.problem(node, f"{shown} has a control character")
        elif node.tag not in _SCALARS:
            yield from self._tag(node, *_SCALARS)
        elif node.tag in _NUMBERS and _SEXAGESIMAL.fullmatch(text):
            yield self.problem(node, f"{shown} is read to the base of sixty; quote a text")
        elif node.tag in _NUMBERS and _OCTAL.fullmatch(text):
            yield self.problem(node, f"{shown} is read to the base of eight; quote a text")
        elif len(text) > _LONGEST or not self._is_made(node):
            yield self.problem(node, f"{shown} is no {_SCALARS[node.tag]}")

    def _is_made(self, node: ScalarNode) -> bool:
        """Whether a value comes of it; the library fails in as many ways as there are types."""
        try:
            self._constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, KeyError, AttributeError, OverflowError):
            return False
        return True
