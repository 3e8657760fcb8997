"""For tests of what is built on a world: worlds in milliseconds, crowds, dice that are chosen.

Installed with ``pip install 'desperados[testing]'``, the plugin offers the fixtures ``world``,
``bare_world``, ``time`` and ``luck`` to any suite (``desperados.testing.fixtures``).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
