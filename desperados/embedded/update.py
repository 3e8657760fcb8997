"""Update documents and pipelines: from one version of a document to the next.

`Update` parses once and applies to many documents. A document that is updated is never changed
in place: the parts along the touched paths are copied, the rest is shared with the old version.
An update that leaves every value as it was returns the very same document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId

from desperados.embedded.errors import CommandError, bad_value, failed_to_parse
from desperados.embedded.match import compile_filter, element_test
from desperados.embedded.operators import OPERATORS, Moment
from desperados.embedded.predicates import Context, Test, is_operators
from desperados.embedded.stages import compile_pipeline_update
from desperados.embedded.values import MISSING, Doc, Missing, same

Path = tuple[str, ...]


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
        editor = _Editor(doc)
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
        if type(value) is list and part.isdigit() and int(part) < len(value):
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


class _Editor:
    """A document under change: containers are copied the first time they are touched."""

    def __init__(self, doc: Doc) -> None:
        self.root = dict(doc)
        self._own: dict[int, Any] = {id(self.root): self.root}

    def get(self, path: Path) -> Any:
        value: Any = self.root
        for part in path:
            if type(value) is dict:
                value = value.get(part, MISSING)
            elif type(value) is list and part.isdigit():
                value = value[int(part)] if int(part) < len(value) else MISSING
            else:
                return MISSING
        return value

    def _parent(self, path: Path) -> Any:
        container: Any = self.root
        for part in path[:-1]:
            inner = _child(container, part)
            if inner is MISSING:
                inner = {}
            elif type(inner) not in (dict, list):
                raise _not_viable(path, part, container)
            if id(inner) not in self._own:
                inner = dict(inner) if type(inner) is dict else list(inner)
                self._own[id(inner)] = inner
                _store(container, part, inner, path)
            container = inner
        return container

    def set(self, path: Path, value: Any) -> None:
        _store(self._parent(path), path[-1], value, path)

    def unset(self, path: Path) -> None:
        if self.get(path) is MISSING:
            return
        parent = self._parent(path)
        if type(parent) is list:
            parent[int(path[-1])] = None
        else:
            del parent[path[-1]]


def _child(container: Any, part: str) -> Any:
    if type(container) is dict:
        return container.get(part, MISSING)
    if part.isdigit() and int(part) < len(container):
        return container[int(part)]
    return MISSING


def _store(container: Any, part: str, value: Any, path: Path) -> None:
    if type(container) is dict:
        container[part] = value
        return
    if not part.isdigit():
        raise _not_viable(path, path[max(0, path.index(part) - 1)], container)
    position = int(part)
    if position - len(container) > 1_500_000:
        raise CommandError("CannotBackfillArray", "too many null elements to fill in", number=134)
    container.extend([None] * (position + 1 - len(container)))
    container[position] = value


def _not_viable(path: Path, part: str, container: Any) -> CommandError:
    shown = container if type(container) is list else {part: container.get(part)}
    return CommandError("PathNotViable", f"Cannot create field '{path[-1]}' in element {shown}")


_LEAVES_MISSING = {"$unset", "$pull", "$pullAll", "$pop"}


def _change(editor: _Editor, change: Change, path: Path, update: Update) -> None:
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


def _rename(editor: _Editor, change: Change) -> None:
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


# Parsing -------------------------------------------------------------------------------------


def parse_update(
    update: Any,
    *,
    query: Doc,
    context: Context,
    moment: Moment,
    array_filters: Any = None,
    multi: bool = False,
) -> Update:
    """Check an update and make it ready to apply."""
    parsed = Update(query=query, context=context, moment=moment)
    if type(update) is list:
        if array_filters:
            raise failed_to_parse("arrayFilters may not be specified for pipeline-syle updates")
        parsed.pipeline = compile_pipeline_update(update, context, moment.now)
        return parsed
    if type(update) is not dict:
        raise failed_to_parse("Update argument must be either an object or an array")
    if not update or not next(iter(update)).startswith("$"):
        if any(name.startswith("$") for name in update):
            raise CommandError(
                "DollarPrefixedFieldName",
                "The dollar ($) prefixed field is not allowed in the context of an update's "
                "replacement document. Consider using an aggregation pipeline with $replaceWith.",
            )
        if multi:
            raise failed_to_parse("multi update is not supported for replacement-style update")
        if array_filters:
            raise failed_to_parse("arrayFilters may not be specified for replacement-style updates")
        parsed.replacement = update
        return parsed
    parsed.filters = _array_filters(array_filters, context)
    used: set[str] = set()
    for operator, fields in update.items():
        _parse_operator(parsed, operator, fields, used)
    unused = set(parsed.filters) - used
    if unused:
        raise failed_to_parse(
            f"The array filter for identifier '{sorted(unused)[0]}' was not used in the update "
            f"{update}"
        )
    _check_conflicts(parsed.changes)
    # New fields appear in the order of their names, numbers in numeric order.
    parsed.changes.sort(
        key=lambda change: [
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in change.path
        ]
    )
    return parsed


def _parse_operator(parsed: Update, operator: str, fields: Any, used: set[str]) -> None:
    if operator not in OPERATORS and operator != "$rename":
        raise failed_to_parse(
            f"Unknown modifier: {operator}. Expected a valid update modifier or pipeline-style "
            "update specified as an array"
        )
    if type(fields) is not dict:
        raise failed_to_parse(
            f"Modifiers operate on fields but we found type {type(fields).__name__} instead. "
            f"For example: {{$mod: {{<field>: ...}}}} not {{{operator}: {fields!r}}}"
        )
    for name, operand in fields.items():
        path = tuple(name.split("."))
        _check_path(name, path, parsed.filters, used)
        if operator == "$rename":
            if type(operand) is not str:
                raise bad_value(f"The 'to' field for $rename must be a string: {name}: {operand}")
            if any(part.startswith("$") for part in (*path, *operand.split("."))):
                raise bad_value(
                    f"The source and target field for $rename may not be dynamic: {name}"
                )
            _check_path(operand, tuple(operand.split(".")), {}, used)
        parsed.changes.append(Change(operator, path, operand))


def _check_path(name: str, path: Path, filters: dict[str, Test], used: set[str]) -> None:
    if not name:
        raise CommandError("EmptyFieldName", "An empty update path is not valid.")
    for number, part in enumerate(path):
        if not part:
            raise CommandError(
                "EmptyFieldName",
                f"The update path '{name}' contains an empty field name, which is not allowed.",
            )
        if not part.startswith("$"):
            continue
        if number == 0:
            raise CommandError(
                "DollarPrefixedFieldName"
                if not part.startswith("$[") and part != "$"
                else "BadValue",
                f"The dollar ($) prefixed field '{part}' in '{name}' is not valid for storage.",
            )
        if part in ("$", "$[]"):
            continue
        if part.startswith("$[") and part.endswith("]"):
            if part[2:-1] not in filters:
                raise bad_value(
                    f"No array filter found for identifier '{part[2:-1]}' in path '{name}'"
                )
            used.add(part[2:-1])
        elif part not in ("$ref", "$id", "$db"):
            raise CommandError(
                "DollarPrefixedFieldName",
                f"The dollar ($) prefixed field '{part}' in '{name}' is not valid for storage.",
            )


def _check_conflicts(changes: list[Change]) -> None:
    seen: set[Path] = set()
    prefixes: set[Path] = set()
    for change in changes:
        paths = [change.path]
        if change.operator == "$rename":
            paths.append(tuple(change.operand.split(".")))
        for path in paths:
            heads = [path[:depth] for depth in range(1, len(path))]
            if path in seen or path in prefixes or any(head in seen for head in heads):
                name = ".".join(path)
                raise CommandError(
                    "ConflictingUpdateOperators",
                    f"Updating the path '{name}' would create a conflict at '{name}'",
                )
            seen.add(path)
            prefixes.update(heads)


def _array_filters(filters: Any, context: Context) -> dict[str, Test]:
    tests: dict[str, Test] = {}
    for item in filters or []:
        if type(item) is not dict or not item:
            raise failed_to_parse(
                "Cannot use an expression without a top-level field name in arrayFilters"
            )
        name = _filter_name(item)
        if name in tests:
            raise failed_to_parse(
                f"Found multiple array filters with the same top-level field name {name}"
            )
        matches = compile_filter(item, context)
        tests[name] = _bind(name, matches)
    return tests


def _bind(name: str, matches: Callable[[Doc], bool]) -> Test:
    return lambda element: matches({name: element})


def _filter_name(item: Doc) -> str:
    names: set[str] = set()
    for key, value in item.items():
        if key in ("$and", "$or", "$nor"):
            names |= {_filter_name(branch) for branch in value}
        else:
            names.add(key.split(".")[0])
    if len(names) != 1:
        raise failed_to_parse(
            "Error parsing array filter :: caused by :: Expected a single top-level field name, "
            f"found {sorted(names)}"
        )
    return names.pop()


# The `$` operator ----------------------------------------------------------------------------


def matched_position(query: Doc, doc: Doc, context: Context) -> int | None:
    """The element of the array in the query that made the document match."""
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                position = matched_position(branch, doc, context)
                if position is not None:
                    return position
        elif name == "$or":
            for branch in condition:
                if compile_filter(branch, context)(doc):
                    position = matched_position(branch, doc, context)
                    if position is not None:
                        return position
        elif not name.startswith("$"):
            position = _position(tuple(name.split(".")), condition, doc, context)
            if position is not None:
                return position
    return None


def _position(path: Path, condition: Any, doc: Doc, context: Context) -> int | None:
    value: Any = doc
    for depth in range(len(path) + 1):
        if type(value) is list:
            rest = ".".join(path[depth:])
            if rest and rest.split(".")[0].isdigit():
                return None
            test = _element_condition(rest, condition, context)
            return next((at for at, item in enumerate(value) if test(item)), None)
        if depth == len(path) or type(value) is not dict:
            return None
        value = value.get(path[depth], MISSING)
    return None


def _element_condition(rest: str, condition: Any, context: Context) -> Test:
    """The condition on an array's path as a test of one element; `rest` is the path within."""
    if rest:
        inner = compile_filter({rest: condition}, context)
        return lambda item: type(item) is dict and inner(item)
    if is_operators(condition) and "$elemMatch" in condition:
        return element_test(condition["$elemMatch"], context)
    leaf = compile_filter({"element": condition}, context)
    return lambda item: leaf({"element": item})


