"""What a target hands out with a success, token, cookies, entity tag, is no credential: nobody gets in by it."""

import re
from collections.abc import Iterator, Sequence

from attrs import evolve

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION, read_facts
from btcdirect_conformance.judgement.oracle import is_success, understand

from . import factors
from .case import Case
from .combination import Combination, case

_NO_CLIENT, _NO_USER = Combination(client=factors.NO_CLIENT), Combination(user=factors.NO_USER)
_NOBODY = Combination(client=factors.NO_CLIENT, user=factors.NO_USER)

_USERS = factors.VALID_USER, factors.USER_INVALID
_TOKEN = re.compile(r"[!-~]{8,4000}")


def handed_out_cases(contract: Contract) -> Iterator[Case]:
    """A success; then what came with it, in place of credentials. A target that hands out nothing is asked no more."""

    def then(exchanges: Sequence[Exchange], fixtures: Fixtures) -> Sequence[Request]:
        (first,) = exchanges
        if not isinstance(first.answer, Response) or not is_success(first, contract):
            return ()
        asked: list[tuple[Combination, Headers]] = []
        if cookies := "; ".join(_cookies(first.answer)):
            asked += [(missing, (("Cookie", cookies),)) for missing in (_NO_USER, _NO_CLIENT)]
        # "A server MUST ignore all received preconditions if its response to the same request without those conditions
        # ... would have been a status code other than a 2xx (Successful) or 412" (RFC 9110, section 13.2.1).
        if tag := first.answer.header("ETag"):
            asked.append((_NOBODY, (("If-None-Match", tag),)))
        requests = [(combination.request(fixtures, contract.path), headers) for combination, headers in asked]
        bare = [evolve(request, headers=(*request.headers, *more)) for request, more in requests if request]
        return [*_with_token(understand(first.answer, contract).access_token or "", fixtures, contract), *bare]

    sent, refused = (case("auth.handed-out", "", Combination(user=user), contract) for user in _USERS)
    title = "Nothing wrong: a success; then what came with it in place of credentials: no other one"
    yield evolve(sent, title=title, statement=refused.statement, then=then, alone=True)


def _with_token(token: str, fixtures: Fixtures, contract: Contract) -> Iterator[Request]:
    """The access token, which is for the identity provider alone, wherever a credential may stand."""
    if not _TOKEN.fullmatch(token):  # too short to be told from a word, or nothing that a header field carries
        return
    for missing, field in (
        (_NO_USER, (USER_AUTHORIZATION, f"Bearer {token}")),
        (_NO_CLIENT, (AUTHORIZATION, f"Bearer {token}")),
        (_NO_CLIENT, (API_KEY, token)),
    ):
        request = missing.request(fixtures, contract.path)
        if request is not None:
            headers = (*request.headers, field)
            facts = read_facts(request.method, request.target, headers, fixtures)
            yield evolve(request, headers=headers, facts=facts or request.facts)


def _cookies(answer: Response) -> Iterator[str]:
    for name, value in answer.headers:
        if name.lower() == "set-cookie":
            yield value.partition(";")[0].strip()
