"""What processes tell each other about accounts."""

from __future__ import annotations

from desperados.engine.live.events import Signal


class AccessChanged(Signal):
    """A session of this user was closed, or what the user may do has changed: look again."""

    event = "account:access_changed"
