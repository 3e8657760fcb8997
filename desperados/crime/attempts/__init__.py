"""Crimes: tried in a game of cards, and all that comes of them at once; and those who saw it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
