"""Limits of float arithmetic, and sizes that were measured: each with its reason."""

from __future__ import annotations

import sys

# Limits of float arithmetic.

# Every integer up to here is a float; past it, floats are two apart or more.
EXACT_INTEGER = 2**53
# The difference of two integers up to here is an exact integer too, so it is a float.
EXACT_DIFFERENCE = 2**52
# Integers whose rounded difference stays below this have a difference that fits into 64 bits.
INT64_DIFFERENCE = 2.0**62
# An int past the largest float cannot be converted to one.
LARGEST_FLOAT = int(sys.float_info.max)
# Deviations between these bounds have squares that neither overflow nor lose digits.
SAFE_DEVIATIONS = (1e-140, 1e150)
# A deviation below this share of the mean is lost in the rounding of the mean, so such statistics
# are kept relative to an origin.
FAR_FROM_ZERO = 1e-7
# Merges round a mean by at most about this share of the largest value, so that it may lie that far
# beyond the extrema.
MERGE_ROUNDING = 1e-9
# The square of a mean may be subtracted from the mean of the squares while the latter is at most
# so many times the variance: it costs 4 bits.
NEAR_ZERO = 16
# A mean of fewer values is seldom near to zero, so the attempt would be wasted.
NEAR_ZERO_LENGTH = 16

# Sizes of lists.

# From this length on a list of plain numbers is packed into a NumPy array, if NumPy is loaded.
PACKED_LENGTH = 300
# Below this length, plain Python scales to a range sooner than a NumPy array is made.
SHORT_LENGTH = 500
# Numbers that are packed at once, so that they stay in the cache meanwhile.
PACKED_PIECE = 12 * 1024

# Sizes of blocks of arrays, in elements.

# A block has 1 MiB of float64, which is what a core's second-level cache holds.
BLOCK = 128 * 1024
# A ufunc pays for every row that it starts, so short rows are viewed as longer ones. Rows to
# reduce are this long, so that the result stays in the first-level cache.
REDUCED_ROW = 1024
# Rows to map are this long: up to 4 Ki NumPy 2.4 is a third slower, NumPy 1.24 up to 8 Ki.
MAPPED_ROW = 16 * 1024
# At most this many features are taken together.
FEATURES_TOGETHER = 8 * 1024
# OpenBLAS starts threads for dot products of longer rows, which costs more than it saves.
DOT_LENGTH = 8 * 1024
# This many means of rows wait until they are combined.
WAITING_MEANS = 4 * 1024

# Sizes of the search for percentiles.

# Fewer values than these are partitioned at once.
SELECTED_LENGTH = 16 * 1024
# The largest sample that is drawn to bracket a percentile.
SAMPLE = 32 * 1024
# About the most values that one reading keeps for one percentile.
KEPT = 80 * 1024
# After this many readings that missed the percentile, all values are partitioned.
READINGS = 4
