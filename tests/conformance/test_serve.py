"""``serve``: the reference server on the command line, as somebody's local API."""

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
import pytest

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cli.main import main
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.server.app import Injection
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.fixtures import SECRETS, Fixtures
from btcdirect_conformance.server.running import Running, running_server
from btcdirect_conformance.server.variants import VARIANTS

PATH = load_contract().path.format(id="480213")


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and where it answers."""
    command = [sys.executable, "-m", "btcdirect_conformance", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            match = re.search(r"is at (\S+)\. ", process.stderr.readline())
            assert match
            yield process, match[1]
        finally:
            process.kill()


def get(server: Running, **headers: str) -> httpx.Response:
    """Asks for the owned order as its user, with these headers besides."""
    good = {"X-Api-Key": server.fixtures.api_key, "User-Authorization": f"Bearer {server.fixtures.user_token}"}
    return httpx.get(server.base_url + PATH, headers=good | headers)


def test_prints_a_profile_that_works(tmp_path: Path) -> None:
    """What it prints, and writes to a file, is a profile of this very server; Ctrl-C ends it with status 0."""
    file = tmp_path / "local.toml"
    with serving("--profile", str(file)) as (process, base_url):
        profile = profiles.load(file, {})
        assert profile.base_url == base_url
        good = {
            "X-Api-Key": profile.secrets["api_key"],
            "User-Authorization": f"Bearer {profile.secrets['user_token']}",
        }
        assert httpx.get(base_url + PATH, headers=good).status_code == 200
        process.send_signal(signal.SIGINT)
        out, log = process.communicate()
    assert process.returncode == 0
    assert profiles.parse(out, {}) == profile
    assert log.splitlines() == [f"GET {PATH} 200"]


def test_logs_no_secret() -> None:
    """Its log names method, path, status and codes; what it was sent stays out."""
    fixtures = Fixtures(seed=7)
    with serving("--seed", "7", "--fault", "leak-credentials-echoed") as (process, base_url):
        httpx.get(base_url + PATH, headers={"X-Api-Key": fixtures.api_key})
        httpx.get(base_url + PATH, headers={"Authorization": f"Bearer {fixtures.expired_client_token}"})
        process.send_signal(signal.SIGINT)
        _, log = process.communicate()
    assert log.splitlines() == [f"GET {PATH} 400 ER700", f"GET {PATH} 400 ER801"]
    assert not [name for name in SECRETS if getattr(fixtures, name) in log]


def test_port_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody else's port is named, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"btcdirect-conformance: cannot listen on 127.0.0.1 port {port}: Address already in use. "
        "--port 0 takes any free port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fault", "order-foreign-show"], "there is no fault 'order-foreign-show': did you mean order-foreign-shown"),
        (["--fault", "zzzzz"], "serve --list-faults names all"),
        (["--fault", "gzip"], "gzip is no fault: use --variant gzip"),
        (["--variant", "order-foreign-shown"], "use --fault order-foreign-shown"),
        (["--variant", "gzip", "--fault", "order-foreign-shown"], "exclude each other"),
        (["--fail-rate", "2"], "--fail-rate is a share between 0 and 1, not 2"),
        (["--fail-rate", "nan"], "--fail-rate is a share between 0 and 1, not nan"),
        (["--delay", "-1"], "--delay is a number of milliseconds, not -1"),
        (["--delay", "inf"], "--delay is a number of milliseconds, not inf"),
        (["--cors", "localhost:5173"], "--cors takes an origin such as http://localhost:5173 or *"),
        (["--port", "65536"], "--port is a number from 0 to 65535, not 65536"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1 port 0"),
        (["--host", "ä..b"], "--host 'ä..b' can be no host's name"),
        (["--profile", "/nowhere/at/all.toml"], "cannot write the profile to /nowhere/at/all.toml"),
    ],
)
def test_usage_errors(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """What can't be served is one line that says why, and exit status 2."""
    assert main(["serve", "--port", "0", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_lists_faults_and_variants(capsys: pytest.CaptureFixture[str]) -> None:
    """Every name with its sentence."""
    assert main(["serve", "--list-faults"]) == 0
    listed = capsys.readouterr().out
    for server in (*FAULTS.values(), *VARIANTS.values()):
        assert re.search(rf"^  {server.name}  +{re.escape(server.sentence)}$", listed, re.MULTILINE)


def test_browsers_of_an_allowed_origin_may_call() -> None:
    """The preflight allows the API's headers, and answers say who may read them."""
    origin = "http://localhost:5173"
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "user-authorization, x-api-key",
    }
    with running_server(injection=Injection(cors=(origin,))) as server:
        allowed = httpx.options(server.base_url + PATH, headers=preflight)
        answer = get(server, Origin=origin)
        stranger = get(server, Origin="http://evil.example")
    assert allowed.status_code == 200
    assert {"authorization", "user-authorization", "x-api-key"} <= set(
        allowed.headers["access-control-allow-headers"].lower().split(", ")
    )
    assert answer.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-origin" not in stranger.headers


def test_without_cors_no_header_speaks_of_it() -> None:
    """By default the server is nobody's business but its caller's."""
    with running_server() as server:
        assert "access-control-allow-origin" not in get(server, Origin="http://localhost:5173").headers


def test_fails_at_the_given_rate() -> None:
    """A share of the answers is a general error with status 500, the others are as always."""
    dice = Random(3)  # noqa: S311 - no secret
    with running_server(injection=Injection(fail_rate=0.5, dice=dice)) as server:
        answers = [get(server) for _ in range(20)]
    failed = [answer for answer in answers if answer.status_code == 500]
    assert 0 < len(failed) < 20
    assert {code for answer in failed for code in answer.json()["errors"]} == {"ER999"}


def test_delays_every_answer() -> None:
    """No answer comes before the delay is over."""
    with running_server(injection=Injection(delay=0.05)) as server:
        started = time.perf_counter()
        get(server)
        assert time.perf_counter() - started >= 0.05
