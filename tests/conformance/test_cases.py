"""The cases: complete against the catalogue, in their order, within their budget."""

import re
from collections import Counter

import pytest
from attrs import evolve
from tests.conformance.helpers.toy import CONTRACT, answer, envelope, exchange, request, success
from tests.contract.endpoint_page import FILE

from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.cases.observing import OBSERVATIONS
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.fuzz.layers import LAYERS
from btcdirect_conformance.judgement.checks import CHECKS
from btcdirect_conformance.judgement.leniency import LENIENCY_CHECKS
from btcdirect_conformance.judgement.oracle import rule
from btcdirect_conformance.judgement.security import SECURITY_CHECKS
from btcdirect_conformance.near_secrets import INVENTED, other_case, undashed, unsigned
from btcdirect_conformance.transport.wire import head
from btcdirect_conformance.verdict import Level

CASES = all_cases()
PLANNED = [case for case in CASES if case.plan is not None]
BY_ID = {case.id: case for case in CASES}
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}


def planned(case: Case, fixtures: Fixtures = SAMPLE) -> list[Request]:
    """What a case sends."""
    assert case.plan is not None
    return list(case.plan(fixtures))


def test_ids_are_slugs_and_unique() -> None:
    """An id is what people put into profiles and dashboards."""
    assert len(BY_ID) == len(CASES)
    assert all(case.id.replace(".", "-").replace("+", "-").replace("-", "").isalnum() for case in CASES)


def test_the_cases_that_others_rely_on_are_there() -> None:
    """Ids named in the documentation."""
    assert {"auth.client.expired", "order.foreign", "body.type"} <= BY_ID.keys()


def test_every_rule_has_its_case() -> None:
    """A violation is reported by the case of its rule, so each check has one, and each question."""
    rules = {*CHECKS, *SECURITY_CHECKS, *LENIENCY_CHECKS, *(f"transport.{kind}" for kind in FaultKind)}
    rules |= {f"open.{question}" for question in CONTRACT.undocumented}

    assert rules <= BY_ID.keys()
    assert set(OBSERVATIONS) == set(CONTRACT.undocumented)


def test_every_code_has_a_case_that_provokes_it_alone() -> None:
    """Each trigger but "anything else" is pulled with nothing else wrong, before any pair is tried."""
    alone = [rule(planned(case)[0].facts, CONTRACT) for case in PLANNED[:15]]
    codes = {code for ruling in alone if len(ruling.codes) == 1 for code in ruling.codes[0]}

    differing = sorted(codes ^ (CONTRACT.catalogue.keys() - {"ER999"}))
    assert not differing, f"first_cases() in conformance/btcdirect_conformance/cases/planned.py lacks {differing}"


def test_every_two_kinds_of_mistake_are_tried_together() -> None:
    """For every two codes of different factors there is a case to whose request both apply."""
    together = Counter[frozenset[str]]()
    for case in PLANNED:
        for codes in rule(planned(case)[0].facts, CONTRACT).codes:
            together.update(frozenset((one, other)) for one in codes for other in codes if one < other)
    client, user, order = (
        ("ER800", "ER801", "ER802", "ER803", "ER805"),
        ("ER700", "ER702"),
        ("ER033", "ER034", "ER035", "ER150"),
    )

    for ones, others in ((client, user), (client, order), (user, order)):
        for one in ones:
            for other in others:
                assert together[frozenset((one, other))], (one, other)


def test_what_is_quoted_from_the_page_stands_there() -> None:
    """To the letter, but for line breaks; what rests on errors quotes their texts, each of which stands there."""
    page = " ".join(FILE.read_text("utf-8").split())
    texts = sorted({fact.value for row in CONTRACT.catalogue.values() for fact in (row.message, row.solution)}, key=len)
    unknown = [text for text in texts if f'"{text}"' not in page]
    assert not unknown, f"openapi/endpoint-page.txt lacks {unknown}"

    for each in (*CASES, *LAYERS):
        if each.statement.source == "endpoint-page" and each.statement.text not in page:
            left = each.statement.text
            for text in reversed(texts):
                left = left.replace(text, "")
            assert not left.strip(" /"), each.id


def test_a_run_stays_within_its_budget() -> None:
    """All that is sent without fuzzing, unsafe methods included."""
    assert 150 <= sum(len(planned(case)) for case in PLANNED) <= 400


def test_only_safe_methods_are_sent_unasked() -> None:
    """A case that sends another says so."""
    for case in PLANNED:
        assert case.safe is ({sent.method for sent in planned(case)} <= SAFE)


