"""Tournaments: brackets for up to 64, in which two play a hand of cards, for a pool of fees."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
