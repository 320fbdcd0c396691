"""The command line ``btcdirect``, against the fake API on a socket."""

import io
import json
import os
import pty
import select
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Generator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.client.fake_server import serving_fake

from btcdirect import Client, Environment, _cli
from btcdirect.testing import Answer, Check, Failure, FakeApi

NAMES = ("BTCDIRECT_API_KEY", "BTCDIRECT_CLIENT_TOKEN", "BTCDIRECT_USER_TOKEN", "BTCDIRECT_BASE_URL")


@pytest.fixture
def api() -> FakeApi:
    """A fake with one order, whose secrets are canaries."""
    api = FakeApi(api_key="canary-key", client_token="canary-client", user_token="canary-user")
    api.add_order("480213", Check("pending", type="selfie", access_token="canary-access"))
    return api


@pytest.fixture(autouse=True)
def environment(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Everything that the command needs, in the environment."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BTCDIRECT_API_KEY", api.api_key)
    monkeypatch.setenv("BTCDIRECT_USER_TOKEN", api.user_token)
    with serving_fake(api) as base_url:
        monkeypatch.setenv("BTCDIRECT_BASE_URL", base_url)
        yield


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command line: its exit status, and what it wrote."""
    status = _cli.main(["liveness", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out, err


def terminal(*arguments: str, answers: dict[str, str]) -> tuple[int, str]:
    """Run the command at a terminal of its own and type an answer at each prompt.

    Returns:
        Its exit status, and what stood on the terminal in the end.
    """
    controller, terminal = pty.openpty()
    command = [sys.executable, "-c", "import sys; from btcdirect._cli import main; sys.exit(main())", *arguments]
    options: dict[str, Any] = {"stdin": terminal, "stdout": terminal, "stderr": terminal, "start_new_session": True}
    with subprocess.Popen(command, **options, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(terminal)
        shown = ""
        while select.select([controller], [], [], 60)[0]:
            try:
                shown += os.read(controller, 4096).decode()
            except OSError:  # EIO: how a pseudo-terminal ends
                break
            # Typed ahead it would be lost: a prompt for a secret drops what came before.
            for prompt in [prompt for prompt in answers if prompt in shown]:
                os.write(controller, f"{answers.pop(prompt)}\n".encode())
        else:
            process.kill()
    os.close(controller)
    return process.returncode, shown


def test_it_prints_the_check_without_its_token(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, type and status, and that there is an access token."""
    assert run(capsys, "480213") == (
        0,
        textwrap.dedent("""\
            name:         liveness
            type:         selfie
            status:       pending
            access token: [redacted] (--show-token prints it)
        """),
        "",
    )


