"""The bank, its investments, and the exchange of metal."""
