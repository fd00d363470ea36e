"""Statistics and transforms of NumPy arrays, block by block."""
