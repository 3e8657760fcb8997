"""Storage, transactions, time, chance and live state. Knows no rule of the game."""
