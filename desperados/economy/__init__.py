"""Money in play: income and spending, payments, taxes, debts, and the trade of all kinds.

The wings ``bank``, ``market``, ``shops``, ``trades`` and ``watch`` have faces of their own:
``await economy.market.create_listing(...)``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
