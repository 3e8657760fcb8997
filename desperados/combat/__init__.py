"""Combat: fights, duels, tournaments, hunts for legends; each in a wing of its own."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
