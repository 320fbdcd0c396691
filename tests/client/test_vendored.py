"""The package runs from any import path, byte for byte."""

import shutil
import subprocess
import sys
from pathlib import Path

import btcdirect

PROGRAM = """
import sys, httpx
from other._vendor.btcdirect import ApiKey, AsyncClient, Client, errors
from another._vendor.btcdirect import ApiKey as SecondKey, Client as Second, errors as second_errors

def missing(_):
    return httpx.Response(404, json={"errors": {"ER035": {"code": "ER035", "message": "m", "solution": "s"}}})

for client, key, found in ((Client, ApiKey, errors.OrderNotFound), (Second, SecondKey, second_errors.OrderNotFound)):
    try:
        client(key("k"), http_client=httpx.MockTransport(missing)).as_user("u").get_liveness(1)
    except found as error:
        print(type(error).__module__)
assert errors.OrderNotFound is not second_errors.OrderNotFound
assert AsyncClient.__module__ == "other._vendor.btcdirect.async_client"
assert "btcdirect" not in sys.modules
"""


def test_two_vendored_copies_live_side_by_side(tmp_path: Path) -> None:
    """Relative imports only, no data files, no entry points, nothing shared."""
    for parent in ("other", "another"):
        copy = tmp_path / parent / "_vendor" / "btcdirect"
        for root in btcdirect.__path__:
            shutil.copytree(root, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    # -S and the two paths: the installed package is out of reach.
    site = Path(shutil.__file__).parent / "site-packages"
    paths = [str(tmp_path), *(path for path in sys.path if path.endswith("site-packages")), str(site)]
    found = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[1:1] = {paths!r}\n{PROGRAM}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert found.stderr == ""
    assert found.stdout.split() == ["other._vendor.btcdirect.errors", "another._vendor.btcdirect.errors"]


def test_importing_the_package_brings_no_asyncio() -> None:
    """Its import takes longer than that of all the rest; who awaits has it anyway."""
    program = "import sys, btcdirect; print('asyncio' in sys.modules, 'btcdirect._wire' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_every_public_name_is_there() -> None:
    """Those that are imported late, too; another one is an AttributeError that names it."""
    assert {name for name in btcdirect.__all__ if getattr(btcdirect, name, None) is None} == set()
    try:
        btcdirect.Nothing  # type: ignore[attr-defined] # noqa: B018
    except AttributeError as error:
        assert "'Nothing'" in str(error)  # noqa: PT017
