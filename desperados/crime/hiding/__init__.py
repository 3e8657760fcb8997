"""Hiding: lying low until the law forgets a little, and being somebody else for a while."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
