"""Frames and queries that a contract is asked of, by expressions of narwhals."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw

from ml_infra_utils.preprocessing._containers.collected import row_of, rows_of
from ml_infra_utils.preprocessing._containers.ruled_lists import NOTHING, Listed, Outcome
from ml_infra_utils.preprocessing._rules import (
    Compared,
    Different,
    InOrder,
    Kind,
    Matching,
    Present,
    are_comparable,
    as_text,
    kind_of_dtype,
)
from ml_infra_utils.preprocessing._values import python_number
from ml_infra_utils.preprocessing._words import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ml_infra_utils.preprocessing._rules import OfValues, Rule

_ROW, _BEFORE, _MATCHED = "ml-infra row", "ml-infra before", "ml-infra matched"

_NONE = Kind("", None)


class Framed:
    """A frame in memory, or a query of an engine."""

    has_names = True

    def __init__(self, frame: Any, native: Any) -> None:
        self.frame, self.native = frame, native
        self.is_lazy = isinstance(frame, nw.LazyFrame)
        self.schema = dict(frame.collect_schema())
        self.names = list(self.schema)
        implementation = frame.implementation
        self.is_polars = implementation.is_polars()
        self.is_pandas = implementation.is_pandas_like() and not self.is_lazy
        self.sums_bools = self.is_polars or self.is_pandas or _is_new_duckdb(implementation)
        self.complete: set[Any] = set()  # the columns of a frame in memory that miss no value
        self.has_order = not self.is_lazy or self.is_polars
        self.kinds = {
            name: Kind(kind_of_dtype(dtype), dtype) for name, dtype in self.schema.items()
        }

    def judge(self, rules: Sequence[Rule], limit: int) -> tuple[int, list[Outcome]]:
        """Return the number of rows, and what came of each rule."""
        self._check_order(rules)
        columns, known = {"rows": nw.len()}, {}
        # Once for each column, since not every library sees that it is the same.
        names = [name for rule in rules for name in rule.key or (rule.column,)]
        for name in dict.fromkeys(names):
            if name in self.schema:
                columns[f"present {name}"] = self._number_of_present(name)
        if not self.is_lazy:  # where nothing is missing, rules need not ask for it
            known = _numbers(self.frame, columns)
            self.complete = {n for n in names if known.get(f"present {n}") == known["rows"]}
            columns = {}
        for place, rule in enumerate(rules):
            if self._is_counted(rule):
                columns.update(self._counted(place, rule))
        if columns:
            known.update(_numbers(self._prepared(rules), columns))
        outcomes = [self._outcome(place, rule, known, limit) for place, rule in enumerate(rules)]
        return known["rows"], outcomes

    def split(self, rules: Sequence[Rule], told: Sequence[str], name: str) -> tuple[Any, Any]:
        """Return the rows that keep rules, and those that do not with what they break."""
        listed = [rule for rule in rules if self._is_listed(rule)]
        if listed:
            return self._split_of_lists(rules, told, name)
        masks = [(self._mask(rule), words) for rule, words in zip(rules, told)]
        wrong = [(mask, words) for mask, words in masks if mask is not None]
        if not wrong:
            none = self.frame.with_columns(nw.lit("").alias(name)).filter(nw.col(name) != "")
            return self._native(self.frame), self._native(none)
        is_broken = wrong[0][0]
        for mask, _ in wrong[1:]:
            is_broken = is_broken | mask
        texts = [
            nw.when(mask).then(nw.lit(f"{words}; ")).otherwise(nw.lit("")) for mask, words in wrong
        ]
        text = nw.concat_str(texts) if len(texts) > 1 else texts[0]
        text = text.str.replace_all("; $", "")
        frame = self._prepared(rules)
        broken = frame.filter(is_broken).with_columns(text.alias(name))
        kept = frame.filter(~is_broken).select(*self.names)
        return self._native(kept), self._native(broken.select(*self.names, name))

    def _native(self, frame: Any) -> Any:
        return frame if isinstance(self.native, (nw.DataFrame, nw.LazyFrame)) else frame.to_native()

    def _outcome(self, place: int, rule: Rule, known: dict[str, int], limit: int) -> Outcome:
        if not self._is_there(rule):
            return NOTHING
        if self._is_listed(rule):
            names = rule.key or (rule.column,)
            return Listed({name: self.frame[name].to_list() for name in names}).judge(
                [rule], limit
            )[1][0]
        if len(rule.key) > 1 and isinstance(rule.check, Different):
            return self._outcome_of_key(rule, limit)
        present = known[f"present {rule.key[0] if rule.key else rule.column}"]
        looked = known["rows"] if isinstance(rule.check, Present) else present
        looked = known.get(f"{place} looked", looked)
        kept = present if isinstance(rule.check, Present) else looked
        count = looked - known.get(f"{place} kept", kept)
        if not count or self.is_lazy or not limit:
            return Outcome(looked, count)
        return Outcome(looked, count, self._first(rule, limit))

    def _counted(self, place: int, rule: Rule) -> dict[str, nw.Expr]:
        """Return how many values keep a rule, unless all that are there do, as aggregates."""
        check = rule.check
        name = rule.key[0] if rule.key else rule.column
        kept, looked = f"{place} kept", f"{place} looked"
        if isinstance(check, Present):
            return {}
        if isinstance(check, Compared):
            compared = self._compared(check)
            if self.complete.issuperset(rule.key):
                return {kept: self._sum(compared)}
            there = self._present(check.left) & self._present(check.right)
            return {looked: self._sum(there), kept: self._sum(compared & there)}
        if isinstance(check, Different):
            return {kept: self._number_of_distinct(name)}
        if isinstance(check, InOrder):
            return {kept: self._number_of_present(name) - _sum(self._broken_order(rule))}
        keeps = self._kept(rule)
        if keeps is True:
            return {}
        return {kept: nw.len() * 0 if keeps is False else self._sum(keeps)}

    def _first(self, rule: Rule, limit: int) -> Any:
        name = rule.key[0] if rule.key else rule.column
        frame = self.frame
        if isinstance(rule.check, Different):
            there = frame.select(name).with_row_index(_ROW).filter(self._present(name))
            places = there.filter(~nw.col(name).is_first_distinct())[_ROW].head(limit)
        else:
            frame = self._prepared([rule])
            if isinstance(rule.check, InOrder):
                mask = self._broken_order(rule).fill_null(False)
            else:
                mask = self._mask(rule)
            places = frame.select(mask.alias(_ROW))[_ROW].arg_true().head(limit)
        columns = [self.frame[name] for name in rule.key or (rule.column,)]
        return self._at(places.to_list(), columns)

    def _outcome_of_key(self, rule: Rule, limit: int) -> Outcome:
        names = list(rule.key)
        there = self._present(names[0])
        for name in names[1:]:
            there = there & self._present(name)
        rows = self.frame.filter(there)
        if self.is_lazy:
            groups = rows.group_by(names).agg(nw.len().alias(_ROW))
            counts = groups.select(nw.col(_ROW).sum().alias("looked"), nw.len().alias("kept"))
            ((looked, kept),) = rows_of(counts)
            return Outcome(int(looked or 0), int(looked or 0) - int(kept))
        indexed = self.frame.select(*names).with_row_index(_ROW).filter(there)
        kept = indexed.unique(subset=names, keep="first")[_ROW]
        count = len(indexed) - len(kept)
        if not count or not limit:
            return Outcome(len(indexed), count)
        known = set(kept.to_list())
        places = [place for place in indexed[_ROW].to_list() if place not in known][:limit]
        return Outcome(len(indexed), count, self._at(places, [self.frame[n] for n in names]))

    def _at(self, places: Sequence[Any], columns: Sequence[Any]) -> Any:
        found = []
        for place in map(int, places):
            values = tuple(python_number(column[place]) for column in columns)
            found.append((place, values if len(values) > 1 else values[0]))
        return tuple(found)

    def _mask(self, rule: Rule) -> Any:
        """Return where a rule of single rows is broken; None if nowhere."""
        check = rule.check
        if isinstance(check, Present):
            return ~self._present(rule.column)
        if isinstance(check, Compared):
            there = self._present(check.left) & self._present(check.right)
            return there & ~self._compared(check).fill_null(False)
        keeps = self._kept(rule)
        if keeps is True:
            return None
        there = self._present(rule.column)
        return there if keeps is False else there & ~keeps.fill_null(False)

    def _kept(self, rule: Rule) -> Any:
        """Return where a value that is there keeps a rule, or whether all do."""
        name: Any = rule.column
        if self._is_matched(rule):
            return nw.col(f"{_MATCHED} {name}")
        return cast("OfValues", rule.check).kept(nw.col(name), self.kinds[name])

    def _is_matched(self, rule: Rule) -> bool:
        """Tell whether pandas matches a pattern: some of its columns by RE2, some by Python."""
        is_text = self._is_there(rule) and self.kinds.get(rule.column or "", _NONE).word == "text"
        return self.is_pandas and is_text and isinstance(rule.check, Matching)

    def _matched(self, rule: Rule) -> Any:
        native = self.frame[rule.column].to_native()
        if str(native.dtype) == "category":
            native = native.astype(object)
        found = native.str.fullmatch(cast("Matching", rule.check).pattern.pattern)
        # Of what is missing it is missing too, which makes a column of objects.
        found = found.where(native.notna(), False).astype(bool)
        return nw.from_native(found, series_only=True).alias(f"{_MATCHED} {rule.column}")

    def _present(self, name: Any) -> nw.Expr:
        return ~Present.missing.of_column(nw.col(name), self.schema[name])

    def _number_of_present(self, name: Any) -> nw.Expr:
        number = nw.col(name).count()
        if not self.schema[name].is_float() or self._is_of_numpy(name):
            return number
        # Dask counts NaN as missing, as pandas does.
        if not self.is_pandas and not self.frame.implementation.is_dask():
            return number - self._sum(nw.col(name).is_nan())
        return _sum(self._present(name))

    def _number_of_distinct(self, name: Any) -> nw.Expr:
        column = nw.col(name)
        if self.schema[name].is_float():
            column = nw.when(self._present(name)).then(column)
        # All that are missing are one value more.
        some = (nw.len() - self._number_of_present(name) > 0).cast(nw.Int64)
        return column.n_unique() - some

    def _compared(self, check: Compared) -> nw.Expr:
        left, right = self.kinds[check.left], self.kinds[check.right]
        zones = {getattr(each.dtype, "time_zone", None) is None for each in (left, right)}
        columns = [as_text(nw.col(name), self.kinds[name]) for name in (check.left, check.right)]
        if not are_comparable(left.word, right.word) or len(zones) > 1:
            return columns[0].is_null() & ~columns[0].is_null()
        holds: nw.Expr = check.holds(*columns)
        return holds

    def _broken_order(self, rule: Rule) -> nw.Expr:
        check = cast("InOrder", rule.check)
        column, before = nw.col(rule.column), nw.col(f"{_BEFORE} {rule.column}")
        broken: nw.Expr = check.breaks_after(column, before)
        # NaN is larger than every number for some.
        return broken & self._present(rule.column) & ~before.is_null()

    def _prepared(self, rules: Sequence[Rule]) -> Any:
        """Return the frame with columns of what no expression tells of every library."""
        frame = self._ordered(rules)
        matched = [self._matched(rule) for rule in rules if self._is_matched(rule)]
        return frame.with_columns(*matched) if matched else frame

    def _ordered(self, rules: Sequence[Rule]) -> Any:
        """Return the frame with, for each column that has an order, the last value before."""
        names = {rule.column for rule in rules if isinstance(rule.check, InOrder)}
        names &= set(self.schema)
        if not names:
            return self.frame
        if not self.is_lazy and not len(self.frame):
            # The narwhals of Python 3.8 makes a row of a choice among none.
            return self.frame.with_columns(*(nw.col(n).alias(f"{_BEFORE} {n}") for n in names))
        if self.is_lazy:  # narwhals takes no query for one in an order
            polars = sys.modules["polars"]
            columns = [
                (polars.col(n).fill_nan(None) if self.schema[n].is_float() else polars.col(n))
                .forward_fill()
                .shift(1)
                .alias(f"{_BEFORE} {n}")
                for n in names
            ]
            return nw.from_native(self.frame.to_native().with_columns(columns))
        return self.frame.with_columns(
            *(
                nw.when(self._present(n))
                .then(nw.col(n))
                .fill_null(strategy="forward")
                .shift(1)
                .alias(f"{_BEFORE} {n}")
                for n in names
            )
        )

    def _split_of_lists(
        self, rules: Sequence[Rule], told: Sequence[str], name: str
    ) -> tuple[Any, Any]:
        """Split a frame in memory some of whose columns hold objects of Python."""
        broken: dict[int, list[str]] = {}
        for rule, words in zip(rules, told):
            names = rule.key or (rule.column,)
            for i in Listed({n: self.frame[n].to_list() for n in names}).broken(rule)[1]:
                broken.setdefault(i, []).append(words)
        places = sorted(broken)
        indexed = self.frame.with_row_index(_ROW)
        is_broken = nw.col(_ROW).is_in(places)
        text = ["; ".join(broken[i]) for i in places]
        wrong = self.frame.filter(indexed.select(is_broken)[_ROW].to_list())
        column = nw.new_series(name, text, nw.String, backend=self.frame.implementation)
        kept = self.frame.filter(indexed.select(~is_broken)[_ROW].to_list())
        if self.is_pandas:
            native = wrong.to_native()
            return self._native(kept), self._native(nw.from_native(native.assign(**{name: text})))
        return self._native(kept), self._native(wrong.with_columns(column))

    def _check_order(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            if isinstance(rule.check, InOrder) and not self.has_order:
                engine = self.frame.implementation.name.capitalize()
                raise ValueError(
                    f"monotonic of {shortened(rule.column)} must be asked of rows in an order, got "
                    f"a query of {engine}, whose rows have none; collect and sort it first"
                )

    def _is_there(self, rule: Rule) -> bool:
        return all(name in self.schema for name in rule.key or (rule.column,))

    def _is_listed(self, rule: Rule) -> bool:
        """Tell whether a rule is asked of objects of Python, as pandas has them."""
        if self.is_lazy or not self._is_there(rule):
            return False
        return any(self.schema[name] == nw.Object for name in rule.key or (rule.column,))

    def _is_counted(self, rule: Rule) -> bool:
        is_key = len(rule.key) > 1 and isinstance(rule.check, Different)
        return self._is_there(rule) and not is_key and not self._is_listed(rule)

    def _is_of_numpy(self, name: Any) -> bool:
        """Tell whether NaN is the only value that is missing in a column of pandas."""
        if not self.is_pandas:
            return False
        return type(self.frame[name].to_native().dtype).__module__.partition(".")[0] == "numpy"

    def _sum(self, mask: nw.Expr) -> nw.Expr:
        if self.sums_bools:
            return mask.sum()
        # Dask makes no number of a null.
        return _sum(mask.fill_null(False) if self.frame.implementation.is_dask() else mask)


def _sum(mask: nw.Expr) -> nw.Expr:
    return mask.cast(nw.Int64).sum()


def _is_new_duckdb(implementation: Any) -> bool:
    """Tell whether DuckDB sums bools, in half the time that it takes to sum them as integers."""
    if not implementation.is_duckdb():
        return False
    major, minor = sys.modules["duckdb"].__version__.split(".")[:2]
    return (int(major), int(minor)) >= (1, 2)


def _numbers(frame: Any, columns: Mapping[str, nw.Expr]) -> dict[str, int]:
    row = row_of(frame.select(*(column.alias(name) for name, column in columns.items())))
    return {name: int(python_number(value) or 0) for name, value in row.items()}
