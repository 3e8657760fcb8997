"""Money: the ledger, the market, investments."""
