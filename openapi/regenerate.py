"""Write the generated client from the contract, or tell how the tree differs from what the contract gives.

Run by ``nox -s regenerate`` and ``nox -s check_generated``, which install the pinned generator and formatter.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from openapi_python_client.config import ConfigFile
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

PACKAGE = Path("generated/btcdirect/_wire")
PROVENANCE = Path("generated/provenance.json")
CONTRACT, CATALOGUE = Path("openapi/openapi.yaml"), Path("openapi/errors.yaml")
CATALOGUE_SCHEMA = Path("openapi/errors.schema.json")
CONFIGURATION = Path("openapi/generator.yaml")
INPUTS = (CONTRACT, CATALOGUE, CONFIGURATION)
TOOLS = ("openapi-python-client", "ruff")


class GenerationError(Exception):
    """An input is broken, or the generator refused the contract, warned about it, or wrote nothing."""


class _Configuration(ConfigFile, extra="forbid"):
    """The generator's configuration, which it reads without a word about keys that it does not know."""


def check_inputs(root: Path) -> None:
    """Read everything below ``root`` that is generated from, and compare the codes.

    Raises:
        GenerationError: A file can't be read, the catalogue or the configuration breaks its schema, or the contract
            and the catalogue have different codes. One line.
    """
    contract, catalogue, schema, configuration = (
        _mapping(root, path) for path in (CONTRACT, CATALOGUE, CATALOGUE_SCHEMA, CONFIGURATION)
    )
    for error in Draft202012Validator(schema).iter_errors(catalogue):
        place = error.json_path.removeprefix("$.")
        raise GenerationError(f"{CATALOGUE}, {place}: {error.message} (rows are described in {CATALOGUE_SCHEMA})")
    try:
        _Configuration.model_validate(configuration)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise GenerationError(f"{CONFIGURATION}, {place}: {first['msg']} (by openapi-python-client)") from None
    try:
        enum = set(contract["components"]["schemas"]["ErrorCode"]["enum"])
    except (KeyError, TypeError):
        raise GenerationError(
            f"{CONTRACT} has no list components.schemas.ErrorCode.enum: put the codes there"
        ) from None
    rows = {row["code"] for row in catalogue["errors"]}
    enum_name = f"the enum ErrorCode of {CONTRACT}"
    for lacking, has, codes in ((enum_name, CATALOGUE, rows - enum), (CATALOGUE, enum_name, enum - rows)):
        if codes:
            named = ", ".join(sorted(map(str, codes)))
            raise GenerationError(f"{lacking} lacks {named}, which is in {has}: a code belongs in both, or in neither")


def _mapping(root: Path, path: Path) -> dict[str, Any]:
    """The content of a YAML (or JSON) file, read as the generator reads it."""
    try:
        content = YAML(typ="safe", pure=True).load((root / path).read_text("utf-8"))
    except OSError as error:
        raise GenerationError(f"{path} can't be read: {error.strerror}; git checkout {path} restores it") from None
    except UnicodeDecodeError:
        raise GenerationError(f"{path} is no UTF-8 text; git checkout {path} restores it") from None
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise GenerationError(f"{path} is no YAML: {place}{problem}") from None
    if not isinstance(content, dict):
        raise GenerationError(f"{path} is empty, or no mapping; git checkout {path} restores it")
    return content


def generate(root: Path, into: Path) -> dict[Path, bytes]:
    """Run the generator on the contract below ``root``; the written files by their path from ``root``.

    Raises:
        GenerationError: On a broken input, and on any error or warning of the generator or the formatter.
    """
    check_inputs(root)
    package = into / PACKAGE
    package.parent.mkdir(parents=True)
    tools = Path(sys.executable).parent
    command = [
        str(tools / "openapi-python-client"),
        "generate",
        f"--path={root / CONTRACT}",
        f"--config={root / CONFIGURATION}",
        f"--output-path={package}",
        "--meta=none",
        "--fail-on-warning",
    ]
    # The formatter is called by name: the pinned one stands beside the generator, not wherever PATH leads.
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    output = (run.stdout + run.stderr).strip()
    if run.returncode or "warning" in output.lower():
        # What is wrong is here, until the contrary is shown.
        lines = [line for line in output.splitlines() if not line.startswith("If you believe this was a mistake")]
        complaint = "\n".join(lines).strip()
        raise GenerationError(f"{CONTRACT} could not be generated from; openapi-python-client says:\n{complaint}")
    files = {PACKAGE / file.relative_to(package): file.read_bytes() for file in _files(package)}
    if not files:
        raise GenerationError(f"the generator wrote nothing:\n{output}")
    return files | {PROVENANCE: _provenance(root)}


def differences(expected: dict[Path, bytes], root: Path) -> list[str]:
    """Each file in which the tree below ``root`` differs from ``expected``, in either direction, with how."""
    present = {file.relative_to(root): file for file in _files(root / "generated")}
    found = [f"missing: {path}" for path in expected.keys() - present.keys()]
    found += [f"stale: {path}" for path in present.keys() - expected.keys()]
    found += [
        f"differs: {path}" for path in expected.keys() & present.keys() if present[path].read_bytes() != expected[path]
    ]
    return sorted(found)


def write(expected: dict[Path, bytes], root: Path) -> None:
    """Make the tree below ``root`` equal to ``expected``: stale files go, too."""
    for file in _files(root / "generated"):
        if file.relative_to(root) not in expected:
            file.unlink()
    for path, content in expected.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def _files(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".pyc"]


def _provenance(root: Path) -> bytes:
    # Line ends are not content: a checkout that translates them has the same contract.
    contents = {path.as_posix(): (root / path).read_bytes().replace(b"\r\n", b"\n") for path in INPUTS}
    record = {
        "generated, never edited; written by": "nox -s regenerate",
        "sha256": {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()},
        "tools": {name: version(name) for name in TOOLS},
    }
    return (json.dumps(record, indent=2) + "\n").encode()


def main(arguments: list[str] | None = None) -> int:
    """Regenerate (exit status 0), or with ``--check`` name what differs (1); 2 when nothing could be generated."""
    parser = argparse.ArgumentParser(description="Write generated/ from the contract.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; name the files that differ and exit with 1"
    )
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1], help="the project's root")
    options = parser.parse_args(arguments)
    root: Path = options.root.resolve()
    with tempfile.TemporaryDirectory() as into:
        try:
            expected = generate(root, Path(into))
        except GenerationError as error:
            print(error, file=sys.stderr)
            return 2
    found = differences(expected, root)
    if not options.check:
        write(expected, root)
    for line in found:
        print(line)
    if options.check and found:
        print("generated/ is not what the contract gives: run `nox -s regenerate` and commit.", file=sys.stderr)
        return 1
    print(f"{len(expected)} files, {len(found)} {'changed' if not options.check else 'different'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