# Upserts -------------------------------------------------------------------------------------


def upsert_document(query: Doc, update: Update) -> Doc:
    """The document that an upsert inserts: the query's equalities, then the update."""
    base: Doc = {}
    if update.replacement is None:
        editor = _Editor({})
        _equalities(query, editor)
        base = editor.root
    elif "_id" not in update.replacement:
        editor = _Editor({})
        _equalities({k: v for k, v in query.items() if k in ("_id", "$and")}, editor)
        base = {"_id": editor.root["_id"]} if "_id" in editor.root else {}
    doc = update.apply(base, inserting=True)
    if "_id" not in doc:
        return {"_id": ObjectId(), **doc}
    if next(iter(doc)) != "_id":
        return {"_id": doc["_id"], **{k: v for k, v in doc.items() if k != "_id"}}
    return doc


def _equalities(query: Doc, editor: _Editor) -> None:
    for name, condition in query.items():
        if name == "$and":
            for branch in condition:
                _equalities(branch, editor)
        elif name == "$or" and len(condition) == 1:
            _equalities(condition[0], editor)
        elif not name.startswith("$"):
            value = condition
            if is_operators(condition):
                if "$eq" in condition:
                    value = condition["$eq"]
                elif "$all" in condition and len(condition["$all"]) == 1:
                    value = condition["$all"][0]
                elif "$in" in condition and len(condition["$in"]) == 1:
                    value = condition["$in"][0]
                else:
                    continue
            elif type(condition).__name__ == "Regex":
                continue
            path = tuple(name.split("."))
            if editor.get(path) is not MISSING:
                raise CommandError(
                    "NotSingleValueField",
                    f"cannot infer query fields to set, path '{name}' is matched twice",
                )
            editor.set(path, value)
