"""Every limit of a line, of what is remembered and of what is read, each with its reason."""

from __future__ import annotations

from typing import NamedTuple

# --- A line. Whatever is logged, a line stays one that programs can read and people can bear.
# Characters of a text; a longer one is cut.
MAX_TEXT = 32_768
# The least that a text can be cut to.
MIN_TEXT = 64
# Bytes of a bytes object: a character has at most four.
MAX_BYTES = 4 * MAX_TEXT
# Bytes of a whole line, and of what a handler adds to it: _writer and _sequence.
MAX_LINE = 1_000_000
MAX_SUFFIX = 120
# Bytes that the keys of every line need, with short texts: a limit below that cannot be kept.
MIN_LINE = 2_048
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
# Values of an array that is written whole, and of the beginning of a longer one.
MAX_ARRAY = 64
# Of a large array with several axes: values along an axis, and in all.
ARRAY_SIDE = 8
MAX_CORNER = 512
# Columns and rows of a frame.
MAX_COLUMNS = 32
MAX_ROWS = 16
# Parsers read integers of 64 bits, with a sign or without.
MIN_INTEGER = -(2**63)
MAX_INTEGER = 2**64 - 1
# Python writes as many bits in decimal whatever sys.set_int_max_str_digits says.
MAX_DECIMAL_BITS = 2_000
# Levels of metrics within metrics that are made floats.
METRICS_DEPTH = 4

# --- A line made the quick way.
# Texts of at most so many characters are remembered if they hold no secret.
SHORT_TEXT = 64

# --- Exceptions. A recursion without end has a thousand frames: both of its ends tell what it was.
FIRST_FRAMES = 20
LAST_FRAMES = 60
# Causes and members of groups that are described.
MAX_CHAIN = 20

# --- What is remembered. A program that makes up names must not fill the memory.
# Keys: their text, and whether they name secrets.
MAX_REMEMBERED = 4_096
# Places in the source that log: what their lines have in common.
MAX_PLACES = 1_024
# Classes: how values of them are written.
MAX_KINDS = 1_024
# Characters of a text that may be the name of a secret; a longer one is no name.
MAX_NAME = 200
# Characters that tell whether a word is a secret. To read each word to its end would take time
# with the square of the length of a text that has no blanks and many names of secrets.
MAX_EXAMINED = 1_000

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


class Limits(NamedTuple):
    """What a line may have at most; a line that is too long is made anew with less."""

    text: int
    items: int
    depth: int
    notes: int

    def halved(self) -> Limits:
        """Give half of each, but not less than every line has."""
        return Limits(*(max(now // 2, least) for now, least in zip(self, LEAST)))


MOST = Limits(MAX_TEXT, MAX_ITEMS, MAX_DEPTH, MAX_ALTERED)
# The seven keys that every line has, with short texts, and one note that says so.
LEAST = Limits(text=MIN_TEXT, items=7, depth=0, notes=1)
