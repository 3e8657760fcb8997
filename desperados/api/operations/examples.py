"""A body to begin with for each request: what the API page shows, and a test sends.

It has what is needed, and of the rest what its declaration has an example of. Where one of two
fields is needed, that is how one of them says so.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from desperados.engine.views import Id

Schema = dict[str, Any]

_ID = TypeAdapter(Id).json_schema()


def example_of(schema: Schema, components: Schema) -> Any:
    """A value that fits ``schema``, whose references are to ``components``."""
    found = _resolved(schema, components)
    for known in ("examples", "enum"):
        if found.get(known):
            return found[known][0]
    if found.get("default") is not None:
        return found["default"]
    match found.get("type"):
        case "object":
            return {
                name: example_of(field, components)
                for name, field in found.get("properties", {}).items()
                if name in found.get("required", ()) or _has_example(field, components)
            }
        case "array":
            return [example_of(found["items"], components)]
        case "integer" | "number":
            return max(1, found.get("minimum", 1))
        case "boolean":
            return True
    raise TypeError(f"Nothing says what an example of this looks like: {found}")


def _has_example(schema: Schema, components: Schema) -> bool:
    """Whether a field has an example that means something; that of an id names nothing."""
    found = _resolved(schema, components)
    return "examples" in found and found.get("pattern") != _ID["pattern"]


def _resolved(schema: Schema, components: Schema) -> Schema:
    """A schema without its reference and without its alternative of null."""
    if "$ref" in schema:
        rest = {name: part for name, part in schema.items() if name != "$ref"}
        return {**components[schema["$ref"].rpartition("/")[2]], **rest}
    present = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    if len(present) == 1:
        return {**schema, **_resolved(present[0], components)}
    return schema
