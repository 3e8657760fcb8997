"""The shapes of play: what is common to all games, questions, offers, work, crews and contests.

No engine of state machines: an envelope for each, and a few functions that keep it right. Domains
above call them and name in their manifests what comes of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
