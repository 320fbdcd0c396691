"""pytest as the second door: one test a case, over a socket or straight into an application."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.fuzz.layers import LAYERS
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.fixtures import Fixtures
from btcdirect_conformance.server.running import Running, running_server

pytest_plugins = ("pytester",)

EVERYTHING = len(all_cases()) + len(LAYERS)
APPLICATION = """
import pytest
from btcdirect_conformance import profile
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.fixtures import Fixtures
from btcdirect_conformance.server.running import compose
from btcdirect_conformance.server.store import Store

@pytest.fixture(scope="session")
def btcdirect_asgi_app():
    return compose(FAULTS.get("%s"), Store())

@pytest.fixture(scope="session")
def btcdirect_profile():
    return profile.parse(Fixtures().profile("https://asgi.example"), {})
"""


@pytest.fixture(autouse=True)
def no_other_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else is installed is not looked for."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def server() -> Iterator[Running]:
    """The reference server."""
    with running_server() as running:
        yield running


def run(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    """Pytest with the plugin, as a process of its own."""
    quiet = ("-p", "btcdirect_conformance.plugin", "-p", "no:cacheprovider", "--btcdirect-fuzz-requests", "0")
    return pytester.runpytest_subprocess(*quiet, *words)


def test_nothing_is_registered(pytester: pytest.Pytester) -> None:
    """Without -p the suite is no part of anybody's pytest."""
    pytester.makepyfile("def test_one(): pass")
    result = pytester.runpytest_subprocess("--btcdirect-target", "a.toml")
    result.stderr.fnmatch_lines(["*unrecognized arguments: --btcdirect-target*"])


def test_one_test_a_case(pytester: pytest.Pytester, server: Running) -> None:
    """A target is a test for every case, with the same ids; INFO passes, what is not sent is skipped."""
    pytester.makefile(".toml", target=server.profile)
    result = run(pytester, "--btcdirect-target", "target.toml", "-v")
    outcomes = result.parseoutcomes()
    assert sum(outcomes.values()) == EVERYTHING
    assert set(outcomes) == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["btcdirect_conformance::test_conformance[[]order.foreign[]] PASSED*"])
    result.stdout.fnmatch_lines(["11 of 13 codes observed*", "Seed *"])
    assert result.ret == 0


def test_no_success_to_ask_for(pytester: pytest.Pytester, server: Running) -> None:
    """Tests that pass without a success to ask for are no ground for a verdict: exit status 2, with what is missing."""
    pytester.makefile(".toml", target=f'base_url = "{server.base_url}"')
    result = run(pytester, "--btcdirect-target", "target.toml")
    assert set(result.parseoutcomes()) == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["No verdict: no success could be asked for, since the profile has no *"])
    assert result.ret == 2


def test_beside_other_tests(pytester: pytest.Pytester, server: Running) -> None:
    """The user's own tests run, too."""
    pytester.makepyfile("def test_one(): pass")
    pytester.makefile(".toml", target=server.profile)
    result = run(pytester, "--btcdirect-target", "target.toml", "-k", "order.unknown or test_one")
    result.assert_outcomes(passed=2, deselected=EVERYTHING - 1)


def test_only_what_is_selected_is_asked(pytester: pytest.Pytester, server: Running) -> None:
    """An id that begins as another does is not that other: what it finds is no part of the verdict."""
    refused = server.profile.replace(server.fixtures.client_token, "not-a-token-of-this-server")
    pytester.makefile(".toml", target=refused)
    result = run(pytester, "--btcdirect-target", "target.toml", "-k", "success.other-user and not token")
    result.assert_outcomes(passed=1, deselected=EVERYTHING - 1)
    result.stdout.no_fnmatch_line("*Does not conform*")


