"""The files that ``--report DIR`` leaves behind."""

import errno
import os
from pathlib import Path

import pytest
from attrs import evolve
from tests.conformance.helpers.records import finding, realistic, record, result

from btcdirect_conformance.report import files, html, json_report
from btcdirect_conformance.verdict import Outcome

CANARIES = {
    "BTCDIRECT_API_KEY": "canary-api-key-5f1c",
    "BTCDIRECT_CLIENT_TOKEN": "canary-client-token-9a2e",
    "BTCDIRECT_USER_TOKEN": "canary-user-token-77b0",
}


def test_three_reports_are_written(tmp_path: Path) -> None:
    """Into a folder that is made if it is not there, and their names are returned."""
    written = files.write(realistic(), tmp_path / "a" / "b")
    assert [path.name for path in written] == ["report.json", "junit.xml", "report.html"]
    assert all(path.stat().st_size > 1_000 for path in written)
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == sorted(path.name for path in written)


def test_a_report_that_was_written_can_be_read(tmp_path: Path) -> None:
    """The record comes back."""
    path, *_ = files.write(realistic(), tmp_path)
    assert json_report.read(path) == realistic()


def test_the_reports_hold_nothing_but_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credential of the environment and nothing about the machine that wrote them."""
    for name, value in CANARIES.items():
        monkeypatch.setenv(name, value)
    for path in files.write(realistic(), tmp_path):
        text = path.read_text("utf-8")
        for canary in (*CANARIES.values(), str(tmp_path), str(Path.cwd()), str(Path.home()) + "/", os.uname().nodename):
            assert canary not in text, path.name


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on the time or the place of writing."""
    first = [path.read_bytes() for path in files.write(realistic(), tmp_path / "one")]
    second = [path.read_bytes() for path in files.write(realistic(), tmp_path / "two")]
    assert first == second


def test_text_that_no_encoding_takes_costs_no_report(tmp_path: Path) -> None:
    """A lone surrogate is replaced; the run is not lost for it."""
    odd = record(result("a.b", Outcome.FAIL, findings=(finding("a.b", actual="\ud800"),)))
    written = files.write(odd, tmp_path)
    assert all(path.read_text("utf-8") for path in written)
    assert json_report.read(written[0]) == evolve(
        odd, results=(result("a.b", Outcome.FAIL, findings=(finding("a.b", actual="?"),)),)
    )


def test_a_file_that_cannot_be_written_costs_no_other(tmp_path: Path) -> None:
    """A folder stands in the place of one; it is named, and the others are there."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(files.NotWritten, match=r"report\.json$") as caught:
        files.write(realistic(), tmp_path)
    ((file, error),) = caught.value.problems
    assert (file.name, type(error)) == ("report.json", IsADirectoryError)
    assert [path.name for path in caught.value.written] == ["junit.xml", "report.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "report.html", "report.json"]


def test_a_full_disk_leaves_no_half_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before is kept, what was begun is taken away, and each file is named."""
    (tmp_path / "junit.xml").write_text("of yesterday")

    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(files.NotWritten) as caught:
        files.write(realistic(), tmp_path)
    assert [(file.name, str(error)) for file, error in caught.value.problems] == [
        (name, "[Errno 28] No space left on device") for name in ("report.json", "junit.xml", "report.html")
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["junit.xml"]
    assert (tmp_path / "junit.xml").read_text() == "of yesterday"


def test_a_template_that_breaks_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it raised is kept for whoever says so."""

    def breaks(_: object) -> str:
        raise ValueError("a broken template")

    monkeypatch.setattr(html, "dumps", breaks)
    with pytest.raises(files.NotWritten) as caught:
        files.write(realistic(), tmp_path)
    assert [path.name for path in caught.value.written] == ["report.json", "junit.xml"]
    assert [str(error) for _, error in caught.value.problems] == ["a broken template"]


def test_opening_a_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    """It is made, tried and empty."""
    folder = files.open_folder(tmp_path / "reports")
    assert folder.is_dir()
    assert list(folder.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_an_error_before_the_run(tmp_path: Path) -> None:
    """Not after minutes of requests."""
    (tmp_path / "reports").write_text("")
    with pytest.raises(OSError, match="reports"):
        files.open_folder(tmp_path / "reports")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that not even root may write to")
def test_a_folder_that_may_not_be_written_is_an_error_before_the_run() -> None:
    """Writing is tried, not asked about."""
    with pytest.raises(OSError, match="/proc/self"):
        files.open_folder(Path("/proc/self"))
