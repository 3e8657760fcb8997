"""Bots of all domains play a world through its services, by one seed.

    summary = await simulation.simulate(Setup(seed=7, days=2, characters=20))

Time, chance and faults are injected, so a seed is a story that can be told again: the same seed
gives the same database to the last byte. The due work of the world is done between the moves, and
at the end everything is audited. ``docs/simulation.md`` tells more.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
