"""What the domain contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.law import documents

DOMAIN = Domain(name="law", documents=(documents,))
