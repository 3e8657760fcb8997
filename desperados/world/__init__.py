"""Places, events, weather, the calendar."""
