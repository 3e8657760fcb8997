"""The players' market."""
