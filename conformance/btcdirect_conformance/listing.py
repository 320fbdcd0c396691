"""The list of all cases, for people and for programs."""

import json

from rich.console import Console
from rich.table import Table

from .cases import Case, all_cases
from .layers import LAYERS, Layer


def print_cases(*, as_json: bool, console: Console | None = None) -> None:
    """Prints every case in the order of a run."""
    everything: tuple[Case | Layer, ...] = (*all_cases(), *LAYERS)
    if as_json:
        rows = [
            {
                "id": case.id,
                "level": case.level,
                "title": case.title,
                "statement": case.statement.text,
                "source": case.statement.source,
                "needs": list(getattr(case, "needs", ())),
            }
            for case in everything
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("case", no_wrap=True)
    for heading in ("level", "the sentence it rests on", "source"):
        table.add_column(heading)
    for case in everything:
        table.add_row(case.id, case.level, case.statement.text, case.statement.source)
    (console or Console()).print(table)
