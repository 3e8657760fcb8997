"""Every world of these tests has items and is audited at the end."""

from tests.inventory.fixtures import game, honest

__all__ = ["game", "honest"]
