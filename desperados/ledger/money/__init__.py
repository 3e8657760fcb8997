"""The ledger of money: accounts, postings, holds, and the names of all faucets and sinks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
