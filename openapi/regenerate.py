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

PACKAGE = Path("generated/btcdirect/_wire")
PROVENANCE = Path("generated/provenance.json")
INPUTS = (Path("openapi/openapi.yaml"), Path("openapi/errors.yaml"), Path("openapi/generator.yaml"))
TOOLS = ("openapi-python-client", "ruff")


class GenerationError(Exception):
    """The generator refused the contract, warned about it, or wrote nothing."""


def generate(root: Path, into: Path) -> dict[Path, bytes]:
    """Run the generator on the contract below ``root``; the written files by their path from ``root``.

    Raises:
        GenerationError: On any error or warning of the generator or the formatter.
    """
    package = into / PACKAGE
    package.parent.mkdir(parents=True)
    tools = Path(sys.executable).parent
    command = [
        str(tools / "openapi-python-client"),
        "generate",
        f"--path={root / 'openapi/openapi.yaml'}",
        f"--config={root / 'openapi/generator.yaml'}",
        f"--output-path={package}",
        "--meta=none",
        "--fail-on-warning",
    ]
    # The formatter is called by name: the pinned one stands beside the generator, not wherever PATH leads.
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    output = (run.stdout + run.stderr).strip()
    if run.returncode or "warning" in output.lower():
        raise GenerationError(output)
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
            print(f"The contract could not be generated from:\n{error}", file=sys.stderr)
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
