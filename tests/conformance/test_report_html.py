"""``report.html`` as text: complete, escaped, and nothing in it that could be fetched."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

from hypothesis import given
from tests.conformance.helpers.records import HOSTILE, any_record, finding, hostile, realistic, record, result

from btcdirect_conformance.report import html
from btcdirect_conformance.report.text import visible
from btcdirect_conformance.verdict import Outcome, RunRecord


def _words(page: str) -> str:
    """What a reader reads: the text without tags."""
    body = page[page.index("<body") : page.rindex("<script>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_the_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    """By the hashes of what stands in the page, so that a change of either without the other breaks this."""
    page = html.dumps(realistic())
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = b64encode(sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_refers_to_nothing_outside() -> None:
    """Every address in an attribute is an anchor or empty data."""
    addresses = re.findall(r'\s(?:src|href|srcset|action|poster|data)="([^"]*)"', html.dumps(realistic()))
    assert addresses
    assert all(address.startswith("#") or address == "data:," for address in addresses)


def test_every_anchor_has_its_target() -> None:
    """No link of the page leads nowhere, no id stands twice."""
    page = html.dumps(realistic())
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', page)} <= set(ids)


def test_the_verdict_comes_first() -> None:
    """Then how much of the catalogue was seen, then the findings, then all cases."""
    words = _words(html.dumps(realistic()))
    order = ["Does not conform", "3 cases failed.", "Coverage of the catalogue", "Failures", "Known dev", "All cases"]
    places = [words.index(each) for each in order]
    assert places == sorted(places)


def test_each_finding_is_whole() -> None:
    """Sentence, source, expected, actual, curl, response, of failures, warnings and known deviations alike."""
    words = _words(html.dumps(realistic()))
    findings = [each for case in realistic().results for each in case.findings]
    assert len(findings) == 6
    for each in findings:
        for part in (each.case_id, each.statement.text, each.expected, each.actual, each.curl, each.response):
            assert _squeezed(part) in words


def test_all_codes_and_cases_are_listed() -> None:
    """With statuses, or why not."""
    words = _words(html.dumps(realistic()))
    for row in realistic().coverage:
        shown = f"yes, with {', '.join(map(str, row.statuses))}" if row.observed else f"no {row.reason}"
        assert f"{row.code} {row.message} {row.solution}" in words
        assert shown in words
    for case in realistic().results:
        assert case.id in words


def test_a_failure_without_evidence_is_shown_too() -> None:
    """A known deviation that stopped happening fails, and has nothing to show but its reason."""
    gone = result("order.foreign", Outcome.FAIL, reason="expected to fail, and passed", findings=())
    words = _words(html.dumps(record(gone)))
    assert words.count("expected to fail, and passed") == 2


@given(any_record)
def test_any_record_is_a_page(run: RunRecord) -> None:
    """One script, one style and no element that a text brought along."""
    page = html.dumps(run)
    assert page.count("<script>") == page.count("</script>") == 1
    assert page.count("<style>") == page.count("</style>") == 1


def test_hostile_text_is_escaped_and_readable() -> None:
    """Not a tag of it is a tag, and a reader sees all of it."""
    page = html.dumps(hostile())
    assert page.count("<script") == 1
    assert "<img" not in page
    assert not re.search(r"<[^>]+\sonerror", page)
    assert _squeezed(visible(HOSTILE)) in re.sub(r"\s+", " ", unescape(page))


def test_a_huge_response_does_not_make_a_huge_page() -> None:
    """The page says how much is left out."""
    huge = result("a.b", Outcome.FAIL, findings=(finding("a.b", response="x" * 5_000_000),))
    page = html.dumps(record(huge))
    assert len(page) < 100_000
    assert "4,980,000 more characters in report.json" in page
