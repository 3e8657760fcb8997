"""Accounts: who plays, how they log in, and what the staff may do about it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
