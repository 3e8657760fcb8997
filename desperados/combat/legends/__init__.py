"""Legendary hunts: what people tell of a creature, where its traces are, and the fight at its lair.

A hunter hears rumours, finds clues, and so comes to know where a legend lives; there it fights it
alone, by cards. The first victory gives a trophy, a title and a bonus for good.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
