"""Notices: the lasting news of a character, what it has read, and what it wants to hear of."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
