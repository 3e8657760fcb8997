"""Properties, production, taxes, businesses."""
