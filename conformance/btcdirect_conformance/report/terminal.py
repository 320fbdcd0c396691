"""The terminal view of a finished run: failures in full, the rest counted, the verdict last."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from btcdirect_conformance.verdict import CaseResult, Finding, RunRecord

from .console import STYLES, make_console
from .summary import (
    Standing,
    by_group,
    by_reason,
    caveats,
    counts,
    coverage,
    minute,
    of_standing,
    quoted,
    source,
    standing,
    times,
    verdict,
)
from .text import clip, visible

_MOST_IDS = 12
"""Cases under one reason that are named; the rest are counted, as where a budget ended."""

_VERDICT_STYLES = {0: "bold green", 1: "bold red", 2: "bold magenta"}


def print_report(record: RunRecord, *, verbose: bool = False, console: Console | None = None) -> None:
    """Prints the verdicts.

    Args:
        record: The run.
        verbose: Lists every case, and shows the response of each failure. Otherwise what passed is only counted.
        console: Where to print; stdout if left out.
    """
    to = console or make_console()
    _head(to, record)
    for heading, each in (("Failures", Standing.FAILED), ("Warnings", Standing.WARNING)):
        results = of_standing(record, each)
        if results:
            _heading(to, heading)
            for result in results:
                _failure(to, each, result, verbose=verbose)
    _asides(to, record, verbose=verbose)
    _heading(to, "Cases")
    to.print(_every_case(record) if verbose else _by_group(record))
    _heading(to, "Codes")
    to.print(_codes(record))
    to.print()
    for sentence in (coverage(record) + ".", *caveats(record)):
        to.print(_text(sentence))
    said = verdict(record)
    to.print()
    to.print(Text.assemble((f"{said.word}:", _VERDICT_STYLES[said.exit_status]), " ", _text(said.because)))


def _head(to: Console, record: RunRecord) -> None:
    to.print(Text.assemble(("BTC Direct conformance  ", "bold"), _text(record.target)))
    facts = [
        minute(record),
        f"{record.requests} requests in {record.seconds:.1f} s",
        f"seed {record.seed}",
        f"run {record.run_id}",
        *(["--strict"] if record.strict else []),
        *(["--certify"] if record.certify else []),
    ]
    to.print(_text("  ".join(facts), "dim"))


def _heading(to: Console, words: str) -> None:
    to.print()
    to.print(Text(words, style="bold underline"))


def _failure(to: Console, each: Standing, result: CaseResult, *, verbose: bool) -> None:
    for finding in result.findings or (None,):
        to.print()
        often = f"  seen {times(finding.occurrences)}" if finding and finding.occurrences > 1 else ""
        to.print(
            Text.assemble(
                (f"{each.symbol} {visible(result.id)}", STYLES[each]), f"  {(finding or result).level}{often}"
            )
        )
        if finding is None:
            says = f"{quoted(result.statement)} ({source(result.statement.source)})"
            to.print(_indented(_text(f"{result.reason or result.title}\n{says}")))
        else:
            _evidence(to, finding, verbose=verbose)


def _evidence(to: Console, finding: Finding, *, verbose: bool) -> None:
    rows = Table.grid(padding=(0, 2), pad_edge=False)
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    sentence = _text(quoted(finding.statement), "italic")
    rows.add_row("says", Text.assemble(sentence, "\n", _text(source(finding.statement.source), "dim")))
    rows.add_row("expected", _text(clip(finding.expected, 2_000)))
    rows.add_row("actual", _text(clip(finding.actual, 2_000), "bold"))
    if verbose:
        rows.add_row("response", _text(clip(finding.response, 2_000)))
    to.print(_indented(rows))
    # Not wrapped by us, so that it can be copied whole.
    to.print(_text(f"  {finding.curl}"), soft_wrap=True)


def _asides(to: Console, record: RunRecord, *, verbose: bool) -> None:
    for heading, each in (
        ("The suite broke", Standing.ERROR),
        ("Known deviations", Standing.KNOWN),
        ("Skipped", Standing.SKIPPED),
        ("Left open by the documents", Standing.NOTED),
    ):
        results = of_standing(record, each)
        if results:
            _heading(to, heading)
            to.print(_aside(each, results, verbose=verbose))


def _aside(each: Standing, results: Iterable[CaseResult], *, verbose: bool) -> Table:
    rows = Table.grid(padding=(0, 2), pad_edge=False)
    rows.add_column(width=1)
    rows.add_column(overflow="fold", ratio=2)
    rows.add_column(overflow="fold", ratio=3)
    for reason, members in by_reason(results).items():
        ids = [result.id for result in members]
        if len(ids) > _MOST_IDS and not verbose:
            ids = [*ids[: _MOST_IDS - 1], f"and {len(ids) - _MOST_IDS + 1} more"]
        why = clip(reason, 2_000 if verbose else 200)
        rows.add_row(Text(each.symbol, STYLES[each]), _text("\n".join(ids)), _text(why))
    return rows


def _by_group(record: RunRecord) -> Table:
    shown = [each for each, count in counts(record).items() if count]
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_footer=True)
    table.add_column("", footer="all", overflow="fold")
    for each in reversed(shown):
        total = counts(record)[each]
        table.add_column(Text(each.short, STYLES[each]), footer=str(total), justify="right")
    for name, members in by_group(record.results).items():
        held = [standing(result, strict=record.strict) for result in members]
        numbers = (Text(str(held.count(each)), STYLES[each]) if each in held else "" for each in reversed(shown))
        table.add_row(_text(name), *numbers)
    return table


def _every_case(record: RunRecord) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("verdict", no_wrap=True)
    table.add_column("level", no_wrap=True)
    table.add_column("case", overflow="fold", ratio=2)
    table.add_column("about", overflow="fold", ratio=3)
    for members in by_group(record.results).values():
        for result in members:
            each = standing(result, strict=record.strict)
            word = Text(f"{each.symbol} {each.short}", STYLES[each])
            table.add_row(word, result.level, _text(result.id), _text(result.reason or result.title))
    return table


def _codes(record: RunRecord) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("code", no_wrap=True)
    table.add_column("observed", no_wrap=True)
    table.add_column("with status, or why not", overflow="fold")
    for row in record.coverage:
        seen = Text("✓ yes", "green") if row.observed else Text("○ no", "yellow")
        detail = ", ".join(map(str, row.statuses)) if row.observed else row.reason
        table.add_row(_text(row.code), seen, _text(detail))
    return table


def _text(words: str, style: str = "") -> Text:
    return Text(visible(words), style=style)


def _indented(what: Table | Text) -> Padding:
    return Padding(what, (0, 0, 0, 2))
