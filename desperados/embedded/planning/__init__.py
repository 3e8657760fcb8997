"""Which index answers a query, and the documents that it finds."""
