"""World bosses: one health, hundreds of attackers.

A boss comes at moments that follow from the calendar (UTC). Whoever is at the place joins and plays
a hand of cards against it every fifteen seconds; when it is defeated, or has gone, all who did
their share are paid by what they did.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
