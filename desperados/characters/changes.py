"""What a floor between the characters and play makes of its part of an outcome.

``play.settle`` asks law and renown what follows, sets the fields of all of them in the one update
of the character, and stages their other writes with its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desperados.engine.staging import StagedWrite


@dataclass(frozen=True, slots=True)
class Change:
    """``fields`` of the ``Character``, by their stored names, to be set; and other ``writes``."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    writes: Sequence[StagedWrite] = ()
