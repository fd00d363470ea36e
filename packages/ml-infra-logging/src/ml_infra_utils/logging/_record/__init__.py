"""From what was logged to a record, and from a record to its fields."""
