"""Duels of two characters: best of three rounds with hidden hands, for honour, rating or money."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
