"""The contract can grow: a second endpoint, a field and a fourteenth code, in a copy of the project."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEW_CODE = "ER036"
NEW_TRIGGER = "order.cancelled"

OPERATION = """\
  /api/v2/user/verification-status:
    get:
      operationId: getUserVerificationStatus
      tags: [identification]
      summary: Get what the user still has to prove.
      security:
        - clientToken: []
          userToken: []
        - apiKey: []
          userToken: []
      responses:
        2XX:
          description: Every identification of the user.
          content:
            application/json:
              schema:
                type: array
                items:
                  $ref: '#/components/schemas/IdentificationStatus'
        4XX:
          description: The request failed.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/ErrorEnvelope'
components:
"""

ROW = f"""\
errors:
  - code: {NEW_CODE}
    message: {{value: The order was cancelled., source: endpoint-page}}
    solution: {{value: Create a new order., source: endpoint-page}}
    category: {{value: order, source: assumed}}
    actor: {{value: caller, source: assumed}}
    retry: {{value: never, source: assumed}}
    trigger: {{value: {NEW_TRIGGER}, source: endpoint-page}}
    http_statuses:
      - {{value: 4XX, source: vendor-docs}}
"""

FIELD = """\
            - accessToken: fooToken
        expiresAt:
          type: string
          format: date-time
          description: When the check ends.
"""

SOON = """\
import httpx
from btcdirect import ApiKey, Client, errors

def answer(expires):
    body = {"name": "liveness", "status": "pending", "expiresAt": expires}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    return Client(ApiKey("key"), http_client=transport).as_user("token").get_liveness("480213")

print(answer("2026-11-23T12:00:00Z").raw["expiresAt"])
for wrong in ("soon", 5, None):
    try:
        answer(wrong)
    except errors.InvalidResponse as error:
        print(error)
"""

CALL = """\
import json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from btcdirect._wire.api.identification import get_user_verification_status
from btcdirect._wire.client import AuthenticatedClient
from btcdirect._wire.models import IdentificationStatus

class Stub(BaseHTTPRequestHandler):
    def do_GET(self):
        assert self.path == "/api/v2/user/verification-status", self.path
        body = json.dumps([{"name": "liveness", "status": "pending"}, {"name": "id", "status": "missing"}]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Stub)
threading.Thread(target=server.serve_forever, daemon=True).start()
with AuthenticatedClient(base_url=f"http://127.0.0.1:{server.server_port}", token="t") as client:
    found = get_user_verification_status.sync(client=client)
assert all(isinstance(item, IdentificationStatus) for item in found)
print([(item.name, item.status) for item in found])
"""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the additions in the contract and the catalogue, regenerated, and nothing else done."""
    root = tmp_path_factory.mktemp("grown")
    ignore = shutil.ignore_patterns("__pycache__")
    for part in ("openapi", "generated", "overlays", "conformance", "tests"):
        shutil.copytree(ROOT / part, root / part, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", root)
    replace(root / "openapi/openapi.yaml", "components:\n", OPERATION)
    replace(root / "openapi/openapi.yaml", "enum: [ER033, ER034, ER035,", f"enum: [ER033, ER034, ER035, {NEW_CODE},")
    replace(root / "openapi/openapi.yaml", "            - accessToken: fooToken\n", FIELD)
    replace(root / "openapi/errors.yaml", "errors:\n", ROW)
    run = python(root, "openapi/regenerate.py")
    assert run.returncode == 0, run.stdout + run.stderr
    return root


def replace(file: Path, old: str, new: str) -> None:
    """Replace a text that stands in the file exactly once at the start of a line."""
    text = file.read_text("utf-8")
    assert text.count(f"\n{old}") + text.count(f" {old}") == 1
    file.write_text(text.replace(old, new), "utf-8")


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy's own packages."""
    roots = [str(root / part) for part in ("generated", "overlays", "conformance")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(roots)}
    for name in [name for name in environment if name.startswith(("PYTEST_", "COV_"))]:
        del environment[name]
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, env=environment)


def complaint(root: Path, test: str) -> str:
    """The output of a test of the copy that has to fail."""
    run = python(root, "-m", "pytest", "-vv", "-p", "no:cacheprovider", "-p", "no:xdist", test)
    assert run.returncode == 1, f"{test} has nothing to complain about:\n{run.stdout}{run.stderr}"
    return run.stdout


def test_the_tree_is_again_what_the_contract_gives(grown):
    """Regeneration of the grown contract succeeds, and a check of it passes."""
    run = python(grown, "openapi/regenerate.py", "--check")
    assert run.returncode == 0, run.stdout


def test_the_new_operation_is_called_and_parsed(grown):
    """The generated function sends the request to a stub and parses the array of the same object."""
    run = python(grown, "-c", CALL)
    assert run.stdout == "[('liveness', 'pending'), ('id', 'missing')]\n", run.stderr


def test_the_missing_text_is_named(grown):
    """The comparison with the page names the code, in the catalogue and in the enum."""
    output = complaint(grown, "tests/contract/test_page_against_contract.py")
    assert f"openapi/errors.yaml: the list errors has {NEW_CODE}, which openapi/endpoint-page.txt does not" in output
    assert (
        f"openapi/openapi.yaml: the enum ErrorCode has {NEW_CODE}, which openapi/endpoint-page.txt does not" in output
    )
    assert (
        "openapi/openapi.yaml: IdentificationStatus has a field expiresAt, openapi/endpoint-page.txt has not" in output
    )
    assert " 1 failed, " in output


def test_a_date_that_is_none_is_an_invalid_response(grown):
    """The generated code of the new field refuses what the contract does not allow, and no error of its own escapes."""
    run = python(grown, "-c", SOON)
    wrong = "HTTP 200: a field is not what the contract says (order …0213)\n"
    assert run.stdout == "2026-11-23T12:00:00Z\n" + 3 * wrong, run.stderr


@pytest.mark.parametrize(
    ("test", "file", "named"),
    [
        ("tests/client/test_errors.py", "overlays/btcdirect/errors.py", NEW_CODE),
        ("tests/client/test_testing.py", "overlays/btcdirect/_texts.py", NEW_CODE),
        ("tests/conformance/test_triggers.py", "conformance/btcdirect_conformance/triggers.py", NEW_TRIGGER),
    ],
)
def test_what_the_new_code_lacks_is_named_once(grown, test, file, named):
    """The client lacks its exception, the fake API its texts, the suite its trigger: a test each says so and where."""
    output = complaint(grown, test)
    (line,) = (line for line in output.splitlines() if line.startswith("E ") and file in line)
    assert named in line
    assert " 1 failed, " in output
