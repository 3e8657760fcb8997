"""The document that an upsert inserts when its query finds none."""

from __future__ import annotations

from bson import ObjectId, Regex

from desperados.embedded.errors import CommandError
from desperados.embedded.query.predicates import is_operators
from desperados.embedded.update.apply import Update
from desperados.embedded.update.editor import Editor
from desperados.embedded.values.types import MISSING, Doc


def upsert_document(query: Doc, update: Update) -> Doc:
    """The document that an upsert inserts: the query's equalities, then the update."""
    base: Doc = {}
    if update.replacement is None:
        editor = Editor({})
        _equalities(query, editor)
        base = editor.root
    elif "_id" not in update.replacement:
        editor = Editor({})
        _equalities({k: v for k, v in query.items() if k in ("_id", "$and")}, editor)
        base = {"_id": editor.root["_id"]} if "_id" in editor.root else {}
    doc = update.apply(base, inserting=True)
    if "_id" not in doc:
        return {"_id": ObjectId(), **doc}
    if next(iter(doc)) != "_id":
        return {"_id": doc["_id"], **{k: v for k, v in doc.items() if k != "_id"}}
    return doc


def _equalities(query: Doc, editor: Editor) -> None:
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
            elif isinstance(condition, Regex):
                continue
            path = tuple(name.split("."))
            if editor.get(path) is not MISSING:
                raise CommandError(
                    "NotSingleValueField",
                    f"cannot infer query fields to set, path '{name}' is matched twice",
                )
            editor.set(path, value)
