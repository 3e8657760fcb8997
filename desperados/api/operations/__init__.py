"""What a route does, derived from its service function, and how it is carried out."""
