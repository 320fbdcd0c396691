"""The reports of real runs, against servers that give secrets away: none of them is written or printed."""

import asyncio
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from btcdirect_conformance import profile
from btcdirect_conformance.report import files, json_report
from btcdirect_conformance.report.terminal import print_report
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.fixtures import SECRETS
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.verdict import Outcome, RunRecord

ONLY = ("success.", "auth.client", "auth.both", "security.", "header.", "body.", "open.")
ACCESS_TOKEN = "_act-sbx-"


@pytest.fixture(
    scope="module",
    params=["leak-credentials-echoed", "leak-credentials-in-header", "leak-token-in-errors", "media-html-success"],
)
def leaky(request: pytest.FixtureRequest) -> Iterator[tuple[RunRecord, tuple[str, ...]]]:
    """A run against a server with the fault, and what nobody may read afterwards."""
    with running_server(FAULTS[request.param]) as server:
        options = Options(only=ONLY, fuzz_requests=0, seed=1)
        record = asyncio.run(run_suite(profile.parse(server.profile, {}), options))
        yield record, (ACCESS_TOKEN, *(getattr(server.fixtures, name) for name in SECRETS))


def test_a_leak_is_found_and_not_repeated(leaky: tuple[RunRecord, tuple[str, ...]], tmp_path: Path) -> None:
    """The run fails or warns with evidence, and no artefact holds a secret of the profile or an access token."""
    record, secrets = leaky
    assert any(result.findings for result in record.results if result.outcome is Outcome.FAIL)
    printed = StringIO()
    print_report(record, verbose=True, console=Console(file=printed, width=200, markup=False, highlight=False))
    texts = {path.name: path.read_text("utf-8") for path in files.write(record, tmp_path)}
    texts["terminal"] = printed.getvalue()
    assert [(name, secret) for name, text in texts.items() for secret in secrets if secret in text] == []


def test_a_real_record_survives_the_way_to_a_file(leaky: tuple[RunRecord, tuple[str, ...]]) -> None:
    """Not only the records that a test makes up."""
    record, _ = leaky
    assert json_report.loads(json_report.dumps(record)) == record
