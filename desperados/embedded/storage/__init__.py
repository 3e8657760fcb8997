"""Collections, their indexes and versions, sessions and transactions, and the file."""
