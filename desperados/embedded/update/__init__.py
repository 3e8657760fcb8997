"""Update documents: parsed, checked, and applied to one document."""
