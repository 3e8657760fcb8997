"""What play contributes to the whole."""

from __future__ import annotations

from desperados.engine.manifest.domain import Domain
from desperados.play import documents

DOMAIN = Domain(name="play", documents=(documents,))
