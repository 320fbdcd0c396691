"""The run command as a user meets it: exit statuses, one-line problems, reports, signals."""

# ruff: noqa: ASYNC240  a test waits for its own small files

import asyncio
import html
import json
import re
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conformance.helpers.raw import answer, raw_server

from btcdirect_conformance.cli.main import main
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.running import Running, running_server

COMMAND = (sys.executable, "-m", "btcdirect_conformance")


@pytest.fixture
def server() -> Iterator[Running]:
    """The reference server."""
    with running_server() as running:
        yield running


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A place for a profile."""
    return tmp_path / "target.toml"


def run(profile: Path, *options: str) -> int:
    """The run command without its fuzzing, in this process."""
    return main(["run", "--target", str(profile), "--fuzz-requests", "0", *options])


def test_conforms(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that conforms: exit status 0, verdicts on stdout."""
    profile.write_text(server.profile)
    assert run(profile) == 0
    assert "11 of 13 codes observed" in capsys.readouterr().out.replace("\n", " ")


def test_deviates(profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server that deviates: exit status 1, and the report says why in every format."""
    with running_server(FAULTS["code-ER150-told-as-ER035"]) as server:
        profile.write_text(server.profile)
        assert run(profile, "--report", str(tmp_path / "report")) == 1
    assert "order.foreign" in capsys.readouterr().out
    assert {file.name for file in (tmp_path / "report").iterdir()} == {"report.json", "junit.xml", "report.html"}
    results = json.loads((tmp_path / "report" / "report.json").read_text())["run"]["results"]
    assert "order.foreign" in {result["id"] for result in results if result["outcome"] == "fail"}


def test_without_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a target the reference server is judged, by every layer, and conforms."""
    assert main(["run", "--seed", "1", "--fuzz-requests", "20"]) == 0
    out = capsys.readouterr().out
    assert "reference server" in out
    assert "Conforms" in out


def test_without_a_target_over_real_sockets() -> None:
    """The same as a process of its own."""
    done = subprocess.run([*COMMAND, "run", "--fuzz-requests", "0"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert re.sub(r"\d+/\d+ cases, \d+/\d+ requests; .*\n", "", done.stderr) == ""  # a slow run says that it lives


@pytest.mark.parametrize(
    ("option", "status"),
    [(("--strict",), 0), (("--certify", "--allow-unsafe-methods"), 0), (("--certify",), 1)],
)
def test_options(server: Running, profile: Path, option: tuple[str, ...], status: int) -> None:
    """It passes strictly, and is certified when unsafe methods may be sent, so that nothing is skipped."""
    profile.write_text(server.profile)
    assert run(profile, *option) == status


def test_only(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--only runs the cases with that beginning."""
    profile.write_text(server.profile)
    assert run(profile, "--only", "order.foreign", "--only", "auth.key.", "--verbose") == 0
    out = capsys.readouterr().out
    assert "order.foreign" in out
    assert "auth.key.invalid" in out
    assert "order.unknown" not in out


def test_only_of_no_case(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--only that selects nothing is a usage error that suggests what was meant."""
    profile.write_text(server.profile)
    assert run(profile, "--only", "order.foriegn") == 2
    assert capsys.readouterr().err == (
        "btcdirect-conformance: --only order.foriegn: no case begins so; did you mean order.foreign?\n"
    )


def test_no_profile(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile that is not there: exit status 2."""
    assert run(profile) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_url_instead_of_a_profile(capsys: pytest.CaptureFixture[str]) -> None:
    """A URL where the profile belongs is said so."""
    assert main(["run", "--target", "https://api.example"]) == 2
    assert "--target takes a profile, not a URL" in capsys.readouterr().err


def test_every_problem_of_a_profile(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong profile: exit status 2, and a line for each problem."""
    profile.write_text('base_url = "https://a"\n[limits]\nburst = 1\nmax_requests = 0\n')
    assert run(profile) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_fixture_to_blame(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fixture that does not work: exit status 2, and it is named with the code that the target answers."""
    profile.write_text(server.profile.replace(server.fixtures.user_token, "stale-token-of-last-week"))
    assert run(profile) == 2
    error = capsys.readouterr().err
    assert f"{profile}: credentials.user_token: the target answers ER702" in error
    assert "stale-token" not in error


def test_expected_deviation_of_no_case(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A known deviation of no case: exit status 2."""
    entry = '[[expected_deviations]]\ncase = "order.foriegn"\nreason = "a"\nexpires = 2030-01-01\n'
    profile.write_text(server.profile + entry)
    assert run(profile) == 2
    assert "did you mean order.foreign?" in capsys.readouterr().err


def test_unreachable(profile: Path, unused_tcp_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that is not there: exit status 3, one line."""
    profile.write_text(f'base_url = "http://127.0.0.1:{unused_tcp_port}"')
    assert run(profile) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "connection refused" in line


def test_scheme_of_another(server: Running, profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A target that speaks HTTP where the profile says https: exit status 3, one line that says what to look at."""
    profile.write_text(server.profile.replace("http://", "https://"))
    assert run(profile) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("it speaks something else; is the scheme of base_url right?")


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy"])
def test_unreachable_behind_a_proxy(
    profile: Path, unused_tcp_port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Who has a proxy in the environment is told that it is not used."""
    monkeypatch.setenv(name, "http://user:proxy-canary@127.0.0.1:1")
    profile.write_text(f'base_url = "http://127.0.0.1:{unused_tcp_port}"')
    assert run(profile) == 3
    error = capsys.readouterr().err
    assert error.endswith(f"(it is reached directly, {name.upper()} is not used)\n")
    assert "canary" not in error


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_authorities_that_cannot_be_read(
    profile: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str | None,
) -> None:
    """A private authority that is not there or none is the user's mistake: exit status 2, one line."""
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    profile.write_text('base_url = "https://127.0.0.1:1"')
    assert run(profile) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("btcdirect-conformance: the environment: SSL_CERT_FILE or SSL_CERT_DIR cannot be used: ")


async def test_captive_portal(profile: Path) -> None:
    """A web page for everything: exit status 3, one line."""
    page = answer(b"<html>Sign in</html>", b"Content-Type: text/html")
    async with raw_server(page) as portal:
        profile.write_text(f'base_url = "{portal.base_url}"')
        process = await asyncio.create_subprocess_exec(*COMMAND, "run", "--target", str(profile), stderr=PIPE)
        _, error = await process.communicate()
    assert process.returncode == 3
    assert len(error.splitlines()) == 1
    assert b"captive portal" in error


def test_certify_takes_unsafe_methods(
    server: Running, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that cannot be certified for want of them says so, in every report, and only such a run."""
    profile.write_text(server.profile)
    hint = "Certification takes the cases with unsafe methods, too: --allow-unsafe-methods sends them."
    assert run(profile, "--certify", "--report", str(tmp_path / "report")) == 1
    assert hint in " ".join(capsys.readouterr().out.split())
    for name in ("report.json", "junit.xml", "report.html"):
        assert hint in (tmp_path / "report" / name).read_text()
    assert run(profile, "--certify", "--only", "order.") == 0
    assert run(profile) == 0
    assert "Certification" not in capsys.readouterr().out


def test_nothing_to_ask_with(
    server: Running, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A profile without credentials and orders is no verdict, in every report: exit status 2, with what to put in."""
    profile.write_text(f'base_url = "{server.base_url}"\n')
    assert run(profile, "--report", str(tmp_path / "report")) == 2
    said = (
        "No verdict: no success could be asked for, since the profile has no credentials.api_key or "
        "credentials.client_token and no credentials.user_token and no orders.owned; it takes a client's "
        "authorization, a user's token and an order of that user."
    )
    out = " ".join(capsys.readouterr().out.split())
    assert out.endswith(said)
    assert "Conforms" not in out
    texts = {name: (tmp_path / "report" / name).read_text() for name in ("report.json", "junit.xml", "report.html")}
    document = json.loads(texts["report.json"])
    assert (document["verdict"]["exit_status"], document["verdict"]["sentence"]) == (2, said)
    assert html.escape(said).replace("&#x27;", "'") in texts["junit.xml"].replace("&apos;", "'")
    assert "No verdict" in texts["report.html"]
    assert "No success could be asked for" in texts["report.html"]
    assert all("Conforms:" not in text for text in texts.values())


def test_one_report_that_cannot_be_written(
    server: Running, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdicts are printed, the others written and the one is named: exit status 2 for a run that conforms."""
    profile.write_text(server.profile)
    (tmp_path / "report.html").mkdir()
    assert run(profile, "--only", "order.", "--report", str(tmp_path)) == 2
    printed = capsys.readouterr()
    assert "Conforms" in printed.out
    assert printed.err.splitlines()[-1].endswith("report.html could not be written: Is a directory")
    assert json.loads((tmp_path / "report.json").read_text())["verdict"]["exit_status"] == 0


def test_one_report_that_cannot_be_made(
    server: Running,
    profile: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A template that breaks is said with its place, without its text, which may hold a secret."""

    def breaks(_: object) -> str:
        raise RuntimeError("canary-of-an-exception")

    monkeypatch.setattr("btcdirect_conformance.report.html.dumps", breaks)
    profile.write_text(server.profile)
    assert run(profile, "--only", "order.", "--report", str(tmp_path)) == 2
    printed = capsys.readouterr()
    assert "Conforms" in printed.out
    assert re.search(
        r"report\.html could not be made, please report it: RuntimeError at test_command_run\.py:\d+\n$", printed.err
    )
    assert "canary" not in printed.out + printed.err
    assert (tmp_path / "junit.xml").exists()


def test_deviations_outweigh_a_report_that_cannot_be_written(profile: Path, tmp_path: Path) -> None:
    """A run that fails keeps its exit status."""
    (tmp_path / "report.html").mkdir()
    with running_server(FAULTS["code-ER150-told-as-ER035"]) as server:
        profile.write_text(server.profile)
        assert run(profile, "--only", "order.", "--report", str(tmp_path)) == 1


def test_report_that_cannot_be_written(server: Running, profile: Path, tmp_path: Path) -> None:
    """A report folder that can't be made stops the run before its first request."""
    profile.write_text(server.profile)
    (tmp_path / "file").write_text("")
    assert run(profile, "--report", str(tmp_path / "file" / "report")) == 2


@pytest.fixture
def heeds_hang_ups() -> Iterator[None]:
    """Processes started now heed SIGHUP, though the tests may run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("heeds_hang_ups")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_interrupted(profile: Path, tmp_path: Path, number: signal.Signals) -> None:
    """A run that a signal ends writes its report, says so, and exits with 128 and the signal's number."""
    asked = asyncio.Event()

    async def says_nothing(_: bytes, __: asyncio.StreamWriter) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with raw_server(says_nothing) as target:
        profile.write_text(f'base_url = "{target.base_url}"\n[limits]\ntimeout_seconds = 3600\n')
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "run", "--target", str(profile), "--report", str(tmp_path), stdout=PIPE, stderr=PIPE
        )
        ended = asyncio.ensure_future(process.communicate())
        await asyncio.wait((ended, asyncio.ensure_future(asked.wait())), return_when=asyncio.FIRST_COMPLETED)
        assert not ended.done()
        process.send_signal(number)
        out, _ = await ended
    assert process.returncode == 128 + number
    assert json.loads((tmp_path / "report.json").read_text())["run"]["interrupted"]
    assert b"The run was interrupted" in out


def test_compare(server: Running, profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare puts reports side by side."""
    profile.write_text(server.profile)
    reports = [tmp_path / name for name in ("a", "b")]
    for report in reports:
        assert run(profile, "--only", "order.", "--report", str(report)) == 0
    capsys.readouterr()
    assert main(["compare", *(str(report / "report.json") for report in reports)]) == 0
    assert capsys.readouterr().out
