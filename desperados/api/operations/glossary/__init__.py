"""What the names in requests and answers mean, each said once.

A name means the same wherever it stands; where it means something else in one component, the entry
is ``Component.name``. What a field says of itself goes before. The document takes its descriptions
from here, and a test holds that every property has one and that no entry is left over.
"""

from __future__ import annotations

from collections.abc import Mapping

from desperados.api.operations.glossary.combat import COMBAT
from desperados.api.operations.glossary.economy import ECONOMY
from desperados.api.operations.glossary.people import PEOPLE
from desperados.api.operations.glossary.play import PLAY
from desperados.api.operations.glossary.world import WORLD

PARTS = (PEOPLE, ECONOMY, WORLD, PLAY, COMBAT)

GLOSSARY: Mapping[str, str] = {name: says for part in PARTS for name, says in part.items()}
