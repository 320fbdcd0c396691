"""The development loop. `nox -l` lists it; `nox` runs what CI runs."""

import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["conformance", "lint", "typing", "check_generated", "build", "tests"]
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
REDOCLY = "@redocly/cli@2.77.0"


def pythons() -> list[str]:
    """The supported Pythons that run here; a version manager's shim of one that is not chosen does not."""
    supported = nox.project.python_versions(PROJECT)

    def runs(version: str) -> bool:
        command = shutil.which(f"python{version}")
        if command is None:
            return False
        return subprocess.run([command, "-c", ""], capture_output=True, check=False).returncode == 0

    return [version for version in supported if version == OWN_PYTHON or runs(version)]


def install(session: nox.Session, *what: str, groups: tuple[str, ...] = ()) -> None:
    """Install within the locked versions."""
    session.install("-c", "constraints.txt", *what, *nox.project.dependency_groups(PROJECT, *groups))


@nox.session
def conformance(session: nox.Session) -> None:
    """The main job: judge the reference server, or with `-- --target staging.toml` any other."""
    install(session, ".[conformance]")
    session.run("btcdirect-conformance", "run", *session.posargs)


@nox.session(python=pythons())
def tests(session: nox.Session) -> None:
    """Run the tests on the built wheel, on every supported Python that is here."""
    install(session, ".[conformance,cli,aiohttp,http2]", groups=("generator", "test"))
    # The ignored folders have sessions of their own: build and typing.
    session.run("pytest", "--ignore=tests/packaging", "--ignore=tests/typing", "--numprocesses=2", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style (ruff), layers (import-linter) and the contract (a validator, and Redocly's strict rules)."""
    install(session, ".[conformance,cli,aiohttp]", "openapi-spec-validator", groups=("lint",))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports", "--cache-dir", f"{session.cache_dir}/import-linter")
    session.run("openapi-spec-validator", "openapi/openapi.yaml")
    if shutil.which("npx") is None:
        session.warn("Redocly's rules are skipped: Node.js is not here (npx is not on PATH).")
        return
    session.run(
        *("npx", "--yes", REDOCLY, "lint", "--extends=recommended-strict", "openapi/openapi.yaml"),
        env={"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
        external=True,
    )


@nox.session
def typing(session: nox.Session) -> None:
    """Check types (mypy strict and pyright strict): the source, and the wheel as its user sees it."""
    install(session, ".[conformance,cli,aiohttp,http2]", "pytest-asyncio", "pytest-timeout", groups=("typing",))
    session.run("mypy", "overlays/btcdirect", "conformance/btcdirect_conformance")
    session.run("pyright")
    session.run("pytest", "tests/typing")


@nox.session
def regenerate(session: nox.Session) -> None:
    """Write generated/ from the contract."""
    install(session, groups=("generator",))
    session.run("python", "openapi/regenerate.py")


@nox.session
def check_generated(session: nox.Session) -> None:
    """Fail, naming the files, when generated/ is not what the contract gives."""
    install(session, groups=("generator",))
    session.run("python", "openapi/regenerate.py", "--check")


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist, and try each kind of installation in a clean environment."""
    install(session, "pytest", "pytest-asyncio", "pytest-timeout", "pytest-xdist", "build")
    session.run("pytest", "tests/packaging", *session.posargs)
    session.run("python", "-m", "build", "--outdir", "dist")


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed, as ratios to the peers in one run, and write the tables to benchmarks/."""
    install(session, ".[conformance,cli,aiohttp,http2]", groups=("test",))
    for script in sorted(Path("benchmarks").glob("*.py")):
        session.run("python", str(script), *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Send 200,000 calls of the client through a proxy that breaks them at random, and print what came of them."""
    install(session, ".[conformance,cli,aiohttp,http2]", groups=("test",))
    session.run("pytest", "-s", "tests/client/test_soak.py", env={"BTCDIRECT_SOAK_CALLS": "200000"})


@nox.session
def lock(session: nox.Session) -> None:
    """Write constraints.txt, the locked versions of everything that a session installs."""
    session.install("uv")
    groups = [f"--group={name}" for name in PROJECT["dependency-groups"]]
    session.run(
        *("uv", "pip", "compile", "pyproject.toml", "--universal", "--all-extras", "--python-version=3.11"),
        *("--no-annotate", "--no-emit-index-url", "--custom-compile-command=nox -s lock", *groups),
        *("--output-file=constraints.txt", "--quiet", "--strip-extras", *session.posargs),
    )
