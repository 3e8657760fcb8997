"""The ledger of money."""
