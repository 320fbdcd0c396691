"""``report.html``: one file that fetches nothing, for whoever has to be convinced."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from btcdirect_conformance.verdict import CaseResult, Finding, Level, RunRecord

from . import summary
from .summary import Standing
from .text import clip, visible

_PLACES = {
    Standing.FAILED: "failures",
    Standing.ERROR: "errors",
    Standing.WARNING: "warnings",
    Standing.KNOWN: "known",
    Standing.SKIPPED: "skipped",
    Standing.NOTED: "open",
    Standing.PASSED: "cases",
}


def dumps(record: RunRecord) -> str:
    """The report as one HTML document.

    Its Content-Security-Policy names its own style and script by their hashes and forbids everything else, so that even
    a text that got past the escaping could neither run nor load anything.
    """
    anchors = {
        id(finding): f"finding-{number}"
        for number, finding in enumerate((each for result in record.results for each in result.findings), 1)
    }

    def anchor(finding: Finding) -> str:
        return anchors[id(finding)]

    def standing(result: CaseResult) -> Standing:
        return summary.standing(result, strict=record.strict)

    return render(
        "report.html.j2",
        anchor=anchor,
        standing=standing,
        record=record,
        verdict=summary.verdict(record),
        observed=summary.observed(record),
        caveats=summary.caveats(record),
        counts=summary.counts(record),
        standings=Standing,
        places=_PLACES,
        levels=tuple(Level),
    )


def render(template: str, **context: Any) -> str:
    """A page of this package, with the style, the script and the policy that allows these two alone."""
    style, script = _resource("report.css"), _resource("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    page = _environment().get_template(template)
    return page.render(policy=Markup(policy), style=Markup(style), script=Markup(script), **context)  # noqa: S704 - ours


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("btcdirect_conformance.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    filters: dict[str, Any] = environment.filters
    filters.update(
        capital=_capital,
        cases=summary.cases,
        clip=clip,
        minute=summary.minute,
        by_group=summary.by_group,
        by_reason=summary.by_reason,
        of_standing=summary.of_standing,
        quoted=summary.quoted,
        source=summary.source,
        times=summary.times,
        word=summary.word,
    )
    return environment


def _finalize(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@cache
def _resource(name: str) -> str:
    loader = _environment().loader
    assert loader is not None  # noqa: S101 - set above
    return loader.get_source(_environment(), name)[0]


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
