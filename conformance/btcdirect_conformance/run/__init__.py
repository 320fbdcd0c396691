"""A run from its first request to its record: in which order, how much, and how it ends."""
