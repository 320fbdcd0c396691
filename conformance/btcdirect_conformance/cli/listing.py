"""The list of all cases, for people and for programs."""

import json

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from btcdirect_conformance.report.console import make_console
from btcdirect_conformance.run.options import everything


def print_cases(*, as_json: bool, console: Console | None = None) -> None:
    """Prints every case in the order of a run."""
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
            for case in everything()
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = console or make_console()
    for case in everything():
        sentence = f"{case.statement.text} ({case.statement.source})"
        if console.is_terminal:
            console.print(Text.assemble((case.id, "bold"), f"  {case.level}"))
            console.print(Padding(Text(sentence), (0, 0, 0, 4)))
        else:  # a line each, for grep
            console.print(f"{case.id}  {case.level}  {sentence}", soft_wrap=True)
