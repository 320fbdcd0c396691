"""Every example of the guide and the README runs, and prints what the page says that it prints."""

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from attrs import field, frozen
from tests.client.virtual_time import simulate

from btcdirect import AsyncClient, Client, _cli, errors
from btcdirect.testing import FakeApi

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "guide.md", ROOT / "docs" / "testing.md"]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\w+\.py)\n")


@frozen
class Example:
    """A block of code on a page, and what the page says that it prints."""

    page: Path
    line: int
    language: str
    code: str = field(repr=False)
    output: str | None = field(repr=False)

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def examples(page: Path) -> Iterator[Example]:
    """The blocks of a page; a text block right after one is its output."""
    text = page.read_text("utf-8")
    fences = list(FENCE.finditer(text))
    for fence, following in zip(fences, [*fences[1:], None], strict=True):
        adjacent = following is not None and text[fence.end() : following.start()].strip() == ""
        output = following[2] if following is not None and adjacent and following[1] == "text" else None
        yield Example(page, text.count("\n", 0, fence.start()) + 1, fence[1], fence[2], output)


ALL = [example for page in PAGES for example in examples(page)]
FILES = [example for example in ALL if FILE.match(example.code)]
PROGRAMS = [example for example in ALL if example.language == "python" and example not in FILES]
SESSIONS = [example for example in ALL if example.language == "console"]


@pytest.fixture(autouse=True)
def api(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """The fake in place of every connection, with the credentials and orders of the pages; waiting takes no time."""
    api = FakeApi(
        api_key="your-api-key",
        client_token="your-client-token",
        user_token="the-customers-user-token",
        username="your-username",
        password="your-password",
    )
    api.add_order("480213", "pending", "pending", "approved")
    api.add_order("480377", "missing", "approved", user_token="another-customers-token")
    api.add_user("a-third-ones-token")

    async def no_wait(_: float) -> None: ...

    async def handle(_: object, request: httpx.Request) -> httpx.Response:
        return api.handle_request(request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, request: api.handle_request(request))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    monkeypatch.setitem(Client.__init__.__kwdefaults__, "sleep", lambda _: None)
    monkeypatch.setitem(AsyncClient.__init__.__kwdefaults__, "sleep", no_wait)
    monkeypatch.setattr(asyncio, "run", simulate)
    monkeypatch.setenv("BTCDIRECT_API_KEY", api.api_key)
    monkeypatch.setenv("BTCDIRECT_USER_TOKEN", api.user_token)
    return api


@pytest.fixture
def vendored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of somebody else's that holds a copy of the released one."""
    copy = tmp_path / "yourpackage" / "_vendor" / "btcdirect"
    for source in ("overlays", "generated"):
        shutil.copytree(
            ROOT / source / "btcdirect", copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "yourpackage"]:
        del sys.modules[name]


def test_the_pages_have_examples() -> None:
    """The finding of examples can't fail in silence."""
    assert (len(PROGRAMS) >= 8, len(FILES), len(SESSIONS)) == (True, 2, 1)
    assert {example.page.name for example in PROGRAMS} == {"README.md", "guide.md"}
    assert sum(example.output is not None for example in PROGRAMS) >= 8


@pytest.mark.usefixtures("vendored")
@pytest.mark.parametrize("example", PROGRAMS, ids=str)
def test_a_program_runs_and_prints_what_the_page_says(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    """Each block is a program of its own."""
    # Its lines are numbered as on the page, for the traceback.
    code = compile("\n" * example.line + example.code, str(example.page), "exec")
    exec(code, {"__name__": "__main__"})  # noqa: S102 - our own pages
    printed = capsys.readouterr().out
    if example.output is not None:
        assert printed == example.output


@pytest.mark.parametrize("example", [e for e in PROGRAMS if "access_token" in e.code], ids=str)
def test_no_example_scans_for_a_settled_check(
    example: Example, api: FakeApi, capsys: pytest.CaptureFixture[str]
) -> None:
    """The documents leave open whether such a check still has a token, and the fake's has one."""
    api.add_order("480213", "approved")
    exec(example.code, {"__name__": "__main__"})  # noqa: S102 - our own pages
    printed = capsys.readouterr().out
    assert "approved" in printed
    assert "token" not in printed.lower()
    assert "scanner" not in printed


def test_the_guides_table_is_that_of_the_classes() -> None:
    """Each code with its class and its group, and no other."""
    guide = (ROOT / "docs" / "guide.md").read_text("utf-8")
    rows = re.findall(r"^\| (ER\d+)[^|]*\| `(\w+)` \| `(\w+)` \|$", guide, re.MULTILINE)
    expected = {(code, cls.__name__, cls.__mro__[1].__name__) for code, cls in errors.CLASS_BY_CODE.items()}
    assert set(rows) == expected, "docs/guide.md, section 5, differs from overlays/btcdirect/errors.py"
    assert len(rows) == len(expected)


@pytest.mark.parametrize("example", SESSIONS, ids=str)
def test_a_session_prints_what_the_page_says(example: Example, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line behind a prompt is a command line of btcdirect."""
    for step in re.split(r"^\$ ", example.code, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        program, *arguments = shlex.split(command)
        assert (program, _cli.main(arguments)) == ("btcdirect", 0)
        assert capsys.readouterr().out == output


def test_the_partners_tests_pass(tmp_path: Path) -> None:
    """The blocks that name a file are a project with tests that pass."""
    for example in FILES:
        name = FILE.match(example.code)
        assert name is not None
        (tmp_path / name[1]).write_text(example.code, "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout
    assert re.search(r"^\d+ passed in", process.stdout, re.MULTILINE), process.stdout
