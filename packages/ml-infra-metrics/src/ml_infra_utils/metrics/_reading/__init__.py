"""What the caller passed, as columns of classes or of numbers."""