def test_a_case_needs_what_it_sends() -> None:
    """With the fixtures that a case needs and no others, its plan sends something, and no ``None`` is in it."""
    for case in PLANNED:
        only = Fixtures(
            **{
                name: getattr(SAMPLE, name)
                for need in case.needs
                for name in (need.split(" or ")[0].rpartition(".")[2],)
            }
        )
        sent = planned(case, only)
        assert sent, case.id
        assert not re.search(r"(?<!-)\bNone\b(?!-)", repr([(one.target, one.headers) for one in sent])), case.id


def test_titles_say_what_is_asserted() -> None:
    """A title ends with the oracle's own words, so that prose and assertion are one."""
    case = BY_ID["pair.client-expired+order-foreign"]

    assert case.title == "An expired client token, Somebody else's order: ER150 and/or ER801"
    assert BY_ID["order.foreign"].statement.text == (
        "Provided orderId does not belong to authenticated user. Provide an orderId that belongs to the user."
    )


def test_a_changed_catalogue_changes_the_sentences() -> None:
    """Statements are read from the catalogue, not kept beside it."""
    row = CONTRACT.catalogue["ER150"]
    changed = evolve(row, message=evolve(row.message, value="Not yours."))
    cases = all_cases(evolve(CONTRACT, catalogue={**CONTRACT.catalogue, "ER150": changed}))

    assert next(case for case in cases if case.id == "order.foreign").statement.text.startswith("Not yours.")


def test_secrets_without_letters_have_no_other_case() -> None:
    """A plan without requests says that the fixtures cannot show the thing."""
    digits = evolve(SAMPLE, api_key="123456789")

    assert planned(BY_ID["auth.key.other-case"], digits) == []
    assert planned(BY_ID["auth.key.other-case"]) != []


def test_a_uuid_in_capitals_is_the_same_one() -> None:
    """Who reads credentials as UUIDs takes them so, or without dashes (RFC 9562, section 4): neither is sent."""
    uuid = "3f2b8c1e-7a4d-4e5f-9a6b-1c2d3e4f5a6b"

    assert planned(BY_ID["auth.key.other-case"], evolve(SAMPLE, api_key=uuid)) == []
    assert (other_case(uuid), undashed(uuid)) == (None, None)
    assert (other_case(f"{uuid}f"), undashed("a-key-1")) == (f"{uuid}f".swapcase(), "akey1")


@pytest.mark.parametrize(("token", "sent"), [("aaa.claims.signature", "aaa.claims"), ("opaque", None), ("a.b", None)])
def test_a_jwt_without_its_signature(token: str, sent: str | None) -> None:
    """Two parts of a JWT are no JWT; who reads only the claims takes them."""
    assert unsigned(token) == sent


def test_an_owned_id_that_is_no_number_has_no_grammar() -> None:
    """Ids derived from the owned one are left out; the fixed ones are sent."""
    odd = evolve(SAMPLE, owned="A-1")

    assert planned(BY_ID["order.grammar.hex"], odd) == []
    assert planned(BY_ID["order.grammar.null"], odd) != []


def test_a_jwt_is_forged_from_its_own_claims() -> None:
    """The signature goes, and the claims stay: a server that does not verify is found."""
    (sent,) = planned(BY_ID["auth.client.forged"], evolve(SAMPLE, client_token="aaa.claims.signature"))
    token = dict(sent.headers)["Authorization"]

    assert token.endswith(".claims.")
    assert "signature" not in token


@pytest.mark.parametrize("slug", ["repeat.success", "repeat.expired"])
def test_one_bad_node_in_a_pool_is_found(slug: str) -> None:
    """The same request, sent ten times by the whole run, and answered wrongly once, fails."""
    case = BY_ID[slug]
    right = answer(success()) if slug == "repeat.success" else answer(envelope("ER801"), 400)
    wrong = answer(envelope("ER801"), 400) if slug == "repeat.success" else answer(success())
    sent = planned(case)
    answered = [exchange(right, of, number) for number, of in enumerate(sent)]

    assert sum(planned(each).count(sent[0]) for each in PLANNED) >= 10
    assert not case.judge(answered, CONTRACT)
    assert len(case.judge([*answered[:-1], exchange(wrong, sent[-1])], CONTRACT)) == 1


