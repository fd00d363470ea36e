"""Scores with their labels, in order: at every threshold, and in bins of probability."""
