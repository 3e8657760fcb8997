"""Who owns what: the only code that changes a balance or the contents of a holder."""
