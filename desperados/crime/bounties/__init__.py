"""Bounties of players: money that lies on a head until somebody brings it in, or a week is over."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
