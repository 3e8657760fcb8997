"""The application that the tests of the content ask."""

from tests.api.conftest import shared_api

__all__ = ["shared_api"]
