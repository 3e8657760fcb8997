"""Renown: how a character stands with the factions, and what its deeds weigh.

What moves is decided here (``renown.standing``, ``renown.conduct``); ``play.settle`` writes it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
