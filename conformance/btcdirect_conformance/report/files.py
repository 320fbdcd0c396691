"""The reports that a run writes into ``--report DIR``."""

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


def write(record: RunRecord, folder: Path) -> tuple[Path, ...]:
    """Writes ``report.json``, ``junit.xml`` and ``report.html`` and says where they are.

    Raises:
        OSError: A file cannot be written.
    """
    from . import html, json_report, junit  # late: a run without --report needs none of their libraries

    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "report.json": json_report.dumps(record),
        "junit.xml": junit.dumps(record),
        "report.html": html.dumps(record),
    }
    for name, text in texts.items():
        # A lone surrogate, which no encoding can write, must not cost the report of a long run.
        (folder / name).write_bytes(text.encode("utf-8", "replace"))
    return tuple(folder / name for name in texts)
