"""Shooting contests: shots at targets that follow from a seed, round after round, for a pool."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
