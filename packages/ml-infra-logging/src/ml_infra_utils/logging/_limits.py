"""Every limit of a line, of what is remembered and of what is read, each with its reason."""

from __future__ import annotations

# --- A line. Whatever is logged, a line stays one that programs can read and people can bear.
# Characters of a text; a longer one is cut.
MAX_TEXT = 32_768
# Bytes of a bytes object: a character has at most four.
MAX_BYTES = 4 * MAX_TEXT
# Characters that stay of any text, of a key above all, when the line is as long as it may be.
MIN_TEXT = 64
# Characters of all texts of a line together.
MAX_CHARACTERS = 1_000_000
# Characters of a whole line; only very many long keys bring one there.
MAX_LINE = 2**23
# Items of a container.
MAX_ITEMS = 1_000
# Values of a line, those in containers included.
MAX_VALUES = 20_000
# Containers in containers: parsers stop at a depth of their own, and Python's stack ends.
MAX_DEPTH = 32
# Notes on values that could not be written as they were.
MAX_ALTERED = 32
# Characters of the path of such a value, and of what is said about it.
MAX_PATH = 200
MAX_NOTE = 200
# Elements of an array that is written whole, and of the sample of a larger one.
MAX_ARRAY = 64
ARRAY_SAMPLE = 8
# Names of columns that are given for a frame.
MAX_COLUMNS = 32
# Parsers read integers of 64 bits, with a sign or without.
MIN_INTEGER = -(2**63)
MAX_INTEGER = 2**64 - 1
# Python writes as many bits in decimal whatever sys.set_int_max_str_digits says.
MAX_DECIMAL_BITS = 2_000
# Levels of metrics within metrics that are searched for what is not finite.
METRICS_DEPTH = 4

# --- A line made the quick way. What is larger is left to the encoder.
PLAIN_TEXT = 1_024
PLAIN_ITEMS = 64
PLAIN_DEPTH = 3

# --- Exceptions. A recursion without end has a thousand frames: both of its ends tell what it was.
FIRST_FRAMES = 20
LAST_FRAMES = 60
# Causes of causes that are described, and members of an exception group.
MAX_CAUSES = 8
MAX_GROUP = 20
# The console shows lines of other programs too, which may describe as many causes as they like.
MAX_SHOWN_CAUSES = 32

# --- What is remembered. A program that makes up names must not fill the memory.
# Keys: their text, and whether they name secrets.
MAX_REMEMBERED = 4_096
# Places in the source that log.
MAX_SITES = 1_024
# Characters of a text that may be the name of a secret; a longer one is no name.
MAX_NAME = 200

# --- Output.
# A write of at most this many bytes is taken to be whole or not at all (POSIX: PIPE_BUF).
ATOMIC = 4_096
# Lines that may be logged while one line is written; more are taken for a loop.
MAX_NESTED_LINES = 1_000
# Rotated files: fewer digits than in a date, which other programs put behind a name.
MAX_FILE_NUMBER = 9_999_999

# --- Reading.
# Bytes of a line that is kept in memory; the longest of this package has about a million.
MAX_READ = 2**24
