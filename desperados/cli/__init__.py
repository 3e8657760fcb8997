"""The command line: one small module a command group; ``main`` puts them together."""