def test_levels_are_marks(pytester: pytest.Pytester, server: Running) -> None:
    """-m selects by level."""
    pytester.makefile(".toml", target=server.profile)
    result = run(pytester, "--btcdirect-target", "target.toml", "-m", "btcdirect_info", "--strict-markers")
    infos = sum(case.level == "INFO" for case in all_cases())
    result.assert_outcomes(passed=infos, deselected=EVERYTHING - infos)


def test_must_fails(pytester: pytest.Pytester) -> None:
    """A violated MUST fails its test, with the sentence, expected against actual, and a curl line without secrets."""
    with running_server(FAULTS["code-ER150-told-as-ER035"]) as server:
        pytester.makefile(".toml", target=server.profile)
        result = run(pytester, "--btcdirect-target", "target.toml", "-k", "order.foreign")
        result.stdout.fnmatch_lines(
            [
                "order.foreign (MUST): *",
                '"Provided orderId does not belong to authenticated user.*',
                "expected: ER150*",
                "actual:   *ER035*",
                "curl *BTCDIRECT_USER_TOKEN*",
            ]
        )
        assert result.ret == 1
        assert server.fixtures.user_token not in result.stdout.str()


@pytest.mark.parametrize(("strict", "outcome"), [((), "xfailed"), (("--btcdirect-strict",), "failed")])
def test_should(pytester: pytest.Pytester, strict: tuple[str, ...], outcome: str) -> None:
    """A violated SHOULD is an expected failure, and a failure when strict."""
    pytester.makeconftest(APPLICATION % "leak-public-cache")
    pytester.makepyfile("from btcdirect_conformance.pytest_cases import test_conformance")
    result = run(pytester, "-k", "security.caching", *strict)
    assert result.parseoutcomes()[outcome] == 1


@pytest.mark.parametrize(("fault", "status"), [("", 0), ("code-ER150-told-as-ER035", 1)])
def test_application(pytester: pytest.Pytester, fault: str, status: int) -> None:
    """An ASGI application is judged without a socket, imported where the user wants the tests."""
    pytester.mkpydir("tests")
    (pytester.path / "tests" / "conftest.py").write_text(APPLICATION % fault)
    (pytester.path / "tests" / "test_it.py").write_text(
        "from btcdirect_conformance.pytest_cases import test_conformance"
    )
    result = run(pytester, "tests")
    assert sum(result.parseoutcomes().values()) == EVERYTHING
    assert result.ret == status


@pytest.fixture
def documented(pytester: pytest.Pytester) -> None:
    """The files of docs/pytest.md, to the letter, with an application that needs its lifespan."""
    page = (Path(__file__).parents[2] / "docs/pytest.md").read_text("utf-8")
    for name, text in re.findall(r"```\w+\n# (\w+\.\w+)\n(.*?)```", page, re.DOTALL):
        (pytester.path / name).write_text(text)
    pytester.mkpydir("shop")
    (pytester.path / "shop" / "api.py").write_text(
        "from contextlib import asynccontextmanager\n"
        "from btcdirect_conformance.server.running import compose\n"
        "from btcdirect_conformance.server.store import Store\n"
        "from starlette.applications import Starlette\n"
        "from starlette.routing import Mount\n"
        "@asynccontextmanager\n"
        "async def lifespan(app):\n"
        "    app.router.routes.append(Mount('/', compose(None, Store())))\n"
        "    yield\n"
        "    print('the application has ended')\n"
        "app = Starlette(lifespan=lifespan)\n"
    )


@pytest.mark.usefixtures("documented")
def test_the_documented_way(pytester: pytest.Pytester) -> None:
    """With them, pytest alone judges the application, beside other tests."""
    pytester.makepyfile("def test_one(): pass")
    pytester.makefile(".toml", app=Fixtures().profile("https://app.example"))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--btcdirect-fuzz-requests", "0", "-s")
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "skipped"}
    assert sum(outcomes.values()) == EVERYTHING + 1
    result.stdout.fnmatch_lines(["*the application has ended*"])
    assert result.ret == 0


