"""What a command of any domain is made of, and the shapes in which people play.

The wing ``shapes`` has games, tables, questions, offers, timed work, crews, contests and phases.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
