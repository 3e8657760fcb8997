"""An update at work: from one version of a document to the next.

`parser` makes an `Update` once, which applies to many documents. A document that is
updated is never changed in place: the parts along the touched paths are copied, the rest is
shared with the old version. An update that leaves every value as it was returns the very same
document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desperados.embedded.errors import CommandError, bad_value
from desperados.embedded.query.positional import matched_position
from desperados.embedded.query.predicates import Context, Path, Test
from desperados.embedded.update.editor import Editor
from desperados.embedded.update.operators import OPERATORS, Moment
from desperados.embedded.values.order import same
from desperados.embedded.values.paths import is_position
from desperados.embedded.values.types import MISSING, Doc, Missing


@dataclass
class Change:
    """One operator on one path."""

    operator: str
    path: Path
    operand: Any


@dataclass
class Update:
    """A parsed update: `replacement`, `pipeline` or a list of `changes`."""

    changes: list[Change] = field(default_factory=list)
    replacement: Doc | None = None
    pipeline: Callable[[Doc], Doc] | None = None
    filters: dict[str, Test] = field(default_factory=dict)
    query: Doc = field(default_factory=dict)
    context: Context = field(default_factory=Context)
    moment: Moment = field(default_factory=Moment)

    def apply(self, doc: Doc, *, inserting: bool = False) -> Doc:
        """The document's next version; the same object when nothing changes."""
        if self.replacement is not None:
            return self._replace(doc)
        if self.pipeline is not None:
            fresh = self.pipeline(doc)
            if "_id" not in fresh and "_id" in doc:
                fresh = {"_id": doc["_id"], **fresh}
            return self._checked(doc, fresh)
        editor = Editor(doc)
        for change in self.changes:
            if change.operator == "$setOnInsert" and not inserting:
                continue
            if change.operator == "$rename":
                _rename(editor, change)
                continue
            for path in self._concrete(change.path, editor.root, doc):
                _change(editor, change, path, self)
        return self._checked(doc, editor.root, inserting=inserting)

    def _replace(self, doc: Doc) -> Doc:
        fresh = dict(self.replacement or {})
        if "_id" not in fresh and "_id" in doc:
            fresh = {"_id": doc["_id"], **fresh}
        elif "_id" in fresh and next(iter(fresh)) != "_id":
            fresh = {"_id": fresh.pop("_id"), **fresh}
        return self._checked(doc, fresh)

    def _checked(self, old: Doc, new: Doc, *, inserting: bool = False) -> Doc:
        if "_id" in old and not same(old["_id"], new.get("_id", MISSING)):
            if self.context.key(old["_id"]) != self.context.key(new.get("_id", MISSING)):
                raise CommandError(
                    "ImmutableField",
                    "Performing an update on the path '_id' would modify the immutable field '_id'"
                    if self.replacement is None
                    else "After applying the update, the (immutable) field '_id' was found to have "
                    f"been altered to _id: {new.get('_id')}",
                )
            new = {"_id": old["_id"], **{k: v for k, v in new.items() if k != "_id"}}
        return old if new is not old and not inserting and same(old, new) else new

    def _concrete(self, path: Path, root: Doc, original: Doc) -> list[Path]:
        """The path with `$`, `$[]` and `$[name]` replaced by the elements they stand for."""
        if not any(part.startswith("$") for part in path):
            return [path]
        found: list[Path] = [()]
        for part in path:
            if part == "$":
                position = matched_position(self.query, original, self.context)
                if position is None:
                    raise bad_value(
                        "The positional operator did not find the match needed from the query."
                    )
                found = [(*head, str(position)) for head in found]
            elif part.startswith("$["):
                test = None if part == "$[]" else self.filters[part[2:-1]]
                found = [
                    (*head, str(number))
                    for head in found
                    for number, item in enumerate(_array_at(root, head))
                    if test is None or test(item)
                ]
            else:
                found = [(*head, part) for head in found]
        return found


def _array_at(root: Doc, path: Path) -> list[Any]:
    value: Any = root
    for part in path:
        if type(value) is list and is_position(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part, MISSING) if type(value) is dict else MISSING
    if value is MISSING:
        raise bad_value(
            f"The path '{'.'.join(path)}' must exist in the document in order to apply array "
            "updates."
        )
    if type(value) is not list:
        raise bad_value(f"Cannot apply array updates to non-array element {path[-1]}: {value}")
    return value


_LEAVES_MISSING = {"$unset", "$pull", "$pullAll", "$pop"}


def _change(editor: Editor, change: Change, path: Path, update: Update) -> None:
    old = editor.get(path)
    if old is MISSING and change.operator in _LEAVES_MISSING:
        return
    try:
        new = OPERATORS[change.operator](old, change.operand, update.context, update.moment)
    except CommandError as error:
        error.message = error.message.replace("{path}", ".".join(path)).replace(
            "{_id}", str(editor.root.get("_id"))
        )
        raise
    if isinstance(new, Missing):
        editor.unset(path)
    elif old is MISSING or not same(old, new):
        editor.set(path, new)


def _rename(editor: Editor, change: Change) -> None:
    value = editor.get(change.path)
    if value is MISSING:
        return
    target = tuple(change.operand.split("."))
    for path in (change.path, target):
        for depth in range(1, len(path)):
            if type(editor.get(path[:depth])) is list:
                raise bad_value(
                    "The source or target field of $rename cannot be an array element: "
                    f"'{'.'.join(path)}'"
                )
    editor.unset(change.path)
    editor.unset(target)
    editor.set(target, value)
