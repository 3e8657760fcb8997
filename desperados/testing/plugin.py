"""The pytest plugin: it brings the fixtures of ``desperados.testing.fixtures``.

pytest loads it wherever the package is installed, also for suites that have nothing to do with a
world. Those need not have pytest-asyncio: without it there are no fixtures, and nothing else.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, and bring the fixtures where they can work."""
    config.addinivalue_line(
        "markers", "broken_world: this test breaks its world; no audit at its end"
    )
    if find_spec("pytest_asyncio") is not None:
        fixtures = importlib.import_module("desperados.testing.fixtures")
        config.pluginmanager.register(fixtures, "desperados-fixtures")
