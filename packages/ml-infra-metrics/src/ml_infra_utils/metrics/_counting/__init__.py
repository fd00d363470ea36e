"""Pairs of label and prediction, counted fast for each kind of column."""
