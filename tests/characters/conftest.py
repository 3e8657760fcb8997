"""The world of the accounts' tests, in which hashing is cheap."""

from tests.accounts.conftest import game

__all__ = ["game"]