def test_it_prints_the_token_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The one way to see a secret is to ask for it."""
    status, out, _ = run(capsys, "480213", "--show-token")
    assert (status, out.splitlines()[-1]) == (0, "access token: canary-access")


def test_json_is_the_answer_as_sent(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """With unknown fields, and with every secret masked unless told otherwise."""
    sent = {
        "name": "n",
        "status": "s",
        "data": {"accessToken": "canary-access", "level": 1},
        "sessionToken": "canary-2",
    }
    api.add_order("7", Answer(200, sent))
    status, out, err = run(capsys, "7", "--json")
    assert (status, json.loads(out)["data"], err) == (0, {"accessToken": "[redacted]", "level": 1}, "")
    assert "canary" not in out
    assert json.loads(run(capsys, "7", "--json", "--show-token")[1]) == sent


def test_what_the_api_sends_cannot_write_to_the_terminal(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """A control character of the answer is none here."""
    api.add_order("7", Check("\x1b[2Jgone\nstatus: approved", access_token=None))
    assert run(capsys, "7")[1] == "name:         liveness\ntype:         -\nstatus:       [2Jgone status: approved\n"


def test_waiting_ends_with_the_settled_check(api: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """With ``--wait`` the last answer is printed, and nothing else in a pipe."""
    api.add_order("7", "approved")
    status, out, err = run(capsys, "7", "--wait", "--json")
    assert (status, json.loads(out)["status"], err) == (0, "approved", "")


@pytest.mark.parametrize(
    ("step", "status", "said"),
    [
        (Failure("ER035"), 4, "ER035"),
        (Failure("ER150"), 4, "ER150"),
        (Failure("ER702"), 3, "ER702"),
        (Failure("ER805"), 3, "ER805"),
        (Failure("ER999", status_code=400), 1, "ER999"),
        (Answer(200, "<html>", headers={"Content-Type": "text/html"}), 1, "JSON"),
        (httpx.ReadError, 5, "RemoteProtocolError"),
    ],
)
def test_each_kind_of_error_has_its_exit_status(
    api: FakeApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, step: Any, status: int, said: str
) -> None:
    """One line on stderr says what is wrong, and the exit status says the kind."""
    monkeypatch.setattr(_cli, "Client", lambda *args, **options: Client(*args, max_retries=0, **options))
    with api.outage(step):
        code, out, err = run(capsys, "480213")
    assert (code, out, err.count("\n")) == (status, "", 1)
    assert err.startswith("btcdirect: ")
    assert said in err
    assert "canary" not in err


def test_a_time_limit_has_its_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """Still open after ``--wait`` is another thing than no answer at all."""
    code, out, _ = run(capsys, "480213", "--wait", "--timeout", "0.2")
    assert (code, out) == (6, "")
    code, out, _ = run(capsys, "480213", "--timeout", "0.000001")
    assert (code, out) == (5, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["48x"], "ASCII digits"),
        (["480213", "--base-url", "ftp://example.org"], "base_url"),
        (["480213", "--environment", "moon"], "sandbox"),
        (["480213", "--environment", "sandbox", "--base-url", "http://x"], "not allowed with"),
        (["480213", "--timeout", "soon"], "number of seconds"),
        (["480213", "--timeout", "-1"], "number of seconds"),
        (["480213", "--time", "1"], "--time"),
        ([], "order"),
    ],
)
def test_wrong_usage_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """Exit status 2, what was wrong on stderr, nothing sent."""
    try:
        code = _cli.main(["liveness", *arguments])
    except SystemExit as end:
        code = end.code  # type: ignore[assignment]
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("name", "said"), [("BTCDIRECT_API_KEY", "BTCDIRECT_CLIENT_TOKEN"), ("BTCDIRECT_USER_TOKEN",) * 2]
)
def test_without_a_terminal_nobody_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """A missing credential is an error that names its variable; a script must not hang at a prompt."""
    monkeypatch.delenv(name)
    code, _, err = run(capsys, "480213")
    assert (code, said in err) == (2, True)


def test_two_authorizations_are_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The API would answer ER803, so nothing is sent."""
    monkeypatch.setenv("BTCDIRECT_CLIENT_TOKEN", "canary-client")
    code, _, err = run(capsys, "480213")
    assert (code, "both set" in err) == (2, True)


