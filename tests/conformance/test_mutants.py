"""The kill matrix: every fault is caught by its case, no correct variant fails."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from btcdirect_conformance import mutants
from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.cli.main import main
from btcdirect_conformance.mutants import MUTANTS, Row, judge, selected, summary
from btcdirect_conformance.server.faults import FAULTS, Fault
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Kind
from btcdirect_conformance.server.variants import VARIANTS, Variant


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_case(name: str) -> None:
    """The case that a fault names fails, early enough to be told within a run."""
    row = judge(name)
    assert row.problem == ""
    assert row.requests_until_caught is not None
    assert row.requests_until_caught <= row.requests <= 400


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_correct_variant_passes(name: str) -> None:
    """A server that the documents allow passes, with --strict but for what it is warned of."""
    assert judge(name).problem == ""


class _RefusesEverybody(Rules):
    """Takes nobody's credentials."""

    def find(self, kind: Kind, secret: str) -> None:
        del kind, secret


@pytest.mark.parametrize(
    ("mutant", "problem"),
    [
        (Fault("unseen", "Does nothing wrong.", "order.foreign"), "survives"),
        (
            Fault("elsewhere", "Is seen by another case.", "order.missing", FAULTS["order-foreign-shown"].rules),
            "caught, but not by order.missing",
        ),
        (
            Variant("wrong", "Is not as correct as it says.", FAULTS["success-no-name"].rules),
            "a correct server fails body.name",
        ),
        (
            Variant("wary", "Is warned of nothing.", warned_by=("auth.no-scheme",)),
            "auth.no-scheme no longer warns",
        ),
    ],
)
def test_says_what_is_wrong_with_a_row(monkeypatch: pytest.MonkeyPatch, mutant: Fault | Variant, problem: str) -> None:
    """A matrix that could not fail would say nothing."""
    monkeypatch.setattr(mutants, "MUTANTS", {mutant.name: mutant})
    assert judge(mutant.name).problem == problem


def test_profile_that_is_blamed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that the suite takes for a bad profile is not caught."""
    fault = Fault("refusing", "Takes no key.", "success.api-key", _RefusesEverybody)
    monkeypatch.setattr(mutants, "MUTANTS", {fault.name: fault})
    row = judge(fault.name)
    assert "credentials.client_token" in row.problem
    assert row.caught_by == ()


def test_selects_by_name_and_category() -> None:
    """A prefix of either selects; without any, all are."""
    assert selected(("leak-cached-by",)) == ("leak-cached-by-path", "leak-cached-by-user", "leak-cached-by-client")
    assert set(selected(("variant",))) == set(VARIANTS)
    assert selected(()) == tuple(MUTANTS)


def test_unknown_selection(capsys: pytest.CaptureFixture[str]) -> None:
    """What selects nothing is a usage error with a suggestion."""
    assert main(["mutants", "--only", "ordr-foreign-shown"]) == 2
    assert "did you mean order-foreign-shown?" in capsys.readouterr().err


def test_number_of_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    """No processes is a usage error."""
    assert main(["mutants", "--jobs", "0"]) == 2
    assert "--jobs is a number from 1, not 0" in capsys.readouterr().err


def test_reader_that_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether anybody reads the matrix to its end changes nothing about its exit status."""
    survivor = row("a", "b", (), "survives")
    monkeypatch.setattr(mutants, "matrix", lambda *_: iter([survivor] * 1000))
    monkeypatch.setattr(mutants, "selected", lambda _: ("a",))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(["mutants", "--json"]) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal(number: signal.Signals) -> None:
    """In a script's background as well, with 128 and the signal's number, and without a process left behind."""
    code = (
        f"import signal, sys; signal.signal({number:d}, signal.SIG_IGN)\n"
        "from btcdirect_conformance.cli.main import main; sys.exit(main(['mutants', '--jobs', '2']))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (workers := children.read_text().split()):
            assert process.poll() is None
        process.send_signal(number)
        assert process.wait(60) == 128 + number
    deadline = monotonic() + 60  # multiprocessing's own helper ends when it sees that the others have
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert monotonic() < deadline


def test_command_runs_in_processes(capsys: pytest.CaptureFixture[str]) -> None:
    """The real command, on two mutants: JSON, in the order of the list, exit status 0."""
    assert main(["mutants", "--only", "order-foreign-shown-to-key", "--only", "reference", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["name"] for row in rows] == ["order-foreign-shown-to-key", "reference"]
    assert rows[0]["expected"] in rows[0]["caught_by"]


def row(name: str, expected: str = "", caught_by: tuple[str, ...] = (), problem: str = "") -> Row:
    """A row as a run leaves it."""
    return Row(
        name, "orders" if expected else "variant", "…", expected, caught_by, 7 if caught_by else None, 200, 0.1, problem
    )


@pytest.mark.parametrize("problem", ["", "survives"])
def test_prints_the_matrix(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, problem: str) -> None:
    """A line each: the case, how many requests it took, the verdict; exit status 1 as soon as one is wrong."""
    rows = [
        row("order-foreign-shown", "order.foreign", ("order.foreign", "body.json", "body.name", "body.type"), problem),
        row("reference"),
    ]
    monkeypatch.setattr(mutants, "matrix", lambda *_: iter(reversed(rows)))
    assert main(["mutants", "--only", "order-foreign-shown", "--only", "reference"]) == bool(problem)
    lines = capsys.readouterr().out.splitlines()
    first = next(line for line in lines if line.startswith("order-foreign-shown"))
    assert first.split() == [
        "order-foreign-shown", "order.foreign", "body.json,", "body.name", "and", "1", "more", "7", problem or "caught",
    ]  # fmt: skip
    assert next(line for line in lines if line.startswith("reference")).split() == ["reference", "passes"]
    assert f"{0 if problem else 1} of 1 faults caught by their case, 1 of 1 correct variants passed." in lines[-1]


def test_summary_of_one_kind() -> None:
    """A selection without faults speaks of none."""
    assert summary([row("reference")]) == "1 of 1 correct variants passed."


def test_every_judging_case_of_an_answer_is_needed() -> None:
    """Each case that looks at a single answer's form is the one that catches some fault."""
    used = {fault.caught_by for fault in FAULTS.values()}
    looking = {case.id for case in all_cases() if case.id.startswith(("body.", "envelope.", "transport."))}
    assert looking - used == set()
