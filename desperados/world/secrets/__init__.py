"""Secrets: what places hide, from those who do not meet what it takes to see it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
