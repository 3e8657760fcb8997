"""The kinds of content, as the manifests name them, and the words that content may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from desperados.assembly.domains import domains
from desperados.characters.rules import SKILLS
from desperados.engine.manifest.content import Kind
from desperados.vocabulary import ITEM_TYPES, LOCATION_TYPES, Faction

KINDS: tuple[Kind, ...] = tuple(kind for domain in domains() for kind in domain.content)

BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}

VOCABULARIES: Mapping[str, frozenset[str]] = {
    "skills": frozenset(skill for skills in SKILLS.values() for skill in skills),
    "factions": frozenset(get_args(Faction)),
    "location_types": LOCATION_TYPES,
    "item_types": ITEM_TYPES,
    "rarities": frozenset({"common", "uncommon", "rare", "epic", "legendary", "artifact"}),
    "action_types": frozenset({"crime", "combat", "social", "craft", "job"}),
    "encounter_types": frozenset({"combat", "event", "discovery", "story"}),
}
"""Words that content may use where the document class allows any text."""
