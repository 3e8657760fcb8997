"""What all domains have said to the shapes of play, as one."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

from desperados.assembly.domains import domains
from desperados.engine.registered import Registered, joined


@cache
def registered() -> Registered:
    """Everything that the manifests register.

    Raises:
        ValueError: two domains have taken one name.
    """
    kinds = [field.name for field in fields(Registered)]
    return Registered(
        **{kind: joined(kind, ((d.name, getattr(d, kind)) for d in domains())) for kind in kinds}
    )
