"""Wheel, sdist, editable install and vendored copy all work, each in a clean environment. Run by `nox -s build`."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = Path(__file__).with_name("probe.py")


def run(*command: str | Path, cwd: Path, status: int = 0) -> str:
    """Run a command outside the checkout; its output."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=cwd, env=environment
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def clean_environment(folder: Path, *requirements: str | Path) -> Path:
    """The interpreter of a new virtual environment with these requirements alone."""
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "-c", ROOT / "constraints.txt", *requirements, cwd=folder)
    return python


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git tracks, so that nothing else of this folder gets into a build."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture(scope="session")
def distributions(checkout: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel that was built from it."""
    run(sys.executable, "-m", "build", "--outdir", checkout / "dist", cwd=checkout)
    (sdist,) = (checkout / "dist").glob("*.tar.gz")
    (wheel,) = (checkout / "dist").glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="session")
def direct_wheel(checkout: Path) -> Path:
    """The wheel that is built straight from the checkout."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", checkout / "direct", cwd=checkout)
    (wheel,) = (checkout / "direct").glob("*.whl")
    return wheel


def names(wheel: Path) -> set[str]:
    """The files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_of_the_sdist_is_the_wheel_of_the_checkout(distributions, direct_wheel):
    """Both ways give the same files."""
    assert names(distributions[1]) == names(direct_wheel)


def test_the_wheel_carries_the_contract_and_nothing_of_the_tests(direct_wheel):
    """The suite finds its contract, the client its licence and type marker, and no test, spec tool or data is added."""
    files = names(direct_wheel)
    assert {
        "btcdirect/LICENSE",
        "btcdirect/py.typed",
        "btcdirect/_wire/__init__.py",
        "btcdirect_conformance/openapi/openapi.yaml",
        "btcdirect_conformance/openapi/errors.yaml",
        "btcdirect_conformance/py.typed",
    } <= files
    tops = {name.split("/")[0] for name in files}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"btcdirect", "btcdirect_conformance"}
    assert not [name for name in files if "/test_" in name or "conftest" in name or "__pycache__" in name]
    assert not [
        name for name in files if name.startswith("btcdirect/") and not name.endswith((".py", "py.typed", "LICENSE"))
    ]


def test_the_sdist_can_run_the_tests(distributions):
    """Contract, tests and session file are in the sdist."""
    with tarfile.open(distributions[0]) as archive:
        files = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {
        "openapi/openapi.yaml",
        "openapi/endpoint-page.txt",
        "tests/README.md",
        "noxfile.py",
        "constraints.txt",
    } <= files


def test_the_client_alone_brings_httpx_and_attrs(distributions, tmp_path):
    """The wheel of the sdist, in a clean environment, works and installs nothing that the suite needs."""
    python = clean_environment(tmp_path, distributions[1])
    assert "works" in run(python, PROBE, "btcdirect", cwd=tmp_path)
    installed = set(run(python, "-m", "pip", "list", "--format=freeze", cwd=tmp_path).split())
    assert {line.split("==")[0] for line in installed} <= {
        *("btcdirect-client", "httpx", "attrs", "pip", "setuptools"),
        *("anyio", "certifi", "h11", "httpcore", "idna", "typing_extensions", "sniffio"),
    }
    assert run(
        python, "-c", "import btcdirect, sys; print('pytest' in sys.modules, 'yaml' in sys.modules)", cwd=tmp_path
    ) == ("False False\n")


def test_an_editable_install_works(checkout, tmp_path):
    """The three source roots make two packages."""
    python = clean_environment(tmp_path, "-e", checkout)
    assert "works" in run(python, PROBE, "btcdirect", cwd=tmp_path)


def test_a_vendored_copy_works_from_any_import_path(direct_wheel, tmp_path):
    """`btcdirect/` of the wheel, byte for byte, below another package; two copies do not meet."""
    python = clean_environment(tmp_path, "httpx", "attrs")
    with zipfile.ZipFile(direct_wheel) as archive:
        archive.extractall(tmp_path / "wheel")  # noqa: S202
    for parent in ("other", "another"):
        shutil.copytree(tmp_path / "wheel/btcdirect", tmp_path / parent / "_vendor/btcdirect")
        for package in (parent, f"{parent}/_vendor"):
            (tmp_path / package / "__init__.py").write_text("")
    shutil.copy(PROBE, tmp_path / "probe.py")
    assert "works" in run(python, "probe.py", "other._vendor.btcdirect", "another._vendor.btcdirect", cwd=tmp_path)


def test_the_suite_runs_from_the_wheel(direct_wheel, tmp_path):
    """With its extra, the installed suite judges the reference server outside the checkout; it conforms."""
    python = clean_environment(tmp_path, f"{direct_wheel}[conformance]")
    command = python.with_name("btcdirect-conformance")
    run(command, "run", "--report", "report", cwd=tmp_path)
    assert {file.name for file in (tmp_path / "report").iterdir()} >= {"report.json", "junit.xml", "report.html"}


def test_the_suite_without_its_extra_says_what_to_install(direct_wheel, tmp_path):
    """Somebody who installed the client alone and calls the suite gets one line, not a traceback."""
    python = clean_environment(tmp_path, direct_wheel)
    command = [str(python.with_name("btcdirect-conformance")), "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "btcdirect-client[conformance]" in done.stderr
    assert "Traceback" not in done.stderr
