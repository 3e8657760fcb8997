"""What a client may rely on beyond status and body: methods, addresses, headers, fields, keys."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from desperados.api.operations.components import glossary_of, public_name
from desperados.api.operations.glossary import GLOSSARY
from desperados.api.routes import PREFIX, ROUTES
from tests.api.client import Api, Person
from tests.api.contract import document
from tests.api.test_requests import is_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")
