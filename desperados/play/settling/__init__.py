"""How an outcome is settled: one sheet for each who takes part, filled in topic by topic."""
