"""Filters, projections and sort orders: what a query says about one document."""
