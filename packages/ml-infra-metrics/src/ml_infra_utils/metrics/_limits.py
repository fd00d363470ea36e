"""Sizes and limits of floats, each with the reason for its value."""

from __future__ import annotations

import sys

# --- What a column is counted with ---

# Up to this many examples a Counter over two lists is as fast as arrays of codes.
SHORT_COLUMN_OF_CLASSES = 50
# Up to this many examples lists of scores are sorted as fast as arrays.
SHORT_COLUMN_OF_SCORES = 200
# Up to this many examples lists are counted directly as fast as arrays of codes.
SHORT_COLUMN_OF_ONE_CLASS = 1000
# More classes than this have no codes of one byte.
ONE_BYTE_CLASSES = 256
# Integers from 0 to below this are codes as they are: a table of all pairs of them stays small.
CODES_AS_THEY_ARE = 1024
# The widest range of integers of which a table says which occur; beyond it, values are sorted.
WIDEST_RANGE_OF_CODES = 1 << 22
# The widest range of integers of which the codes of pairs fit into int64.
WIDEST_RANGE_OF_PAIRS = 1 << 31
INT64_MAX = 2**63 - 1

# This many codes of pairs stay in the processor's cache while they are binned.
CODES_IN_CACHE = 1 << 16
# The same for codes of one byte, which are binned two at a time.
PAIRED_CODES_IN_CACHE = 1 << 18

# A meter keeps this many batches before it adds them up: one long sum costs less than many sums.
BATCHES_KEPT = 32

# The names of more slices run into each other in a plot.
MOST_DRAWN_SLICES = 40

# --- What floats can hold ---

# Half the bits of a float's 53: both halves are summed apart, so that float64 sums are exact.
HALF_OF_A_FLOAT = 27
# The sum of this many halves stays below 2**53, so it is exact.
HALVES_IN_A_SUM = 1 << 20
# The probability that log_loss takes for 0, so that one confident error does not make it infinite.
LEAST_PROBABILITY = sys.float_info.epsilon
# The label that relative errors take for 0, so that they stay finite, as scikit-learn's do.
LEAST_LABEL = sys.float_info.epsilon
# Products of errors with weights below this lose digits.
LEAST_WEIGHT = 1e-290
# The rounding errors of a mean of losses add up to less than this.
ROUNDING_OF_A_MEAN = 2.0**-40
# Above this ratio of negatives to positives, the step to the next threshold rounds to nothing.
MOST_NEGATIVES_PER_POSITIVE = 1 << 900
# The bits of a significand.
BITS_OF_FLOAT64 = 53
# How far the probabilities of one row may be from a sum of 1: two roundings to bfloat16.
ERROR_OF_A_ROW = 2.0**-7
# Up to this many tosses of a coin the probabilities are summed as integers, exactly.
TOSSES_IN_INTEGERS = 1000

# --- How far distributions lie apart ---

# Drift of numbers is told by tenths of the reference.
GROUPS_OF_A_REFERENCE = 10
# The share of a group that is empty, so that it has a logarithm.
LEAST_SHARE = 1e-4

# --- What people can read ---

# A matrix of more classes is described in one line, not printed.
PRINTED_CLASSES = 20
# A longer repr is shortened: it stands in errors, logs and debuggers, among others.
LONGEST_REPR = 200
# A plot of more classes has no numbers in its cells.
CLASSES_WITH_NUMBERS = 30
# Larger sums of weights are shown to six digits; nobody reads their other digits.
SHOWN_IN_FULL = 10**15
