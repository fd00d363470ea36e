"""From lines back to what was logged."""
