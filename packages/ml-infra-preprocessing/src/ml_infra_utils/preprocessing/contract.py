"""What data must be, written down: checked on any container, learned from a sample, compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ml_infra_utils.preprocessing import _documents
from ml_infra_utils.preprocessing._comparisons import checked_comparisons
from ml_infra_utils.preprocessing._containers.ruled import table_of
from ml_infra_utils.preprocessing._rules import Compared, Different, Rule
from ml_infra_utils.preprocessing._state import Shown, in_line
from ml_infra_utils.preprocessing._values import told_limits
from ml_infra_utils.preprocessing._words import counted, described, listed, nearest, shortened
from ml_infra_utils.preprocessing.column_findings import AskedRule, ColumnFindings
from ml_infra_utils.preprocessing.contract_changes import (
    ContractChanges,
    RuleChange,
    change_of,
    changes_of_columns,
    limits_imply,
)
from ml_infra_utils.preprocessing.contract_column import (
    Column,
    checked_limits,
    checked_share,
    column_from,
    column_from_document,
    with_known_rules,
)
from ml_infra_utils.preprocessing.contract_inference import checked_slack, inferred, sample_summary
from ml_infra_utils.preprocessing.findings import Findings

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ml_infra_utils.preprocessing._containers.ruled_lists import Table

__all__ = ["Contract"]

PROBLEM = "breach of the contract"


@with_known_rules
@dataclass(frozen=True)
class Contract(Shown):
    """What a table must be: rules of its columns and of its rows.

    It is immutable, equal by value, and a document: JSON, or TOML written by hand.

    Parameters
    ----------
    columns : mapping of str to Column
        The columns by name; a mapping of rules does for a `Column`.
    rows : int or tuple of two ints, optional
        How many rows there are, or at least and at most; None is no end.
    key : str or sequence of str, optional
        Columns whose values together are met once. Rows in which one is missing are left out.
    where : sequence of str, optional
        Comparisons of two columns, such as "start <= end", with <, <=, ==, !=, >= or >. Rows in
        which one is missing are left out. A tuple ("my start", "<=", "my end") is one too.
    extra : bool, default True
        Whether there may be other columns.
    mostly : float, default 1.0
        The share of rows that must keep `key` and each comparison. Columns have their own.
    notes : sequence of str, optional
        Remarks that are kept: what `infer` could not know.

    Examples
    --------
    >>> contract = Contract(
    ...     {"age": Column("integer", nullable=False, range=(0, 130)), "pay": Column("number")},
    ...     rows=(1, None),
    ... )
    >>> print(contract.find([{"age": 230, "pay": 2100.0}, {"age": 41, "pay": None}]))
    1 breach of the contract in column 'age' range [0, 130] at index 0 (230)
    >>> contract.check([{"age": 23, "pay": 2100.0}])
    True
    """

    columns: Mapping[str, Column]
    rows: Any = None
    key: Any = None
    where: Any = ()
    extra: bool = True
    mostly: float = 1.0
    notes: Any = field(default=(), compare=False)

    _name_columns = 4

    def __post_init__(self) -> None:
        own = vars(self)  # since it is frozen
        if not hasattr(self.columns, "items"):
            raise TypeError(f"columns must be a mapping of names, got {described(self.columns)}")
        for name in self.columns:
            if not isinstance(name, str):
                raise TypeError(f"columns must have texts as names, got {described(name)}")
        columns = {name: column_from(name, said) for name, said in self.columns.items()}
        own["columns"] = MappingProxyType(columns)
        own["rows"] = checked_limits("rows", self.rows)
        if not isinstance(self.extra, bool):
            raise TypeError(f"extra must be True or False, got {described(self.extra)}")
        own["mostly"] = checked_share(self.mostly)
        own["key"] = self._checked_key(self.key)
        own["where"] = checked_comparisons(self.where)
        for left, _, right in own["where"]:
            self._check_known("where", left)
            self._check_known("where", right)
        if isinstance(self.notes, str) or not all(isinstance(note, str) for note in self.notes):
            raise TypeError(f"notes must be a list of texts, got {described(self.notes)}")
        own["notes"] = tuple(self.notes)

    def __hash__(self) -> int:
        return hash((tuple(self.columns.items()), self.rows, self.key, self.where, self.extra))

    def __reduce__(self) -> tuple[Any, ...]:
        rest = self.rows, self.key, self.where, self.extra, self.mostly, self.notes
        return type(self), (dict(self.columns), *rest)

    def __repr__(self) -> str:
        return in_line(f"Contract({counted(len(self.columns), 'column')}: {listed(self.columns)})")

    def find(self, data: Any, *, limit: int = 10) -> Findings:
        """Find what breaks the contract, by column and rule.

        Parameters
        ----------
        data : frame, query of an engine, list of dicts, dict of lists or structured array
            A query gets one query for all rules, and one more for a key of several columns. Its
            rows are only counted, and `monotonic` needs rows in an order, which Polars has.
        limit : int, default 10
            How many findings of each rule are kept with their positions; all are counted.

        Returns
        -------
        Findings
            False if nothing breaks it. `by_rule` has what does, by column and rule. Findings of
            parts add up to those of all data, but for `unique`, `key` and `monotonic`, which see
            the rows of one part only.

        Raises
        ------
        TypeError
            If `data` is no table.
        ValueError
            If `limit` is negative, or `monotonic` is asked of rows without order.

        Examples
        --------
        >>> contract = Contract({"id": Column(unique=True), "start": {}, "end": {}},
        ...                     where=["start <= end"], extra=False)
        >>> rows = {"id": [7, 7], "start": [1, 5], "end": [2, 3], "note": ["", ""]}
        >>> print(contract.find(rows))
        3 breaches of the contract
          1 in column 'id' unique at index 1 (7)
          1 where start <= end at index 1 ((5, 3))
          1 in column 'note' extra
        """
        if not hasattr(limit, "__index__"):
            raise TypeError(f"limit must be an integer, got {described(limit)}")
        if limit < 0:
            raise ValueError(f"limit must be at least 0, got {limit!r}")
        table = table_of(data)
        rules = list(self._rules())
        rows, outcomes = table.judge(rules, limit)
        found = []
        lacking = self._lacking(table)
        for name, column in self.columns.items():
            if column.required:
                asked = AskedRule("required", "")
                found.append(ColumnFindings(name, int(name in lacking), (), asked))
        for rule, (looked, count, first) in zip(rules, outcomes):
            asked = AskedRule(rule.name, _expected(rule), looked, rule.mostly)
            found.append(ColumnFindings(rule.column, count, first, asked))
        if not self.extra:
            more = [name for name in table.names if name not in self.columns]
            found += [ColumnFindings(str(n), 1, (), AskedRule("extra", "")) for n in more]
        return Findings(PROBLEM, rows, tuple(found), self.rows)

    def check(self, data: Any) -> bool:
        """Tell whether data keeps the contract.

        Parameters
        ----------
        data : frame, query of an engine, list of dicts, dict of lists or structured array
            As `find` takes it.

        Examples
        --------
        >>> Contract({"age": Column(range=(0, 130))}).check({"age": [41, 230]})
        False
        """
        return not self.find(data, limit=0)

    def split(self, frame: Any, *, name: str = "broken_rules") -> tuple[Any, Any]:
        """Split a table into the rows that keep the contract and those that do not.

        Only rules of single rows count: those of a value, and of one column against another. A
        query stays lazy.

        Parameters
        ----------
        frame : frame, query of an engine, or list of dicts
            It must have all columns that the rules are about.
        name : str, default "broken_rules"
            The column of the second result that tells which rules a row breaks.

        Returns
        -------
        tuple of two tables
            Of the kind of `frame`.

        Raises
        ------
        ValueError
            If a column is lacking, or there is one called `name`.

        Examples
        --------
        >>> contract = Contract({"age": Column(nullable=False, range=(0, 130))})
        >>> contract.split([{"age": 41}, {"age": 230}])
        ([{'age': 41}], [{'age': 230, 'broken_rules': 'age range'}])
        """
        table = table_of(frame)
        lacking = self._lacking(table)
        if lacking:
            raise ValueError(f"frame must have the columns {listed(lacking)}, got none of them")
        if name in table.names:
            raise ValueError(f"name must be that of no column, got {shortened(name)}")
        known = set(table.names)
        rules = [
            rule
            for rule in self._rules()
            if hasattr(rule.check, "breaks") and known.issuperset(rule.key or (rule.column,))
        ]
        told = [f"{rule.column} {rule.name}" if rule.column else rule.told for rule in rules]
        return table.split(rules, told, name)

    @classmethod
    def infer(cls, data: Any, *, slack: float = 0.05) -> Contract:
        """Return a contract that a good sample keeps.

        Columns have the type and the range of the sample, missing values where it has some, and
        the texts that are met in it, if they are few; else their lengths. `notes` say what it
        could not know.

        Parameters
        ----------
        data : Summary, or what `find` takes
            A summary should have distributions, or texts are not known.
        slack : float, default 0.05
            By which share of its width a range is widened on each side. A range of numbers that
            are not negative stays so.

        Raises
        ------
        ValueError
            If `slack` is negative, or the data has no columns or no texts as their names.

        Examples
        --------
        >>> contract = Contract.infer({"age": [20, 30, 40], "city": ["Bonn", "Bonn", "Ulm"]})
        >>> contract.columns["age"]
        Column('integer', nullable=False, range=(19, 41))
        >>> print(contract.notes[0])
        'city': too many different values to list, so others of such lengths are allowed
        """
        slack = checked_slack(slack)
        columns, notes = inferred(sample_summary(data), slack)
        return cls(columns, rows=(1, None), notes=notes)

    def diff(self, other: Contract) -> ContractChanges:
        """Tell what another contract, made from this one, tightened and loosened.

        Examples
        --------
        >>> before = Contract({"age": Column(range=(0, 130))})
        >>> print(before.diff(Contract({"age": Column(range=(0, 130), nullable=False)})))
        1 rule tightened
        column  rule      before  after     change
        age     nullable  True    False  tightened
        """
        if not isinstance(other, Contract):
            raise TypeError(f"other must be a Contract, got {described(other)}")
        changes = changes_of_columns(self.columns, other.columns, (self.extra, other.extra))
        for rule, implies in (
            ("rows", limits_imply),
            ("key", lambda one, more: more is None or (one and set(one) <= set(more))),
            ("where", lambda one, more: set(one) >= set(more)),
            ("extra", lambda one, more: one <= more),
            ("mostly", lambda one, more: one >= more),
        ):
            before, after = getattr(self, rule), getattr(other, rule)
            if before != after:
                change = change_of(before, after, implies)
                changes.append(RuleChange(None, rule, before or None, after or None, change))
        return ContractChanges(tuple(changes))

    def to_dict(self) -> dict[str, Any]:
        """Return the contract as a document of plain JSON.

        Dates are texts of ISO 8601. The form is that of the schema `contract-1.schema.json` in the
        package.
        """
        document: dict[str, Any] = {
            **_documents.header("contract"),
            "columns": {name: column.to_document() for name, column in self.columns.items()},
        }
        if self.rows is not None:
            document["rows"] = list(self.rows)
        if self.key is not None:
            document["key"] = list(self.key)
        if self.where:
            document["where"] = [list(each) for each in self.where]
        if not self.extra:
            document["extra"] = False
        if self.mostly != 1:
            document["mostly"] = self.mostly
        if self.notes:
            document["notes"] = list(self.notes)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Contract:
        """Return the contract that `to_dict` wrote.

        Raises
        ------
        ValueError
            If the document has another form, or rules that contradict each other; the message
            names the entry.
        """
        said = dict(_documents.read(document, "contract"))
        del said["schema"]
        columns = {n: column_from_document(n, said_) for n, said_ in said.pop("columns").items()}
        return cls(columns, **said)

    def to_json(self) -> str:
        """Return the document of `to_dict` as JSON text."""
        return _documents.write_json(self.to_dict())

    @classmethod
    def from_json(cls, text: str | bytes) -> Contract:
        """Return the contract that `to_json` wrote.

        Raises
        ------
        ValueError
            If the text is no JSON, or `from_dict` refuses the document.
        """
        return cls.from_dict(_documents.read_json(text))

    @classmethod
    def from_toml(cls, source: str | os.PathLike[str]) -> Contract:
        """Return the contract that TOML says: the document of `to_dict`, with `inf` for no end.

        Parameters
        ----------
        source : str or path
            The text, or the path of a file as a `pathlib.Path`. Python before 3.11 needs `tomli`.

        Raises
        ------
        ValueError
            If the text is no TOML, or `from_dict` refuses the document.
        ImportError
            If Python is older than 3.11 and `tomli` is not installed.

        Examples
        --------
        >>> print(Contract.from_toml('''
        ... schema = "ml-infra/contract/1"
        ... where = ["start <= end"]
        ... rows = [1, inf]
        ... [columns]
        ... start = {dtype = "date", range = [2020-01-01, inf]}
        ... end = {dtype = "date", nullable = false}
        ... '''))
        rows at least 1; start <= end
        column  type  missing  rules
        start   date  allowed  range [2020-01-01, inf)
        end     date
        """
        from ml_infra_utils.preprocessing._toml import read_toml

        return cls.from_dict(read_toml(source))

    def _lacking(self, table: Table) -> list[str]:
        """Return the columns that a table should have and has not."""
        names = set(table.names)
        return [
            name
            for name, column in self.columns.items()
            if column.required and name not in names and table.has_names
        ]

    def _checked_key(self, key: Any) -> tuple[str, ...] | None:
        if key is None:
            return None
        names = (key,) if isinstance(key, str) else tuple(key)
        if not names or len(set(names)) < len(names):
            raise ValueError(f"key must name columns, each once, got {listed(names) or 'none'}")
        for name in names:
            self._check_known("key", name)
        return names

    def _check_known(self, argument: str, name: Any) -> None:
        if name not in self.columns:
            raise ValueError(
                f"{argument} must be about columns of the contract, {listed(self.columns)}, got "
                f"{described(name)}{nearest(name, self.columns)}"
            )

    def _rules(self) -> Iterator[Rule]:
        """Yield all rules but those about which columns there are."""
        for name, column in self.columns.items():
            yield from column.rules(name)
        if self.key is not None:
            yield Rule(None, "key", Different(), self.mostly, self.key)
        for left, sign, right in self.where:
            yield Rule(None, "where", Compared(left, sign, right), self.mostly, (left, right))

    def _headline(self) -> str:
        told = [] if self.rows is None else [f"rows {told_limits(*self.rows)}"]
        told += [] if self.key is None else [f"key {', '.join(self.key)}"]
        told += [" ".join(each) for each in self.where]
        told += [] if self.mostly == 1 else [f"in {self.mostly:g} of rows"]
        told += [] if self.extra else ["no other columns"]
        return "; ".join(told)

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
        return ["column", "type", "missing", "rules"], list(self._cells())

    def _cells(self) -> Iterable[list[str]]:
        for name, column in self.columns.items():
            rules = [r for r in column.rules(name) if r.name not in ("dtype", "nullable")]
            told = [f"{r.name} {r.told}".replace("unique unique", "unique") for r in rules]
            told += [] if column.mostly == 1 else [f"mostly {column.mostly:g}"]
            told += [] if column.required else ["not required"]
            missing = "allowed" if column.nullable else ""
            yield [name, column.dtype or "", missing, "; ".join(told)]


def _expected(rule: Rule) -> str:
    if rule.name == "key":
        return ", ".join(rule.key)
    return "" if rule.name in ("unique", "nullable") else rule.told
