"""Law: what somebody is wanted for, sentences, prices on heads, fines.

What follows of a deed is decided here (``law.consequences``) and written by ``play.settle``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
