"""Aggregation expressions, compiled to functions of a document and the variables in scope."""
