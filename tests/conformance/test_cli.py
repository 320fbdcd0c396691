"""The command line but for runs: files that are there already, lists, usage, help, and what breaks."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.cli.listing import print_cases
from btcdirect_conformance.cli.main import main
from btcdirect_conformance.cli.template import PROFILE
from btcdirect_conformance.fuzz.layers import LAYERS, Layer
from btcdirect_conformance.redaction.redactor import Redactor

COMMAND = (sys.executable, "-m", "btcdirect_conformance")
EVERYTHING: tuple[Case | Layer, ...] = (*all_cases(), *LAYERS)


def test_init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Init writes a profile that loads, and says what to do next."""
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert "run --target staging.toml" in capsys.readouterr().out
    environ = {"BTCDIRECT_API_KEY": "a", "BTCDIRECT_USER_TOKEN": "b"}
    assert profiles.load(tmp_path / "staging.toml", environ).base_url.startswith("https://")


def test_readme_goes_on_with_what_init_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every profile that its commands name is the one that init writes."""
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert set(re.findall(r"target (\w+\.toml)", readme)) == {file.name for file in tmp_path.iterdir()}


def test_init_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Init leaves a file that is there alone."""
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    assert main(["init", str(file)]) == 2
    assert file.read_text() == "mine"
    assert "exists" in capsys.readouterr().err


def test_init_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is a folder that does not exist a traceback."""
    assert main(["init", str(tmp_path / "no" / "a.toml")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_cases(capsys: pytest.CaptureFixture[str]) -> None:
    """Cases lists every case with level, sentence and source, in the order of a run."""
    assert main(["cases", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == [case.id for case in EVERYTHING]
    assert all(row["level"] in ("MUST", "SHOULD", "INFO") and row["statement"] and row["source"] for row in rows)


def test_cases_line_by_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In a pipe each case is a line, whatever the width, for grep."""
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["cases"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [[case.id, case.level] for case in EVERYTHING]
    assert all(case.statement.text in line for case, line in zip(EVERYTHING, lines, strict=True))


def test_cases_on_a_terminal() -> None:
    """There each has its sentence below, in the terminal's width."""
    shown = StringIO()
    print_cases(as_json=False, console=Console(file=shown, force_terminal=True, no_color=True, width=60))
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.getvalue().splitlines()]
    at = lines.index("order.foreign  MUST")
    assert lines[at + 1].startswith("    Provided orderId does not belong to authenticated user.")
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize(
    ("call", "status"), [(["run", "--target", "nowhere.toml"], 2), (["cases"], 0), (["run", "--only", "nope"], 2)]
)
def test_nobody_reads_what_is_wrong(call: list[str], status: int) -> None:
    """The exit status is the same when stderr goes to a pipe that is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *call], stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == status


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that closes stderr")
@pytest.mark.parametrize(
    "call", [["run", "--target", "nowhere.toml"], ["run", "--only", "nope"], ["rnu"], ["run", "--seed", "x"]]
)
def test_no_stderr(call: list[str]) -> None:
    """What is wrong is not said on stdout instead, where a script expects the report."""
    closed = ["sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, *call]
    done = subprocess.run(closed, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("call", [["cases"], ["cases", "--json"], ["run", "--fuzz-requests", "0"]])
def test_no_room_for_the_output(call: list[str]) -> None:
    """A full disk is said in a line."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*COMMAND, *call], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "btcdirect-conformance: the output cannot be written: No space left on device"
    )


def test_version() -> None:
    """--version names the distribution's."""
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"btcdirect-conformance {version('btcdirect-client')}\n"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["rnu"],
        ["run", "--seed", "-1"],
        ["run", "--seed", "4294967296"],
        ["run", "--seed", "x"],
        ["run", "--fuzz-requests", "many"],
        ["run", "--strct"],
        ["run", "--cert"],
        ["run", "--only", ""],
        ["run", "--report", ""],
        ["run", "--target", ""],
        ["mutants", "--only", ""],
        ["init", ""],
    ],
)
def test_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that can't be understood: exit status 2, and how to write it."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: btcdirect-conformance" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "init", "cases", "serve", "mutants", "compare"])
def test_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command explains itself."""
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    assert f"btcdirect-conformance {command}" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    """--help is quick: neither the engine nor a server nor a fuzzer is imported for it."""
    script = (
        "import sys, contextlib\nfrom btcdirect_conformance.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "heavy = {'attrs', 'yaml', 'rich', 'hypothesis', 'schemathesis', 'uvicorn', 'starlette', 'httpx', 'asyncio'}\n"
        "print(*heavy & set(sys.modules), file=sys.stderr, end='')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_reader_who_has_seen_enough() -> None:
    """A pipe that is closed early is no traceback."""
    with subprocess.Popen([*COMMAND, "cases"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        error = process.stderr.read()
    assert error == ""


def test_internal_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody foresaw is one line with its place, and without its text, which may hold a secret."""

    def breaks(**_: object) -> None:
        raise RuntimeError("canary-of-an-exception")

    monkeypatch.setattr("btcdirect_conformance.cli.listing.print_cases", breaks)
    assert main(["cases"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        "btcdirect-conformance: internal error, please report it: builtins.RuntimeError at test_cli.py:"
    )
    assert "canary" not in error


def test_environment_of_the_written_profile() -> None:
    """The variables of the profile that init writes are those of the curl lines."""
    written = set(re.findall(r"\$\{(BTCDIRECT_\w+)\}", PROFILE))
    assert written == set(Redactor.of(dict.fromkeys(profiles.CREDENTIALS, "secret")).secrets)
