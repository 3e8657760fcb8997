"""Running a world: audit, and later backup, migrations and archives."""
