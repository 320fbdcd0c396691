"""``report.json``: a whole run as data, and back.

The format is versioned and described by ``report.schema.json`` beside this module. A reader can rely on every field of
a version; a new field or a new meaning is a new version.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
from cattrs.preconf.json import JsonConverter, make_converter

from btcdirect_conformance.verdict import RunRecord

from .summary import coverage, verdict

FORMAT = "btcdirect-conformance-report"
VERSION = 1
SCHEMA_FILE = "report.schema.json"


class NotAReport(ValueError):  # noqa: N818 - says what the file is, as FileNotFoundError does not
    """The text is not a report of this suite, or of a version that it does not know. Says what is wrong."""


def dumps(record: RunRecord) -> str:
    """The report as JSON text. The verdict stands beside the record, for a reader that only wants to know that."""
    said = verdict(record)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "verdict": {"exit_status": said.exit_status, "sentence": str(said), "coverage": coverage(record)},
        "run": _converter().unstructure(record),
    }
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def loads(text: str) -> RunRecord:
    """The record that ``dumps`` wrote.

    Raises:
        NotAReport: The text is something else.
    """
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotAReport(f"no JSON: {error}") from error
    known = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    if known.get("format") != FORMAT:
        raise NotAReport(f'no report of this suite: "format" is not "{FORMAT}"')
    if known.get("version") != VERSION:
        raise NotAReport(f"a report of version {known.get('version')!r}; this suite reads version {VERSION}")
    try:
        _validator().validate(document)
    except jsonschema_rs.ValidationError as error:
        place = "/".join(map(str, error.instance_path)) or "the document"
        raise NotAReport(f"does not follow {SCHEMA_FILE}: {place}: {error.message[:200]}") from error
    return _converter().structure(known["run"], RunRecord)


def read(path: Path) -> RunRecord:
    """The record in a file.

    Raises:
        NotAReport: It is no report, with the file's name.
        OSError: The file cannot be read.
    """
    try:
        return loads(path.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise NotAReport(f"{path}: not UTF-8 text") from error
    except NotAReport as error:
        raise NotAReport(f"{path}: {error}") from error


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the format."""
    return dict(json.loads(files("btcdirect_conformance.report").joinpath(SCHEMA_FILE).read_text("utf-8")))


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema(), validate_formats=True)


@cache
def _converter() -> JsonConverter:
    return make_converter()
