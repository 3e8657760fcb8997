"""Documents: how they are declared, bound, indexed, read and written."""
