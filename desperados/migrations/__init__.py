"""The migrations of stored data, in their order. ``ops.migrations`` runs them.

A migration is a change of single documents: what to do to one, and how to undo it. It must be
idempotent, because a run that was cut off goes on from its last batch.
"""

from __future__ import annotations

from desperados.migrations.folded_names import CHARACTER_NAMES, USER_NAMES

MIGRATIONS = (USER_NAMES, CHARACTER_NAMES)
