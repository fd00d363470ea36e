"""Scores and intervals from counts alone: no container, no class names."""
