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


def test_the_architecture_names_every_module_once() -> None:
    """The page's two tables have just the modules that the contracts of import-linter give a layer."""
    tables = re.findall(r"\| layer \|.*?\n\n", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.DOTALL)
    contracts = [contract for contract in PROJECT["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"]
    assert len(tables) == len(contracts) == 2
    for table, contract in zip(tables, contracts, strict=True):
        columns = [line.split("|")[2] for line in table.splitlines()[2:] if line]
        named = [name for column in columns for name in re.findall(r"`(\w+)`", column)]
        layered = [name for layer in contract["layers"] for name in layer.split(" | ")]
        beside = {"verdict", "contract"}  # named once more, as what is known of them
        assert sorted(set(named)) == sorted(layered)
        assert {name for name in named if named.count(name) > 1} <= beside
