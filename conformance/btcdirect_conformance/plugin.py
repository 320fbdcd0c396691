"""The second door, for people who own a server: one pytest test a case.

Load it by name; installing the suite registers nothing::

    pytest -p btcdirect_conformance.plugin --btcdirect-target staging.toml

An application can be judged without a socket: docs/pytest.md shows how.
"""

import asyncio
import os
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
from attrs import asdict, evolve, frozen

from . import profile as profiles
from . import pytest_cases
from .profile import Profile, ProfileError
from .redaction.redactor import Redactor
from .report.summary import caveats, coverage, verdict
from .run.options import FUZZ_REQUESTS, Options, everything
from .run.runner import run_suite
from .transport.asgi import AsgiTransport
from .transport.lifespan import ASGIApp, NotStarted
from .transport.sockets import Unreachable
from .usage import UNREACHABLE, UNUSABLE, count, seed
from .verdict import Level, RunRecord


@frozen
class _End:
    """What a run leaves to the session's end. Of plain types, which pytest-xdist carries from a worker."""

    lines: tuple[str, ...]
    status: int
    """Without a verdict; 0 leaves it to pytest."""
    at_once: bool = False
    """It ends the session, before its tests."""


_END = pytest.StashKey[_End]()
_CARRIED = "btcdirect_conformance"
_SHARING = ("load", "worksteal", "each")
"""The ways of pytest-xdist's ``--dist`` by which several workers have tests of one file."""
_CASES = everything()
_LEVELS = {case.id: case.level for case in _CASES}
_MARKS = {level: f"btcdirect_{level.lower()}" for level in Level}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The suite's own options."""
    add = parser.getgroup("btcdirect", "conformance to the BTC Direct API").addoption
    add("--btcdirect-target", type=Path, metavar="FILE", help="the target's profile; collects one test a case")
    add("--btcdirect-strict", action="store_true", help="a deviation from a SHOULD fails its test")
    add("--btcdirect-seed", type=seed, metavar="N", help="repeat the fuzzed requests of a run")
    add("--btcdirect-fuzz-requests", type=count, default=FUZZ_REQUESTS, metavar="N", help="0 for none")
    add("--btcdirect-allow-unsafe-methods", action="store_true", help="send POST, PUT, PATCH and DELETE, too")


