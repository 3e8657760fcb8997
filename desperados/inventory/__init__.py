"""What characters carry, what lies on the ground, and goods that wait for room."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
