"""What may be lost: events on their way, and what Redis holds."""