@pytest.mark.parametrize(
    ("beside", "passes"),
    [
        (answer(envelope("ER035"), 404), False),
        (answer(envelope("ER034"), 400), False),
        (answer(success()), True),
        (answer(envelope("ER150"), 403), True),
        (Response(429, (), b""), True),
    ],
)
def test_a_number_that_wraps_to_the_order_is_told_from_an_order(beside: Response, passes: bool) -> None:
    """It may well be an order's, of anybody. That it is one, and the next number is none, is no chance."""
    case = BY_ID["order.grammar.wraps-32-bits"]
    number, following = planned(case)
    found = exchange(answer(success()), number)

    assert bool(case.judge([found, exchange(beside, following)], CONTRACT)) is not passes
    assert not case.judge([found], CONTRACT)
    assert not case.judge([exchange(answer(envelope("ER035"), 404), number), exchange(beside, following)], CONTRACT)


def test_head_is_what_get_has_to_be() -> None:
    """The same class of status as that of GET, or not supported."""
    case = BY_ID["method.head"]

    def judged(success: int, failure: int) -> bool:
        answered = [
            exchange(Response(failure if rule(of.facts, CONTRACT).failure else success, (), b""), of)
            for of in planned(case)
        ]
        return not case.judge(answered, CONTRACT)

    assert judged(200, 400)
    assert judged(204, 403)
    assert judged(405, 405)
    assert not judged(200, 200)
    assert not judged(401, 401)
    assert not judged(500, 400)


def test_head_is_asked_with_what_there_is() -> None:
    """Fixtures that a profile lacks take no more from the case than what needs them."""
    few = evolve(SAMPLE, expired_client_token=None, foreign=None, unknown=None)

    assert len(planned(BY_ID["method.head"], few)) == len(planned(BY_ID["method.head"])) - 3


def judged_by(slug: str, answered: Response | Fault) -> bool:
    """Whether a case passes if all its requests are answered so."""
    case = BY_ID[slug]
    return not case.judge([exchange(answered, of) for of in planned(case)], CONTRACT)


def test_a_hang_is_a_failed_case_of_its_method() -> None:
    """What is whole whenever it comes is fine for OPTIONS; nothing at all is not."""
    assert judged_by("method.options", Response(204, (("Allow", "GET"),), b""))
    assert not judged_by("method.options", Fault(FaultKind.TIMEOUT, "no whole answer within 20 s"))


def test_options_gives_nothing_away() -> None:
    """The check or an access token to who has no valid credentials; what describes the resource is fine."""
    slug = "method.options-unauthorized"

    assert all(
        rule(one.facts, CONTRACT).failure and not rule(one.facts, CONTRACT).success for one in planned(BY_ID[slug])
    )
    assert judged_by(slug, Response(204, (("Allow", "GET"),), b""))
    assert judged_by(slug, answer({"name": "Liveness check", "description": "", "accessToken": {"type": "string"}}))
    assert judged_by(slug, answer({"example": success(data={"accessToken": "fooToken"})}))
    assert judged_by(slug, answer(envelope("ER802"), 401))
    assert not judged_by(slug, answer(success(data=...)))
    assert not judged_by(slug, answer({"debug": {"accessToken": "x"}}, 400))


def test_trace_sends_no_secret_and_wants_none_back() -> None:
    """All credentials of a TRACE are made up; whether they come back is looked at."""
    secrets = [getattr(SAMPLE, name) for name in ("api_key", "client_token", "user_token", "other_user_token")]
    sent = [one for case in PLANNED for one in planned(case) if one.method == "TRACE"]

    assert sent
    assert not [secret for secret in secrets if any(secret in repr(one.headers) for one in sent)]
    assert judged_by("method.trace", Response(405, (), b""))
    assert judged_by("method.trace", Response(200, (), b"TRACE / HTTP/1.1"))
    assert not judged_by("method.trace", Response(200, (), f"X-Api-Key: {INVENTED}".encode()))


def test_no_secret_is_in_a_url_that_leaves_the_machine() -> None:
    """URLs are in every log on the way; a target on this machine is asked with the valid credentials there, too."""
    here = evolve(SAMPLE, secrets_in_urls=True)
    secrets = {name: value for name, value in vars(SAMPLE).items() if name.endswith(("_key", "_token"))}

    def in_urls(fixtures: Fixtures) -> set[tuple[str, str]]:
        targets = [(case.id, one.target) for case in PLANNED for one in planned(case, fixtures)]
        return {(case, name) for case, target in targets for name, secret in secrets.items() if secret in target}

    assert in_urls(SAMPLE) == set()
    assert in_urls(here) == {
        ("request.client-elsewhere", "api_key"),
        ("request.client-elsewhere", "client_token"),
        ("request.user-elsewhere", "user_token"),
    }


