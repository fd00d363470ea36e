"""Limits of float arithmetic, and sizes that were measured: each with its reason."""

from __future__ import annotations

import sys

# Limits of float arithmetic.

# A float holds every integer up to here; larger floats are two apart or more.
EXACT_INTEGER = 2**53
# The difference of two integers up to here is at most 2**53, so a float holds it too.
EXACT_DIFFERENCE = 2**52
# A difference of floats is rounded. Where it is below this, the difference of the integers fits
# into 64 bits for sure.
INT64_DIFFERENCE = 2.0**62
# Integers of 64 bits are split here: each half, and the difference of two halves, is a float.
HALF_INTEGER = 2**32
# The signed integers of 64 bits end before this.
INT64_END = 2**63
# Python raises an OverflowError if an int larger than this is converted to a float.
LARGEST_FLOAT = int(sys.float_info.max)
# The square of a deviation between these neither overflows nor loses digits.
SAFE_DEVIATIONS = (1e-140, 1e150)
# A float has 16 digits. If the deviation is below this share of the mean, the first 7 digits or
# more are the same in all values, and too few are left for the deviation. Such statistics are kept
# relative to an origin.
FAR_FROM_ZERO = 1e-7
# Merges round the mean, by less than this share of the largest value: so far may it lie beyond the
# extrema in a document.
MERGE_ROUNDING = 1e-9
# A share of values, such as 0.9 of 10, is rounded by less than this.
SHARE_ROUNDING = 1e-12
# The variance is the mean of the squares less the square of the mean, if the former is at most so
# many times the variance: the subtraction then costs at most 4 of 53 bits.
NEAR_ZERO = 16
# The mean of fewer values is seldom that near to zero, so it is not tried.
NEAR_ZERO_LENGTH = 16
# Numbers are multiplied by powers of two so that nothing overflows or underflows. These powers
# are floats themselves, and so are their reciprocals.
LARGEST_EXPONENT = 1000
# Larger spreads, and spreads smaller than the reciprocal, are multiplied by a power of two first:
# their own reciprocals would overflow or lose digits. Each with the power, for float64 and float32.
SPREADS = {"float64": (2.0**900, 2.0**-100), "float32": (2.0**100, 2.0**-20)}
# Squares of Python floats with smaller exponents of two neither overflow nor lose digits.
# A sum of a billion of them does not either.
SQUARED_EXPONENT = 450
# The same for any type of float: within this share of its range of exponents, squares are safe, and
# a number beyond it is brought back by a power of two of the rest of the range.
SQUARED_SHARE = 0.4

# Sizes of lists.

# From this length on, a list of plain numbers is packed into a NumPy array, if NumPy is loaded.
PACKED_LENGTH = 300
# Below this length, plain Python scales a list to a range before a NumPy array would be made.
SHORT_LENGTH = 500
# So many numbers are packed at once, so that they stay in the cache meanwhile.
PACKED_PIECE = 12 * 1024

# Sizes of blocks of arrays, in elements.

# A block is 1 MiB of float64, which is what a core's second-level cache holds.
BLOCK = 128 * 1024
# So much of a frame is copied at once to be read as one array, where its memory is not one.
READ = 2 * BLOCK
# A frame of several types with at most so many values is put into order by a copy, where pandas
# does not copy on write: 4 MiB of float64. In a larger one, each column is an array of its own.
REORDERED = 4 * BLOCK
# A ufunc pays for every row that it starts, so short rows are viewed as longer ones. Rows that are
# reduced have this length, so that the result stays in the first-level cache.
REDUCED_ROW = 1024
# Rows that are transformed have this length: NumPy 2.4 is a third slower up to 4 Ki, NumPy 1.24 up
# to 8 Ki.
MAPPED_ROW = 16 * 1024
# Blocks of rows of this length, or of no more rows than that, are transformed as they are: to view
# their rows as longer ones takes longer than it saves.
LONG_ROW = 128
SHORT_COLUMN = 1024
# At most so many features are taken together.
FEATURES_TOGETHER = 8 * 1024
# OpenBLAS starts threads for dot products of longer rows, which costs more than it saves.
DOT_LENGTH = 8 * 1024
# The means of rows wait until there are so many, and are combined then.
WAITING_MEANS = 4 * 1024

# Sizes of the search for percentiles.

# Fewer values are partitioned at once.
SELECTED_LENGTH = 16 * 1024
# The largest sample that is drawn to bracket a percentile.
SAMPLE = 32 * 1024
# One reading keeps about so many values for one percentile at most.
KEPT = 80 * 1024
# After so many readings that missed the percentile, all values are partitioned.
READINGS = 4

# Sizes of distributions.

# A bin is the top of a float64: sign, exponent and 6 bits of the fraction. So many bits are below.
# An octave has 64 bins, so the middle of a bin is at most 1/128 of a value beside it.
BIN_BITS = 46
BINS_OF_OCTAVE = 64
# A column keeps so many bins, those of the largest numbers: 30 octaves, or 15 of either sign. Its
# document stays below 128 KiB.
MOST_BINS = 30 * BINS_OF_OCTAVE
# Between the first and the last date of a column there are at most so many bins, met or not: an
# engine groups by them.
MOST_SLOTS = 128 * 1024
# Up to here, sorting is quicker than a table of all bins, of which there are 262,144.
SORTED_LENGTH = 32 * 1024
# Of texts, so many different ones are kept of one reading, the most frequent.
MOST_TEXTS = 500
# A longer text is kept by its beginning, and counted together with those that begin alike.
LONGEST_TEXT = 100

# Sizes of comparisons of distributions.

# The population stability index is customarily taken over tenths of the reference.
GROUPS = 10
# Of texts, so many frequent ones are groups of their own.
LISTED_VALUES = 20
# The share of an empty group, so that it has a logarithm: customarily a ten-thousandth.
LEAST_SHARE = 1e-4