@pytest.mark.usefixtures("documented")
def test_variable_that_is_not_set(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named in a line, and nothing else of the environment is printed, however much pytest is to show."""
    monkeypatch.setenv("ANOTHER", "canary-k7qx9az2mwtt4")
    monkeypatch.delenv("NOT_SET", raising=False)
    pytester.makefile(".toml", app='base_url = "https://app.example"\n[credentials]\napi_key = "${NOT_SET}"')
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-l", "-vv", "--full-trace")
    printed = result.stdout.str() + result.stderr.str()
    assert "app.toml: credentials.api_key: the environment variable NOT_SET is not set" in printed
    assert "canary" not in printed
    assert result.ret == 2


def test_application_that_does_not_start(pytester: pytest.Pytester) -> None:
    """A startup that fails is said in a line, without secrets, and no case is blamed on it."""
    token = Fixtures().user_token
    app = (
        "async def app(scope, receive, send):\n"
        f"    await send({{'type': 'lifespan.startup.failed', 'message': 'Traceback\\nKeyError: {token}'}})\n"
    )
    pytester.makeconftest(
        f"{APPLICATION % ''}\n{app}\n@pytest.fixture(scope='session')\ndef btcdirect_asgi_app(): return app"
    )
    pytester.makepyfile("from btcdirect_conformance.pytest_cases import test_conformance")
    result = run(pytester)
    assert result.ret == 3
    said = "the application cannot be asked: its startup failed: KeyError: $BTCDIRECT_USER_TOKEN"
    assert said in result.stdout.str() + result.stderr.str()
    assert token not in result.stdout.str() + result.stderr.str()


def test_xml_without_warnings(pytester: pytest.Pytester, server: Running) -> None:
    """Levels are properties in pytest's XML, and nothing is warned of where warnings are errors."""
    pytester.makefile(".toml", target=server.profile)
    result = run(
        pytester, "--btcdirect-target", "target.toml", "-k", "order.foreign", "--junitxml=x.xml", "-W", "error"
    )
    assert result.ret == 0
    assert 'name="btcdirect_level" value="MUST"' in (pytester.path / "x.xml").read_text()


def test_known_deviation(pytester: pytest.Pytester) -> None:
    """A known deviation is an expected failure with its reason."""
    entry = '\n[[expected_deviations]]\ncase = "order.foreign"\nreason = "ticket 12"\nexpires = 9999-12-31\n'
    with running_server(FAULTS["code-ER150-told-as-ER035"]) as server:
        pytester.makefile(".toml", target=server.profile + entry)
        result = run(pytester, "--btcdirect-target", "target.toml", "-k", "order.foreign", "-rx")
    result.assert_outcomes(xfailed=1, deselected=EVERYTHING - 1)
    result.stdout.fnmatch_lines(["*ticket 12*"])


def test_missing_fixture(pytester: pytest.Pytester, server: Running) -> None:
    """A case that the profile cannot show is skipped with the reason."""
    lines = [line for line in server.profile.splitlines() if not line.startswith("foreign")]
    pytester.makefile(".toml", target="\n".join(lines))
    result = run(pytester, "--btcdirect-target", "target.toml", "-k", "order.foreign", "-rs")
    result.stdout.fnmatch_lines(["*the profile has no orders.foreign*"])


NOTHING_TO_JUDGE = pytest.mark.parametrize(
    ("profile", "status", "said"),
    [
        ("[orders]", 2, "base_url is missing"),
        ('base_url = "http://no-such-host.invalid"', 3, "no such host"),
    ],
)


@NOTHING_TO_JUDGE
def test_nothing_to_judge(pytester: pytest.Pytester, profile: str, status: int, said: str) -> None:
    """What ends a run on the command line ends pytest, with the same status and one line."""
    pytester.makefile(".toml", target=profile)
    result = run(pytester, "--btcdirect-target", "target.toml")
    assert result.ret == status
    assert said in result.stdout.str() + result.stderr.str()


def test_no_target(pytester: pytest.Pytester) -> None:
    """Imported without a target or fixtures, the test says what it needs."""
    pytester.makepyfile("from btcdirect_conformance.pytest_cases import test_conformance")
    result = run(pytester)
    assert result.ret == 2
    assert "--btcdirect-target" in result.stdout.str() + result.stderr.str()


def workers(pytester: pytest.Pytester, *words: str) -> pytest.RunResult:
    """Two of them."""
    return run(pytester, "-p", "xdist.plugin", "-n", "2", "--btcdirect-target", "target.toml", *words)


@pytest.mark.parametrize("dist", ["loadgroup", "loadfile", "loadscope"])
def test_workers(pytester: pytest.Pytester, dist: str) -> None:
    """One worker of pytest-xdist runs all cases; what is known at the end is said, and beside other tests."""
    pytester.makepyfile("def test_one(): pass\ndef test_two(): pass")
    with running_server() as server:
        pytester.makefile(".toml", target=server.profile)
        result = workers(pytester, "--dist", dist, "-v")
    assert sum(result.parseoutcomes().values()) == EVERYTHING + 2
    runners = {line.split("]")[0] for line in result.outlines if re.match(r"\[gw\d\].* (PASSED|SKIPPED) btcd", line)}
    assert len(runners) == 1
    result.stdout.fnmatch_lines(["11 of 13 codes observed*", "Conforms: *", "Seed *"])
    assert result.ret == 0


def test_workers_without_a_verdict(pytester: pytest.Pytester, server: Running) -> None:
    """The exit status is that of one process: 2."""
    pytester.makefile(".toml", target=f'base_url = "{server.base_url}"')
    result = workers(pytester, "--dist", "loadgroup")
    assert set(result.parseoutcomes()) == {"passed", "skipped"}
    result.stdout.fnmatch_lines(["No verdict: no success could be asked for, since the profile has no *"])
    assert result.ret == 2


def test_workers_that_find_something(pytester: pytest.Pytester) -> None:
    """A failed case is a failed test."""
    with running_server(FAULTS["code-ER150-told-as-ER035"]) as server:
        pytester.makefile(".toml", target=server.profile)
        result = workers(pytester, "--dist", "loadgroup", "-k", "order.foreign")
    result.stdout.fnmatch_lines(["order.foreign (MUST): *", "Does not conform: *"])
    assert result.ret == 1


@NOTHING_TO_JUDGE
def test_workers_with_nothing_to_judge(pytester: pytest.Pytester, profile: str, status: int, said: str) -> None:
    """What ends pytest ends it with workers, too, with the same status and line."""
    pytester.makefile(".toml", target=profile)
    result = workers(pytester, "--dist", "loadgroup")
    printed = result.stdout.str() + result.stderr.str()
    assert said in printed
    assert "INTERNALERROR" not in printed
    assert "node down" not in printed
    assert result.ret == status


@pytest.mark.parametrize("dist", ["load", "worksteal", "each"])
def test_workers_that_would_share_the_tests_of_a_run(pytester: pytest.Pytester, server: Running, dist: str) -> None:
    """Two runs at once would ask the target twice as hard as its profile allows: nothing is sent."""
    pytester.makefile(".toml", target=server.profile)
    result = workers(pytester, "--dist", dist)
    assert "pytest-xdist needs --dist loadgroup" in result.stdout.str() + result.stderr.str()
    assert result.ret == 2
    assert not result.parseoutcomes().get("passed")


def test_one_worker(pytester: pytest.Pytester, server: Running) -> None:
    """One alone shares with nobody."""
    pytester.makefile(".toml", target=server.profile)
    result = workers(pytester, "-n", "1", "-k", "order.unknown")
    result.assert_outcomes(passed=1)
    assert result.ret == 0
