"""The list of faults: complete, well named, and each with a case of the suite that has to catch it."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import btcdirect_conformance.server
from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.server.faults import ALL_FAULTS, FAULTS
from btcdirect_conformance.server.variants import VARIANTS
from btcdirect_conformance.verdict import Level

PACKAGE = Path(btcdirect_conformance.server.__path__[0])


def test_names_are_unique() -> None:
    """No fault hides another of the same name, and no variant shares one."""
    assert [name for name, times in Counter(fault.name for fault in ALL_FAULTS).items() if times > 1] == []
    assert FAULTS.keys() & VARIANTS.keys() == set()


def test_each_is_caught_by_a_case_that_judges() -> None:
    """The case that a fault names exists, and can fail a run."""
    judging = {case.id for case in all_cases() if case.level is not Level.INFO}
    assert {fault.name: fault.caught_by for fault in ALL_FAULTS if fault.caught_by not in judging} == {}


def test_each_has_a_slug_and_a_sentence() -> None:
    """A name can be typed, and a sentence reads as one."""
    servers = (*FAULTS.values(), *VARIANTS.values())
    slug = re.compile(r"[a-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*")
    assert [server.name for server in servers if not slug.fullmatch(server.name)] == []
    assert [server.name for server in servers if not re.fullmatch(r"\S.*[^.]\.", server.sentence)] == []


def test_every_category_is_covered() -> None:
    """At least eighty faults, some of every kind."""
    categories = Counter(fault.category for fault in ALL_FAULTS)
    assert sum(categories.values()) >= 80
    assert set(categories) == {
        "codes", "combinations", "crashes", "credentials", "envelope", "framing", "grants", "ids", "leaks", "media",
        "methods", "orders", "pool", "secrets", "status", "success", "texts",
    }  # fmt: skip
    assert min(categories.values()) >= 5


def test_every_code_that_a_run_can_provoke_is_told_wrongly_somewhere() -> None:
    """Each code has a fault that tells another one, another message and another solution."""
    provoked = load_contract().catalogue.keys() - {"ER806", "ER999"}
    told = {name.split("-")[1] for name in FAULTS if re.match(r"code-ER\d+-told-as-ER999", name)}
    assert told == provoked, f"CASES in server/faults/codes.py lacks {sorted(provoked - told)}"
    for field in ("message", "solution"):
        assert provoked == {name.split("-")[1] for name in FAULTS if re.match(rf"text-ER\d+-{field}", name)}


def imported(file: Path) -> set[str]:
    """The modules of the suite that a file imports, by their absolute names."""
    package = ("btcdirect_conformance", "server", *file.relative_to(PACKAGE).parts[:-1])
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            names.add(".".join([*above, *([node.module] if node.module else [])]))
    return {name for name in names if name.startswith("btcdirect_conformance")}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_servers_share_the_contract_alone_with_the_suite(file: Path) -> None:
    """A mistake of the oracle can't hide behind the same mistake in a server: they have no code in common."""
    shared = {name for name in imported(file) if not name.startswith("btcdirect_conformance.server")}
    assert shared <= {"btcdirect_conformance.contract"}


def test_the_suite_does_not_import_the_servers() -> None:
    """Only what starts a server knows of one."""
    suite = PACKAGE.parent
    names_a_server = re.compile(r"^\s*(from|import) \S*\bserver\b", re.MULTILINE)
    knowing = {
        str(file.relative_to(suite))
        for file in suite.rglob("*.py")
        if PACKAGE not in file.parents and names_a_server.search(file.read_text("utf-8"))
    }
    assert knowing == {"cli/run.py", "cli/servers.py", "mutants.py"}
