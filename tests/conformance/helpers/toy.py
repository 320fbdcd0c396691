"""A correct server in a few lines, as hypothesis strategies: from a request to every answer that the documents allow.

It shares the readings and the triggers with the oracle, since they are what the documents say, and nothing of how the
oracle judges an answer.
"""

import json
from typing import Any

from hypothesis import strategies as st

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Exchange, Fault, Headers, Request, Response
from btcdirect_conformance.fuzz.strategies import requests
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.readings import readings
from btcdirect_conformance.judgement.triggers import fired

CONTRACT = load_contract()
JSON: Headers = (("Content-Type", "application/json"),)

ANY_REQUEST = requests(SAMPLE, CONTRACT)

_KEYS = st.text(max_size=8).filter(lambda key: key not in {"errors", "error", "code", *CONTRACT.known_codes})
_EXTRA = st.dictionaries(_KEYS, st.none() | st.booleans() | st.integers() | st.text(max_size=8), max_size=2)
_MEDIA_TYPES = st.sampled_from(["application/json", "application/json; charset=utf-8", "Application/JSON;v=1"])


def request(
    segment: str = "480213",
    *,
    client: str | None = None,
    key: str | None = SAMPLE.api_key,
    user: str | None = f"Bearer {SAMPLE.user_token}",
    method: str = "GET",
) -> Request:
    """A request with nothing wrong, but for what a test changes."""
    fields = (("Authorization", client), ("X-Api-Key", key), ("User-Authorization", user))
    headers = tuple((name, value) for name, value in fields if value is not None)
    target = CONTRACT.path.replace("{id}", segment)
    facts = read_facts(method, target, headers, SAMPLE)
    assert facts is not None
    return Request(method, target, headers, facts)


def exchange(answer: Response | Fault, of: Request | None = None, number: int = 1) -> Exchange:
    """An exchange of a request with nothing wrong, unless told otherwise."""
    return Exchange(of or request(), answer, elapsed=0.01, number=number)


def answer(body: Any, status: int = 200, headers: Headers = JSON) -> Response:
    """A response with a JSON body."""
    return Response(status, headers, json.dumps(body).encode())


def success(**changed: Any) -> dict[str, Any]:
    """The body of a success; a member that is ``...`` is left out."""
    body = {"name": "liveness", "type": None, "status": "pending", "data": {"accessToken": "sample-access-token"}}
    return {name: value for name, value in {**body, **changed}.items() if value is not ...}


def entry(code: str) -> dict[str, Any]:
    """An error with the catalogue's texts."""
    row = CONTRACT.catalogue[code]
    return {"code": code, "message": row.message.value, "solution": row.solution.value}


def envelope(*codes: str) -> dict[str, Any]:
    """An envelope of errors."""
    return {"errors": {code: entry(code) for code in codes}}


@st.composite
def correct_answers(draw: st.DrawFn, of: Request) -> Response:
    """Any answer that the documents allow: any reading, one error or several, any precedence, any status by kind."""
    triggers = fired(draw(st.sampled_from(readings(of.facts))))
    codes = sorted(CONTRACT.codes_by_trigger[name] for name in triggers)
    headers: Headers = (("Content-Type", draw(_MEDIA_TYPES)), ("X-Request-Id", "1"))
    if not codes:
        data = draw(st.sampled_from([..., {}, {"accessToken": "sample-access-token"}, {"url": "x"}]))
        changes = {"type": draw(st.sampled_from([..., None, "sumsub"])), "data": data}
        body = {**draw(_EXTRA), **success(**changes)}
        return answer(body, 200, headers)
    told = draw(st.lists(st.sampled_from(codes), min_size=1, unique=True))
    body = envelope(*told)
    for error in body["errors"].values():
        error.update({key: value for key, value in draw(_EXTRA).items() if key not in error})
    status = draw(st.sampled_from([400, 401, 403, 404, 409, 422]))
    return answer({**draw(_EXTRA), **body}, status, headers)


def exchanges() -> st.SearchStrategy[Exchange]:
    """Exchanges with a correct server, over any combination of facts."""
    return ANY_REQUEST.flatmap(lambda of: correct_answers(of).map(lambda response: exchange(response, of)))
