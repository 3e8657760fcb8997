"""Characters: creation, condition, skills, achievements, prestige."""
