"""The game of a duel: the table, its rounds, bets and abilities. Pure."""