def pytest_configure(config: pytest.Config) -> None:
    """Registers a mark for each level, so that ``-m btcdirect_must`` selects."""
    # One worker of pytest-xdist does the run that all tests look at.
    config.addinivalue_line("markers", "xdist_group(name): tests of one group go to one worker")
    for level, mark in _MARKS.items():
        config.addinivalue_line("markers", f"{mark}: a conformance case of level {level}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case."""
    if "btcdirect_case" in metafunc.fixturenames:
        cases = [
            pytest.param(
                case_id, id=case_id, marks=[getattr(pytest.mark, _MARKS[level]), pytest.mark.xdist_group("btcdirect")]
            )
            for case_id, level in _LEVELS.items()
        ]
        metafunc.parametrize("btcdirect_case", cases)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for groups
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Adds the cases to what was collected, if a target is given and no test file has imported them."""
    if config.getoption("btcdirect_target") and not any(
        "btcdirect_case" in getattr(item, "fixturenames", ()) for item in items
    ):
        file = Path(pytest_cases.__file__)
        module: _Cases = _Cases.from_parent(session, path=file, nodeid="btcdirect_conformance")  # pyright: ignore[reportUnknownMemberType]
        items.extend(item for item in module.collect() if isinstance(item, pytest.Item))


class _Cases(pytest.Module):
    """The module with the test, collected like a file of the user's."""

    def _getobj(self) -> ModuleType:
        return pytest_cases


@pytest.fixture(scope="session")
def btcdirect_profile(pytestconfig: pytest.Config) -> Profile:
    """The profile that ``--btcdirect-target`` names. Override it to make one in code."""
    file: Path | None = pytestconfig.getoption("btcdirect_target")
    if file is None:
        _stop(pytestconfig, "--btcdirect-target FILE, or a fixture btcdirect_profile, says what to test", UNUSABLE)
    try:
        return profiles.load(file, os.environ)
    except ProfileError as error:
        _stop(pytestconfig, str(error), UNUSABLE)


@pytest.fixture(scope="session")
def btcdirect_asgi_app() -> ASGIApp | None:
    """The application to judge. Override it; ``None`` sends to the profile's ``base_url``."""
    return None


@pytest.fixture(scope="session")
def btcdirect_record(
    request: pytest.FixtureRequest, btcdirect_profile: Profile, btcdirect_asgi_app: ASGIApp | None
) -> RunRecord:
    """The run that all tests look at, with the cases that were selected."""
    config = request.config
    if getattr(config, "workerinput", {}).get(_CARRIED):
        _stop(config, "pytest-xdist needs --dist loadgroup here: each worker would do the run, all at once", UNUSABLE)
    chosen = tuple(
        str(item.callspec.params["btcdirect_case"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and "btcdirect_case" in item.fixturenames
    )
    options = Options(
        strict=bool(config.getoption("btcdirect_strict")),
        seed=config.getoption("btcdirect_seed"),
        unsafe_methods=bool(config.getoption("btcdirect_allow_unsafe_methods")),
        fuzz_requests=int(config.getoption("btcdirect_fuzz_requests") or 0),
        exactly=frozenset(chosen),
        target="ASGI application" if btcdirect_asgi_app else None,
    )
    profile = btcdirect_profile
    if btcdirect_asgi_app:  # a call needs no pace
        profile = evolve(profile, limits=evolve(profile.limits, requests_per_second=None))
    try:
        record = asyncio.run(_judged(profile, options, btcdirect_asgi_app))
    except ProfileError as error:
        _stop(config, str(error), UNUSABLE)
    except Unreachable as error:
        _stop(config, str(error), UNREACHABLE)
    except NotStarted as error:
        said = Redactor.of(profile.secrets).sentence(str(error))
        _stop(config, f"the application cannot be asked: {said}", UNREACHABLE)
    again = f"Seed {record.seed}, {record.requests} requests."
    lines = coverage(record), *caveats(record), str(verdict(record)), again
    config.stash[_END] = _End(lines, UNUSABLE if record.undecided else 0)
    return record


def _stop(config: pytest.Config, problem: str, status: int) -> NoReturn:
    config.stash[_END] = _End((problem,), status, at_once=True)
    pytest.exit(problem, status)


async def _judged(profile: Profile, options: Options, app: ASGIApp | None) -> RunRecord:
    if app is None:
        return await run_suite(profile, options)
    async with AsgiTransport(app, profile.limits.timeout_seconds) as transport:
        return await run_suite(profile, options, transport=transport)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Passed tests that are no ground for a verdict do not pass for one."""
    end = session.config.stash.get(_END, None)
    if end is None:
        return
    carrier: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if carrier is not None:
        carrier[_CARRIED] = asdict(end)
    elif exitstatus == pytest.ExitCode.OK and end.status:
        session.exitstatus = end.status


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a worker of pytest-xdist whether it shares the tests with others."""
    shared = node.config.getoption("dist") in _SHARING and node.workerinput["workercount"] > 1
    node.workerinput[_CARRIED] = shared


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker of pytest-xdist leaves to be said.

    Raises:
        Exit: The worker has ended the session.
    """
    if carried := getattr(node, "workeroutput", {}).get(_CARRIED):
        end = node.config.stash[_END] = _End(**carried)
        if end.at_once:
            pytest.exit("\n".join(end.lines), end.status)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says which codes were seen, and what has to be known beside the verdicts."""
    end = config.stash.get(_END, None)
    if end is not None and not end.at_once:
        terminalreporter.section("BTC Direct conformance")
        for line in end.lines:
            terminalreporter.line(line)
