"""The vendor's reference page, read mechanically: what the contract and the catalogue are compared with."""

import json
import re
from pathlib import Path
from typing import Any

from attrs import frozen

FILE = Path(__file__).parents[2] / "openapi/endpoint-page.txt"
TYPES = {"string", "object", "array", "integer", "number", "boolean"}


@frozen
class PageField:
    """A property as the page lists it: name, then ``required``, a description, its type and ``nullable``."""

    name: str
    type: str
    required: bool = False
    nullable: bool = False
    description: str | None = None


@frozen
class EndpointPage:
    """All facts that the page states in a form that software can compare."""

    summary: str
    method: str
    path: str
    parameter: PageField
    success_description: str
    success: dict[str, PageField]
    data_example: dict[str, Any]
    failure_description: str
    error: dict[str, PageField]
    codes: list[str]
    error_example: dict[str, Any]


def read_page(text: str) -> EndpointPage:
    """The page's facts. Raises ValueError when the page has another layout than the one that is read here."""
    summary, method, path, parameter, answer, success, data_example, more, failure, error, error_example = _parts(text)
    allowed = re.search(r"Allowed values: (.+)\n", error)
    if allowed is None:
        raise ValueError(f"{FILE.name} lists no allowed values")
    return EndpointPage(
        summary=summary,
        method=method,
        path=path,
        parameter=_fields(parameter)["id"],
        success_description=answer,
        success=_fields(success + more),
        data_example=json.loads(data_example),
        failure_description=failure,
        error=_fields(error.replace(allowed[0], "")),
        codes=allowed[1].split(),
        error_example=json.loads(error_example),
    )


def _parts(text: str) -> tuple[str, ...]:
    layout = (
        r"Skip to content\n\n(.+?)\n\n([A-Z]+)\n(/\S+)\n(.*?\n)"
        r"(The response.*?)\n\nobject\n(.*?)Example\n(\{.*?\n\})\n(.*?)\n"
        r"(A list.*?)\n\nobject\n(.*?)Example\n(\{.*\})\s*"
    )
    found = re.fullmatch(layout, text, re.DOTALL)
    if found is None:
        raise ValueError(f"{FILE.name} does not have the layout that {Path(__file__).name} reads")
    return found.groups()


def _fields(text: str) -> dict[str, PageField]:
    fields: dict[str, PageField] = {}
    lines = [line for line in text.split("\n") if line]
    while lines:
        name = lines.pop(0)
        required = lines[0] == "required" and bool(lines.pop(0))
        description = None if lines[0] in TYPES else lines.pop(0)
        kind = lines.pop(0)
        if kind not in TYPES:
            raise ValueError(f"{FILE.name}: the field {name} has no type")
        nullable = bool(lines) and lines[0] == "nullable" and bool(lines.pop(0))
        fields[name] = PageField(name, kind, required, nullable, description)
    return fields
