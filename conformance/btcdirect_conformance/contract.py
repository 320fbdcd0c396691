"""The contract as the suite reads it: the OpenAPI document and the catalogue of error codes.

Everything that the suite knows about the API is in these two files. A checkout has them at ``openapi/``, a wheel inside
this package.
"""

from collections.abc import Mapping
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

FILES = DOCUMENT, CATALOGUE = "openapi.yaml", "errors.yaml"


@frozen
class Fact:
    """A value and how well it is known."""

    value: str
    source: str
    """``endpoint-page``, ``vendor-docs`` or ``assumed``."""


@frozen
class CatalogueRow:
    """What is known of one error code (``errors.yaml`` explains the columns)."""

    code: str
    message: Fact
    solution: Fact
    category: Fact
    actor: Fact
    retry: Fact
    trigger: Fact
    http_statuses: tuple[Fact, ...]


@frozen
class Question:
    """Something that the documents leave open; reported, never judged."""

    id: str
    question: str
    known: str


@frozen(slots=False, eq=False)
class Contract:
    """The OpenAPI document, and the catalogue by code."""

    document: Mapping[str, Any]
    catalogue: Mapping[str, CatalogueRow]
    elsewhere: Mapping[str, CatalogueRow]
    undocumented: Mapping[str, Question]

    @cached_property
    def path(self) -> str:
        """The endpoint's path template."""
        (path,) = (path for path in self.document["paths"] if path.endswith("/identification/liveness"))
        return str(path)

    @cached_property
    def codes_by_trigger(self) -> Mapping[str, str]:
        """Which code each trigger provokes."""
        return {row.trigger.value: row.code for row in self.catalogue.values()}

    @cached_property
    def known_codes(self) -> frozenset[str]:
        """The catalogue's codes, and those that may arrive all the same."""
        return frozenset({*self.catalogue, *self.elsewhere})


@cache
def load_contract() -> Contract:
    """The contract that this version of the suite judges by."""
    catalogue = _yaml(CATALOGUE)
    return Contract(
        document=_yaml(DOCUMENT),
        catalogue=_rows(catalogue["errors"]),
        elsewhere=_rows(catalogue["elsewhere"]),
        undocumented={entry["id"]: Question(**entry) for entry in catalogue["undocumented"]},
    )


def contract_hash() -> str:
    """SHA-256 of the two files, in their order."""
    return sha256(b"".join((folder() / name).read_bytes() for name in FILES)).hexdigest()


def _yaml(name: str) -> dict[str, Any]:
    # libyaml's loader, where PyYAML was built with it, is ten times as fast; each run reads both files.
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load((folder() / name).read_text("utf-8"), Loader=loader)  # noqa: S506
    return content


def folder() -> Path:
    """Where the two files lie: inside the installed package, or at ``openapi/`` of the checkout."""
    installed = Path(__file__).parent / "openapi"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "openapi"


def _rows(rows: list[dict[str, Any]]) -> dict[str, CatalogueRow]:
    return {row["code"]: _row(**row) for row in rows}


def _row(code: str, http_statuses: list[dict[str, str]], **facts: dict[str, str]) -> CatalogueRow:
    named = {name: Fact(**fact) for name, fact in facts.items()}
    return CatalogueRow(code=code, http_statuses=tuple(Fact(**fact) for fact in http_statuses), **named)
