"""The commands of the database, one handler each, entered in the table of `instance.calls`."""
