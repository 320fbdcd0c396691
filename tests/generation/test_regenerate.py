"""`generated/` is what the contract gives, and every difference is named."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL = "generated/btcdirect/_wire/models/identification_status.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the contract and of what was generated from it."""
    for part in ("openapi", "generated"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def regenerate(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the tree's own script on the tree."""
    command = [sys.executable, str(root / "openapi/regenerate.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)


def change(file: Path, old: str, new: str) -> None:
    """Replace the first occurrence of a text that must be there."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_the_committed_tree_is_what_the_contract_gives(tree):
    """A check of an unchanged tree passes and writes nothing."""
    check = regenerate(tree, "--check")
    assert check.returncode == 0, check.stdout + check.stderr


def test_a_changed_generated_file_is_named(tree):
    """One character in a generated file fails the check, and regenerating mends it."""
    change(tree / MODEL, "Name of", "Name  of")
    check = regenerate(tree, "--check")
    assert (check.returncode, check.stdout) == (1, f"differs: {MODEL}\n")
    assert regenerate(tree).returncode == 0
    assert regenerate(tree, "--check").returncode == 0


def test_a_stale_file_is_named_and_removed(tree):
    """A file that the generator does not write fails the check, tracked or not, and regenerating removes it."""
    stale = tree / "generated/btcdirect/_wire/models/forgotten.py"
    stale.write_text("")
    check = regenerate(tree, "--check")
    assert (check.returncode, check.stdout) == (1, "stale: generated/btcdirect/_wire/models/forgotten.py\n")
    assert regenerate(tree).returncode == 0
    assert not stale.exists()


def test_a_missing_file_is_named(tree):
    """A generated file that is gone fails the check."""
    (tree / MODEL).unlink()
    check = regenerate(tree, "--check")
    assert (check.returncode, check.stdout) == (1, f"missing: {MODEL}\n")


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("openapi.yaml", "Name of the identification status", "Name of the identification status.", MODEL),
        ("openapi.yaml", "One endpoint, to the letter", "One endpoint, to a letter", "generated/provenance.json"),
        ("errors.yaml", "Supply a valid order id.", "Supply a valid order id!", "generated/provenance.json"),
        ("generator.yaml", "--line-length=120", "--line-length=110", "generated/provenance.json"),
    ],
)
def test_one_character_of_an_input_fails_the_check(tree, file, old, new, named):
    """The contract, the catalogue and the configuration are all part of what is checked."""
    change(tree / "openapi" / file, old, new)
    check = regenerate(tree, "--check")
    assert check.returncode == 1
    assert f"differs: {named}\n" in check.stdout


def test_a_warning_of_the_generator_is_an_error(tree):
    """A reference that cannot be followed would drop a schema in silence; nothing is written and the text is shown."""
    change(tree / "openapi/openapi.yaml", "'#/components/schemas/IdentificationStatus'", "'#/components/schemas/Gone'")
    before = (tree / MODEL).read_bytes()
    run = regenerate(tree)
    assert run.returncode == 2
    assert "Gone" in run.stderr
    assert "Traceback" not in run.stderr
    assert (tree / MODEL).read_bytes() == before


BROKEN_INPUTS: dict[str, tuple[str, Callable[[bytes], bytes | None], str]] = {
    "contract missing": ("openapi.yaml", lambda _: None, "openapi/openapi.yaml can't be read: No such file"),
    "contract empty": ("openapi.yaml", lambda _: b"", "openapi/openapi.yaml is empty, or no mapping"),
    "contract binary": ("openapi.yaml", lambda _: bytes(range(256)), "openapi/openapi.yaml is no UTF-8 text"),
    "contract no YAML": ("openapi.yaml", lambda old: old + b"\na: [", "openapi/openapi.yaml is no YAML: line 326"),
    "contract without codes": (
        "openapi.yaml",
        lambda old: old.replace(b"    ErrorCode:", b"    ErrorCodes:"),
        "openapi/openapi.yaml has no list components.schemas.ErrorCode.enum",
    ),
    "catalogue missing": ("errors.yaml", lambda _: None, "openapi/errors.yaml can't be read: No such file"),
    "catalogue a list": ("errors.yaml", lambda _: b"- a", "openapi/errors.yaml is empty, or no mapping"),
    "catalogue no YAML": ("errors.yaml", lambda old: b"a: b: c\n" + old, "openapi/errors.yaml is no YAML: line 1"),
    "control characters": ("errors.yaml", lambda _: b"a: \x01", "openapi/errors.yaml is no YAML: unacceptable"),
    "no such day": ("errors.yaml", lambda _: b"a: 2026-13-45", "openapi/errors.yaml is no YAML: month must be"),
    "catalogue against its schema": (
        "errors.yaml",
        lambda old: old.replace(b"source: endpoint-page}", b"source: hearsay}", 1),
        "openapi/errors.yaml, errors[0].message.source: 'hearsay' is not one of",
    ),
    "code in the catalogue alone": (
        "openapi.yaml",
        lambda old: old.replace(b"[ER033, ER034,", b"[ER033,"),
        "the enum ErrorCode of openapi/openapi.yaml lacks ER034, which is in openapi/errors.yaml",
    ),
    "code in the enum alone": (
        "openapi.yaml",
        lambda old: old.replace(b"[ER033,", b"[ER032, ER033,"),
        "openapi/errors.yaml lacks ER032, which is in the enum ErrorCode of openapi/openapi.yaml",
    ),
    "configuration missing": ("generator.yaml", lambda _: None, "openapi/generator.yaml can't be read: No such file"),
    "configuration unknown": (
        "generator.yaml",
        lambda old: old.replace(b"post_hooks:", b"post_hook:"),
        "openapi/generator.yaml, post_hook: Extra inputs are not permitted",
    ),
    "configuration of a wrong type": (
        "generator.yaml",
        lambda old: old.replace(b"literal_enums: true", b"literal_enums: [1]"),
        "openapi/generator.yaml, literal_enums: Input should be a valid boolean",
    ),
    "schema no JSON": ("errors.schema.json", lambda _: b"{", "openapi/errors.schema.json is no YAML"),
}


@pytest.mark.parametrize("case", BROKEN_INPUTS)
def test_a_broken_input_is_named_in_one_line_and_nothing_is_written(tree, case):
    """Which file, where in it, and what is wrong; the generator is not asked."""
    name, damage, complaint = BROKEN_INPUTS[case]
    file = tree / "openapi" / name
    content = damage(file.read_bytes())
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    (tree / MODEL).unlink()
    for arguments in ([], ["--check"]):
        run = regenerate(tree, *arguments)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(complaint)
        assert run.stderr.count("\n") == 1
    assert not (tree / MODEL).exists()


def test_a_mistake_in_the_contract_is_not_blamed_on_the_generator(tree):
    """Its own complaint is shown, without its invitation to open an issue there."""
    change(tree / "openapi/openapi.yaml", "type: object", "type: objet")
    run = regenerate(tree)
    assert run.returncode == 2
    assert "openapi/openapi.yaml" in run.stderr
    assert "Input should be 'string'" in run.stderr
    assert "open an issue" not in run.stderr


def test_the_formatter_on_path_does_not_matter(tree, tmp_path, monkeypatch):
    """The pinned formatter writes the bytes, whatever else is called ruff."""
    other = tmp_path / "bin/ruff"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 0\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(other.parent), prepend=":")
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    assert regenerate(tree, "--check").returncode == 0


def test_the_provenance_names_the_pinned_tools():
    """The versions in the provenance file are the ones that the project pins."""
    recorded = json.loads((ROOT / "generated/provenance.json").read_text("utf-8"))["tools"]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    for name, version in recorded.items():
        assert f'"{name}=={version}"' in project
