"""The specification of all collections, as data."""

import json
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).parent.parent / "data" / "collections.json"


@cache
def collections() -> dict[str, dict[str, Any]]:
    """The entries of the specification by model name."""
    entries = json.loads(PATH.read_text(encoding="utf-8"))["collections"]
    return {entry["model"]: entry for entry in entries}
