"""The package as a type checker sees it that knows nothing of this checkout."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import btcdirect

USER_CODE = Path(__file__).with_name("user_code.py")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the package as a wheel does, both halves in one, and the user's code."""
    folder = tmp_path_factory.mktemp("installed")
    for root in btcdirect.__path__:
        shutil.copytree(root, folder / "btcdirect", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(USER_CODE, folder)
    return folder


def checked(folder: Path, *command: str) -> str:
    """What the checker prints, if it is not content."""
    found = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    return "" if found.returncode == 0 else found.stdout + found.stderr


@pytest.mark.slow
def test_mypy_is_content_with_the_users_code(installed: Path) -> None:
    """Strictly; and each line that must not pass does not."""
    pytest.importorskip("mypy", reason="mypy is in the group `typing`")
    options = ("--strict", "--config-file=", "--cache-dir=.cache", "--follow-imports=silent")
    assert checked(installed, "mypy", *options, "user_code.py") == ""


@pytest.mark.slow
def test_mypy_is_content_with_a_vendored_copy_as_the_guide_says(installed: Path) -> None:
    """Strictly, with the override of the guide; and the host's use of the copy stays checked."""
    pytest.importorskip("mypy", reason="mypy is in the group `typing`")
    guide = (Path(__file__).parents[2] / "docs/guide.md").read_text("utf-8")
    (override,) = re.findall(r"^```toml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    host = installed / "host"
    shutil.copytree(installed / "btcdirect", host / "yourpackage/_vendor/btcdirect")
    for package in ("yourpackage", "yourpackage/_vendor"):
        (host / package / "__init__.py").touch()
    code = USER_CODE.read_text("utf-8").replace("from btcdirect", "from yourpackage._vendor.btcdirect")
    (host / "yourpackage/user_code.py").write_text(code, "utf-8")
    (host / "pyproject.toml").write_text(f"[tool.mypy]\nstrict = true\n{override}", "utf-8")
    assert checked(host, "mypy", "--cache-dir=.cache", "yourpackage") == ""


@pytest.mark.slow
def test_pyright_is_content_with_the_users_code_and_the_package(installed: Path) -> None:
    """Strictly, both; the generated half is its generator's."""
    pytest.importorskip("pyright", reason="pyright is in the group `typing`")
    config = {"include": ["user_code.py", "btcdirect"], "exclude": ["btcdirect/_wire"], "typeCheckingMode": "strict"}
    (installed / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    assert checked(installed, "pyright", "--pythonpath", sys.executable) == ""
