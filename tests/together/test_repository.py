"""What the repository says of itself is true: facts that stand twice agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import btcdirect
from btcdirect import Environment

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
COMMANDS = re.findall(r'^(pip install "nox\[uv\]" && nox.*?)(?:\s+#.*)?$', README, re.MULTILINE)


def test_the_readme_has_two_commands() -> None:
    """One for the main job and one for the tests, and no other that starts from nothing."""
    assert COMMANDS == ['pip install "nox[uv]" && nox -s conformance', 'pip install "nox[uv]" && nox']


def test_ci_runs_the_readmes_test_command() -> None:
    """`.ci/run` calls it to the letter, and the workflow calls `.ci/run`."""
    assert COMMANDS[1] in (ROOT / ".ci/run").read_text("utf-8").splitlines()
    steps = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]["all"]["steps"]
    assert steps[-1]["run"] == ".ci/run"


def test_every_supported_python_is_tested() -> None:
    """The workflow's matrix is the classifiers' list, and its lowest is the requirement."""
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))["jobs"]["all"]
    listed = [line.rpartition(" ")[2] for line in PROJECT["project"]["classifiers"] if ":: Python :: 3." in line]
    assert job["strategy"]["matrix"]["python"] == listed
    assert PROJECT["project"]["requires-python"] == f">={listed[0]}"


def test_the_version_stands_in_two_places() -> None:
    """The package's literal is the distribution's."""
    assert btcdirect.__version__ == PROJECT["project"]["version"]


def test_the_clients_environments_are_the_contracts_servers() -> None:
    """In the same order."""
    servers = yaml.safe_load((ROOT / "openapi/openapi.yaml").read_text("utf-8"))["servers"]
    assert [environment.value for environment in Environment] == [server["url"] for server in servers]


def test_the_client_depends_on_httpx_and_attrs_alone() -> None:
    """Whatever else is needed is an extra."""
    assert {re.split(r"[<>=\[]", line)[0] for line in PROJECT["project"]["dependencies"]} == {"httpx", "attrs"}


@pytest.mark.parametrize(
    "page", [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "tests/README.md"]
)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    """A file that is linked or shown is there."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def rows(first_column: str) -> list[list[str]]:
    """The rows of ARCHITECTURE's table that starts so: for each cell the names in it."""
    table = re.search(rf"\| {first_column} \|.*?\n\n", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.DOTALL)
    assert table
    lines = [line.split("|") for line in table[0].splitlines()[2:] if line]
    return [list(re.findall(r"`(\w+/?)`", cell)) for line in lines for cell in line[1:3]]


def test_the_architecture_names_every_module_once() -> None:
    """The page's tables have just the modules and rooms that the contracts of import-linter give a layer."""
    contracts = [contract for contract in PROJECT["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"]
    layered = {c["containers"][0]: sorted(" | ".join(c["layers"]).split(" | ")) for c in contracts}
    named = {"btcdirect": sorted(name for cell in rows("layer")[1::2] for name in cell), "btcdirect_conformance": []}
    cells = rows("room")
    for rooms, modules in zip(cells[::2], cells[1::2], strict=True):
        if rooms and modules:
            named[f"btcdirect_conformance.{rooms[0].rstrip('/')}"] = sorted(modules)
        named["btcdirect_conformance"] += [room.rstrip("/") for room in rooms] or modules
    named["btcdirect_conformance"].sort()
    assert named == layered
