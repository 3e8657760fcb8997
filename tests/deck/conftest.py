"""The sky is clear here unless a test says otherwise."""

from tests.world.skies import world

__all__ = ["world"]