def test_a_client_token_serves_as_well(
    api: FakeApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The partner's authorization may be either of the two."""
    monkeypatch.delenv("BTCDIRECT_API_KEY")
    monkeypatch.setenv("BTCDIRECT_CLIENT_TOKEN", api.client_token)
    assert run(capsys, "480213")[0] == 0
    assert api.requests[-1].client_token == "canary-client"


def test_credentials_are_asked_for_at_a_terminal(
    api: FakeApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment lacks is asked for on stderr, without showing what is typed."""
    monkeypatch.delenv("BTCDIRECT_API_KEY")
    monkeypatch.delenv("BTCDIRECT_USER_TOKEN")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    asked = {"API key: ": api.api_key, "User token: ": api.user_token}
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: asked.pop(prompt) if stream is sys.stderr else None)
    assert run(capsys, "480213")[0] == 0
    assert asked == {}


@pytest.mark.parametrize("end", [KeyboardInterrupt, EOFError])
def test_an_interrupted_command_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    """Ctrl-C and the end of the input at a prompt are no crash."""

    def interrupted(*_: object) -> None:
        raise end

    monkeypatch.setattr(_cli, "_authorization", interrupted)
    assert run(capsys, "480213") == (130, "", "btcdirect: interrupted\n")


def test_a_reader_that_has_gone_is_no_error(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """``btcdirect … | true`` writes no complaint, at its end neither, when Python flushes what is left."""
    api.add_order("7", Answer(200, {"name": "n" * 200_000, "status": "s"}))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert _cli.main(["liveness", "7"]) == 0
        pipe.flush()


def test_no_room_for_the_output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said in a line."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert _cli.main(["liveness", "480213"]) == 2
    assert capsys.readouterr().err == "btcdirect: the output can't be written: No space left on device\n"


def test_letters_that_the_output_has_not(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """A status in other letters is printed as it can be."""
    api.add_order("7", "wärtét")
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert _cli.main(["liveness", "7"]) == 0
    out.seek(0)
    assert r"w\xe4rt\xe9t" in out.read()


def test_a_proxy_that_takes_a_package(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing for the environment's proxy is said in a line."""
    monkeypatch.setattr("btcdirect.network.find_spec", lambda _: None)
    monkeypatch.setenv("HTTP_PROXY", "socks5://127.0.0.1:1")
    code, _, err = run(capsys, "480213")
    assert (code, err.count("\n"), "httpx[socks]" in err) == (2, 1, True)


def test_at_a_terminal_it_prompts_and_shows_progress(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed at the prompt is not shown, and waiting is."""
    monkeypatch.delenv("BTCDIRECT_USER_TOKEN")
    api.add_order("7", "pending", "approved")
    code, shown = terminal("liveness", "7", "--wait", answers={"User token: ": "canary-user"})
    assert code == 0
    assert "User token: " in shown
    assert "waiting for the liveness check" in shown
    assert "waiting, the status is pending" in shown
    assert "approved" in shown
    assert "canary" not in shown


def test_without_its_extra_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is there with the bare client, and tells what it lacks."""
    monkeypatch.setitem(sys.modules, "rich.console", None)
    code, _, err = run(capsys, "480213")
    assert (code, "btcdirect-client[cli]" in err) == (2, True)


def test_the_help_names_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    """What a script decides by is documented where it is looked for."""
    for arguments in (["--help"], ["liveness", "--help"]):
        with pytest.raises(SystemExit, match="0"):
            _cli.main(arguments)
        out = capsys.readouterr().out
        assert [line.split()[0] for line in out.partition("exit status:")[2].splitlines() if line[2:3].isdigit()] == [
            "0", "1", "2", "3", "4", "5", "6", "130",
        ]  # fmt: skip
        assert all(name in out for name in NAMES)


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The distribution's name and version, as pip knows them."""
    with pytest.raises(SystemExit, match="0"):
        _cli.main(["--version"])
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert capsys.readouterr().out == f"{project['name']} {project['version']}\n"
    module, _, function = project["scripts"]["btcdirect"].partition(":")
    assert getattr(import_module(module), function) is _cli.main


@pytest.mark.parametrize("environment_name", [environment.name.lower() for environment in Environment])
def test_an_environment_can_be_named(monkeypatch: pytest.MonkeyPatch, environment_name: str) -> None:
    """The names are those of `Environment`, and no base URL goes with it."""
    seen: dict[str, Any] = {}

    def client(_: object, **options: Any) -> None:
        seen.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli, "Client", client)
    assert _cli.main(["liveness", "7", "--environment", environment_name]) == 130
    assert seen["environment"] is Environment[environment_name.upper()]


def test_the_library_does_not_import_it() -> None:
    """The command line is loaded by its command alone."""
    code = "import sys, btcdirect, btcdirect.testing; print([name for name in sys.modules if name == 'btcdirect._cli'])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
