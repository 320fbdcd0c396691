"""Targets or dates side by side: which cases differ, and which codes each run showed."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from btcdirect_conformance.verdict import CaseResult, CodeCoverage, RunRecord

from .console import STYLES
from .summary import Standing, cases, minute, standing, verdict
from .text import visible


@frozen
class Cell:
    """A case in one of the runs."""

    standing: Standing
    detail: str
    """The reason of a result, or what its first finding saw."""


@frozen
class Difference:
    """A case that the runs do not agree on."""

    case_id: str
    title: str
    cells: tuple[Cell | None, ...]
    """In the order of the runs; ``None`` where a run had no such case."""


@frozen
class Column:
    """A run and the short name that it goes by here."""

    name: str
    file: str
    record: RunRecord


@frozen
class Comparison:
    """Runs side by side."""

    columns: tuple[Column, ...]
    cases: int
    """How many cases there are in any of the runs."""
    differences: tuple[Difference, ...]
    codes: tuple[tuple[str, tuple[CodeCoverage | None, ...]], ...]
    """The catalogue's codes with what each run saw of them."""

    @property
    def sentence(self) -> str:
        """How far the runs agree."""
        if not self.differences:
            return f"All runs agree on {cases(self.cases)}."
        return f"The runs differ on {len(self.differences)} of {cases(self.cases)}."


def compare(runs: Sequence[tuple[Path, RunRecord]]) -> Comparison:
    """Puts runs side by side, in the order given."""
    names = _names([record for _, record in runs])
    columns = tuple(Column(name, str(path), record) for name, (path, record) in zip(names, runs, strict=True))
    tables = [{result.id: result for result in column.record.results} for column in columns]
    ids = dict.fromkeys(case_id for table in tables for case_id in table)
    differences: list[Difference] = []
    for case_id in ids:
        found = [table.get(case_id) for table in tables]
        cells = tuple(
            _cell(result, column.record) if result else None for result, column in zip(found, columns, strict=True)
        )
        if len({_said(cell) for cell in cells}) > 1:
            title = next(result.title for result in found if result)
            differences.append(Difference(case_id, title, cells))
    return Comparison(columns, len(ids), tuple(differences), _codes(columns))


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Prints the comparison for a terminal."""
    runs = _table("run", "file", "verdict")
    for column in comparison.columns:
        runs.add_row(Text(column.name, "bold"), _text(column.file), _text(str(verdict(column.record))))
    console.print(runs)
    names = [column.name for column in comparison.columns]
    if comparison.differences:
        console.print()
        differing = _table("case", *names)
        for difference in comparison.differences:
            differing.add_row(_text(difference.case_id), *(_shown(cell) for cell in difference.cells))
        console.print(differing)
    console.print()
    codes = _table("code", *names)
    for code, rows in comparison.codes:
        codes.add_row(_text(code), *(_statuses(row) for row in rows))
    console.print(codes)
    console.print()
    console.print(comparison.sentence)


def dumps_html(comparison: Comparison) -> str:
    """The comparison as one HTML document that fetches nothing."""
    from .html import render  # late: only --html needs the templates

    verdicts = [verdict(column.record) for column in comparison.columns]
    return render("compare.html.j2", comparison=comparison, verdicts=verdicts)


def _names(records: Sequence[RunRecord]) -> list[str]:
    """The targets if these tell the runs apart, otherwise the time beside; numbered where even that is the same."""
    names = [visible(record.target.partition("://")[2] or record.target) for record in records]
    if len(set(names)) < len(names):
        names = [f"{name} {minute(record)}" for name, record in zip(names, records, strict=True)]
    counted = Counter(names)
    return [f"{name} ({place})" if counted[name] > 1 else name for place, name in enumerate(names, 1)]


def _cell(result: CaseResult, record: RunRecord) -> Cell:
    detail = result.findings[0].actual if result.findings and not result.reason else result.reason
    return Cell(standing(result, strict=record.strict), detail)


def _said(cell: Cell | None) -> object:
    """What two runs have to agree on: the standing, and what was observed where the documents leave it open."""
    return cell if cell is None or cell.standing is Standing.NOTED else cell.standing


def _codes(columns: Sequence[Column]) -> tuple[tuple[str, tuple[CodeCoverage | None, ...]], ...]:
    tables = [{row.code: row for row in column.record.coverage} for column in columns]
    codes = dict.fromkeys(code for table in tables for code in table)
    return tuple((code, tuple(table.get(code) for table in tables)) for code in codes)


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for header in headers:
        table.add_column(_text(header), overflow="fold")
    return table


def _shown(cell: Cell | None) -> Text:
    if cell is None:
        return Text("not in this run", "dim")
    word = Text(f"{cell.standing.symbol} {cell.standing.value}", STYLES[cell.standing])
    return Text.assemble(word, f"\n{visible(cell.detail)}") if cell.detail else word


def _statuses(row: CodeCoverage | None) -> Text:
    if row is None or not row.observed:
        return Text("○ no", "yellow")
    return Text(f"✓ {', '.join(map(str, row.statuses))}", "green")


def _text(words: str) -> Text:
    return Text(visible(words))
