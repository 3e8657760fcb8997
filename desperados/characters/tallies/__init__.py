"""Tallies: what each character has done, counted in the transaction of the deed.

One document a character holds its counts and small sets. A happening (``characters.happenings``)
moves them with one update and no read; what is a goal of any kind is *read* from them, as
``progress(need, tally, baseline)``. What counts is a table (``counters``), so that the document
stays small; what is not in it is not counted.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
