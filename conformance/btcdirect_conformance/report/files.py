"""The reports that a run writes into ``--report DIR``."""

from contextlib import suppress
from pathlib import Path

from btcdirect_conformance.verdict import RunRecord


def open_folder(folder: Path) -> Path:
    """Makes the folder and shows that it can be written to; called before a run, which may be long.

    Raises:
        OSError: It cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".btcdirect-conformance"
    probe.touch()
    probe.unlink()
    return folder


class NotWritten(Exception):  # noqa: N818 - says what is missing, as FileNotFoundError does
    """Not all reports could be written."""

    def __init__(self, problems: tuple[tuple[Path, Exception], ...], written: tuple[Path, ...]) -> None:
        super().__init__(problems, written)
        self.problems = problems
        """The files that are missing, each with why."""
        self.written = written

    def __str__(self) -> str:
        return ", ".join(str(file) for file, _ in self.problems)


def write(record: RunRecord, folder: Path) -> tuple[Path, ...]:
    """Writes ``report.json``, ``junit.xml`` and ``report.html`` and says where they are.

    One after the other, what others are made of first: whatever is wrong with one file costs no other.

    Raises:
        NotWritten: With what went wrong for each file that is missing.
    """
    written: list[Path] = []
    problems: list[tuple[Path, Exception]] = []
    for name in ("report.json", "junit.xml", "report.html"):
        file = folder / name
        try:
            _write(file, _text(record, name))
            written.append(file)
        except Exception as error:
            problems.append((file, error))
    if problems:
        raise NotWritten(tuple(problems), tuple(written))
    return tuple(written)


def _write(file: Path, text: str) -> None:
    """The whole file or none: half a report, where the disk is full, would be read as one."""
    part = file.with_name(f".{file.name}.part")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # A lone surrogate, which no encoding can write, must not cost the report of a long run.
        part.write_bytes(text.encode("utf-8", "replace"))
        part.replace(file)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise


def _text(record: RunRecord, name: str) -> str:
    match name:  # late: a run without --report needs none of their libraries
        case "report.json":
            from . import json_report

            return json_report.dumps(record)
        case "junit.xml":
            from . import junit

            return junit.dumps(record)
        case _:
            from . import html

            return html.dumps(record)
