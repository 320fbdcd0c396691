"""``report.json``: complete, described by its schema, and the way back."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import jsonschema
import pytest
from hypothesis import given
from tests.conformance.helpers.records import any_record, realistic, record

from btcdirect_conformance import verdict
from btcdirect_conformance.report import json_report

SCHEMA = jsonschema.Draft202012Validator(json_report.schema(), format_checker=jsonschema.FormatChecker())


@given(any_record)
def test_reading_a_report_back_gives_the_same_record(run: verdict.RunRecord) -> None:
    """Nothing is lost or changed on the way to JSON and back."""
    assert json_report.loads(json_report.dumps(run)) == run


@given(any_record)
def test_every_report_follows_the_published_schema(run: verdict.RunRecord) -> None:
    """Judged by another validator than the one that reads."""
    SCHEMA.validate(json.loads(json_report.dumps(run)))


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    jsonschema.Draft202012Validator.check_schema(json_report.schema())


def test_the_guide_shows_how_to_get_the_schema() -> None:
    """Its command runs as it stands there, and prints the schema as JSON."""
    guide = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
    (command,) = [shlex.split(line) for line in guide.splitlines() if line.startswith("python -c")]
    printed = subprocess.run([sys.executable, *command[1:]], capture_output=True, check=True).stdout
    assert json.loads(printed) == json_report.schema()


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (("properties", "run"), verdict.RunRecord),
        (("$defs", "result"), verdict.CaseResult),
        (("$defs", "finding"), verdict.Finding),
        (("$defs", "statement"), verdict.Statement),
        (("$defs", "coverage"), verdict.CodeCoverage),
    ],
)
def test_the_schema_has_the_fields_of_the_record(place: tuple[str, str], kind: type[attrs.AttrsInstance]) -> None:
    """A field added to the record is a failing test until the schema has it too."""
    described: Any = json_report.schema()[place[0]][place[1]]
    names = [field.name for field in attrs.fields(kind)]
    assert list(described["properties"]) == names
    assert described["required"] == names
    assert described["additionalProperties"] is False


@pytest.mark.parametrize(("name", "words"), [("level", verdict.Level), ("outcome", verdict.Outcome)])
def test_the_schema_has_the_words_of_the_record(name: str, words: Any) -> None:
    """Levels and outcomes are those of the vocabulary of verdicts."""
    assert json_report.schema()["$defs"][name]["enum"] == [str(word) for word in words]


def test_the_verdict_stands_beside_the_record() -> None:
    """Whoever only wants the verdict does not have to compute it."""
    document = json.loads(json_report.dumps(realistic()))
    assert document["verdict"]["exit_status"] == realistic().exit_status
    assert document["verdict"]["sentence"].startswith("Does not conform")


def _changed(**changes: Any) -> str:
    return json.dumps({**json.loads(json_report.dumps(record())), **changes})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON"),
        ("<html>", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[]", "no report of this suite"),
        ('{"format": "har"}', "no report of this suite"),
        (_changed(version=2), "version 2; this suite reads version 1"),
        (_changed(run={}), "does not follow report.schema.json: run"),
    ],
)
def test_what_is_no_report_is_said(text: str, complaint: str) -> None:
    """One error, which says what is wrong, whatever the file holds."""
    with pytest.raises(json_report.NotAReport, match=complaint):
        json_report.loads(text)


def test_a_wrong_date_is_no_report() -> None:
    """The format of the start is checked before it is read."""
    text = json_report.dumps(record()).replace("2026-11-23T", "yesterday")
    with pytest.raises(json_report.NotAReport, match="run/started"):
        json_report.loads(text)


def test_a_file_that_is_no_report_is_named(tmp_path: Path) -> None:
    """With many files on a command line, the reader has to know which."""
    path = tmp_path / "photo.json"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(json_report.NotAReport, match=r"photo\.json: not UTF-8 text"):
        json_report.read(path)
