"""Fights: one engine for all of them (``engine``), and those against the people of the land.

Whoever is challenged plays a hand of cards in each round, as the character does. What comes of the
end (spoils, wounds, a scar, a defeat) is settled in the transaction of the last move; what the
character does not do in time the clock does.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
