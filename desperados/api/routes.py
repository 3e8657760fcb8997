"""The table of routes: what the manifests of all domains name, below ``PREFIX``."""

from __future__ import annotations

from desperados.assembly.domains import domains
from desperados.engine.manifest.routes import Route

PREFIX = "/api/v1"

ROUTES: tuple[Route, ...] = tuple(route for domain in domains() for route in domain.routes)
