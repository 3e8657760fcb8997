"""The deck: deeds decided by games of cards, and the special cards that one may play them with.

game = await deck.start_action(jane, "bar_brawl")
game = await deck.play(jane, game.id, "draw", game.version, cards=[0, 1])
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