def test_credentials_elsewhere_are_written_as_they_are() -> None:
    """A cookie or a query holds a secret only if nobody has to decode it; what neither carries is left out."""
    case = BY_ID["request.user-elsewhere"]

    def asked(token: str) -> tuple[str, str]:
        (valid,) = planned(case, evolve(SAMPLE, user_token=token, secrets_in_urls=True))
        return valid.target.partition("?")[2], dict(valid.headers).get("Cookie", "")

    assert "&token=a.b-c_d~1&" in asked("a.b-c_d~1")[0]
    assert "; token=a.b-c_d~1; " in asked("a.b-c_d~1")[1]
    assert asked("a+b/c==")[0] == ""
    assert "; token=a+b/c==; " in asked("a+b/c==")[1]
    assert asked('a";b') == ("", "")
    query, cookie = asked("a" * 1000)
    assert query == f"user_token={'a' * 1000}&token={'a' * 1000}"  # more would be too long a head for many a server
    assert cookie == query.replace("&", "; ")


def test_credentials_under_other_names_fit_the_usual_head() -> None:
    """With long tokens fewer names are tried, so that no server can say that the head is too long (8 KiB)."""
    for length in (20, 700, 1400):
        secrets = evolve(SAMPLE, api_key="k" * length, client_token="c" * length, user_token="u" * length)
        for slug in ("request.client-elsewhere", "request.user-elsewhere"):
            for one in planned(BY_ID[slug], evolve(secrets, secrets_in_urls=True)):
                assert len(head("GET", one.target, one.headers)) < 8000
                names = {name for name, _ in one.headers}
                assert names & {"Api-Key", "X-User-Token"}


def test_the_plainest_requests_come_once_more_at_the_end() -> None:
    """After every wrong credential, each such request is one that was sent before."""
    late = [case for case in PLANNED if case.id.startswith("late.")]
    before = {one for case in PLANNED if case not in late for one in planned(case)}

    assert PLANNED[-len(late) :] == late
    assert all(one in before for case in late for one in planned(case))


@pytest.mark.parametrize(
    ("status", "passes"), [(405, True), (404, True), (401, True), (501, True), (200, False), (500, False)]
)
def test_other_methods_are_refused(status: int, passes: bool) -> None:
    """Any 4xx or 501, and neither a success nor a crash."""
    case = BY_ID["method.post"]

    violations = case.judge([exchange(Response(status, (), b""), of) for of in planned(case)], CONTRACT)

    assert bool(violations) is not passes


def observed(slug: str, *some: Exchange) -> list[str]:
    """What an INFO case reports."""
    return [violation.actual for violation in BY_ID[f"open.{slug}"].judge(some, CONTRACT)]


def test_open_questions_are_answered_by_what_was_seen() -> None:
    """Each INFO case says in a line or some what this server does."""
    none = exchange(answer(envelope("ER806"), 401), request(key=None))
    missing = exchange(Response(404, (), b""), request(""))
    negative = exchange(answer(envelope("ER034"), 422), request("-480213"))
    several = exchange(
        answer(envelope("ER801"), 401), request("abc", key=None, client="Bearer Sample-Expired-Client-Token")
    )
    fine = exchange(answer(success()))

    elsewhere = evolve(none.request, facts=evolve(none.request.facts, refusable=True))  # as with a slash behind it
    assert observed("no-client-credentials", none) == ["401 with ER806"]
    assert observed("no-client-credentials", exchange(Response(404, (), b""), elsewhere)) == []
    assert observed("missing-id", missing) == ["404 without a body"]
    assert observed("number-grammar", negative, fine) == ["ER034: '-480213'"]
    assert observed("exact-status", none, negative, fine) == ["ER034: 422", "ER806: 401", "success: 200"]
    assert observed("precedence", several) == ["client-authorization before order: 1 of 1"]
    assert observed("status-values", fine) == ["name: 'liveness'", "status: 'pending'", "type: null"]
    assert observed("data-keys", fine) == ["accessToken with status 'pending': 1 times"]


def test_open_questions_without_an_answer_report_nothing() -> None:
    """No exchange, no observation."""
    for case in CASES:
        if case.level is Level.INFO:
            assert list(case.judge([], CONTRACT)) == []


def test_plans_are_pure() -> None:
    """The same fixtures give the same requests."""
    for case in PLANNED:
        assert planned(case) == planned(case)
