"""Characters: how they are made, seen and deleted, and what they hear of their world."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
