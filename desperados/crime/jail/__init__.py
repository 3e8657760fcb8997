"""Jail, from inside: work, talk, a word with the jailer, a way out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
