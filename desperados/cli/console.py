"""Where the commands write, and what their exit codes mean."""

from __future__ import annotations

from rich.console import Console

output = Console()
errors = Console(stderr=True)

NOT_IN_ORDER = 1
CALLED_WRONGLY = 2
