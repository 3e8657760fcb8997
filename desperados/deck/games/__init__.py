"""The games of one seat: hold and draw, press your luck, blackjack, deckbuilder.

Pure: terms and a seed in, a verdict out. ``RULES`` plays all four; ``terms["game"]`` says which.

- Terms are those of ``terms.Terms``: {game, suit, skill, grade, target, relief, specials,
  bail_out}.
- The state has the keys ``deck``, ``hand`` and ``state``; cards are codes (``spades-A``).
- Whoever plays sees ``view``: never the deck, the next card or the hidden card of the house.
- The verdict is ``resolved`` or ``forfeited``; its facts are {succeeded, score, target, matches,
  suit_percent (of the reward, 100 to 120), cards, doubled, natural, bailed (percent of the reward,
  or None), mitigation (percent)}.
"""

from desperados.deck.games.rules import RULES

__all__ = ["RULES"]
