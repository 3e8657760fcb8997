"""What a client may rely on beyond status and body: methods, addresses, headers, fields, keys."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
