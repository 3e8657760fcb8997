"""People run by the game."""
