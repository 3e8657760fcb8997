"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.renown import documents

DOMAIN = Domain(name="renown", documents=(documents,))
