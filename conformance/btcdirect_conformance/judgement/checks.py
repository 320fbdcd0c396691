"""Checks on the form of one answer: a rule each, by the id of the case that reports it.

A check gives what it expected and what was there. It looks only at what its rule speaks of; an answer whose code is
wrong is the oracle's business, and a body that is no JSON is reported as that alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from types import MappingProxyType

from btcdirect_conformance.contract import Contract

from .answers import Answer, members, named, shown
from .examined import Examined

Deviation = tuple[str, str]
"""Expected, actual."""

Check = Callable[[Examined], Iterable[Deviation]]

_Form = Callable[[Answer, Contract], Iterator[Deviation]]
"""A check that needs to know nothing but the answer, not even of which request."""

MOST = 20
"""Deviations from one rule that one answer can show; an envelope of thousands of wrong entries is one of them."""

_JSON = "application/json"
_IDENTITY = "identity"


def _remembered(check: _Form) -> Callable[[Answer, Contract], tuple[Deviation, ...]]:
    @lru_cache(maxsize=1024)
    def found(answer: Answer, contract: Contract) -> tuple[Deviation, ...]:
        return tuple(islice(check(answer, contract), MOST))

    return found


def _of_success(check: _Form) -> Check:
    found = _remembered(check)
    return lambda one: found(one.answer, one.contract) if one.claims_success else ()


def _of_failure(check: _Form) -> Check:
    found = _remembered(check)
    return lambda one: found(one.answer, one.contract) if one.claims_failure else ()


def _of_either(check: _Form) -> Check:
    found = _remembered(check)
    return lambda one: found(one.answer, one.contract) if one.claims_success or one.claims_failure else ()


def _json(one: Examined) -> Iterator[Deviation]:
    if not one.answer.problem:
        return
    readable_as_failure = one.claims_failure or (
        one.ruling.failure and 400 <= one.answer.status <= 499 and one.answer.is_broken_json and not one.refused
    )
    if one.claims_success or readable_as_failure:
        yield "a body of JSON in UTF-8", one.answer.problem


def _object(answer: Answer, _: Contract) -> Iterator[Deviation]:
    if not answer.problem and not isinstance(answer.json, dict):
        yield "an object", shown(answer.json)


def _content_type(answer: Answer, _: Contract) -> Iterator[Deviation]:
    if isinstance(answer.json, (dict, list)) and answer.media_type != _JSON:
        yield _JSON, answer.media_type or "no Content-Type"


def _content_coding(one: Examined) -> Iterator[Deviation]:
    asked = next((value for name, value in one.exchange.request.headers if name.lower() == "accept-encoding"), "")
    coding = (one.response.header("content-encoding") or "identity").lower() if asked == _IDENTITY else _IDENTITY
    if coding != _IDENTITY:
        yield "a body without a content coding, as asked for", f"Content-Encoding: {coding}"


def _framing(one: Examined) -> Iterator[Deviation]:
    lines = {name.lower() for name, _ in one.response.headers}
    if lines >= {"content-length", "transfer-encoding"}:
        yield "Content-Length or Transfer-Encoding", "both"


def _member(name: str, *, required: bool, types: tuple[type, ...], expected: str) -> _Form:
    def check(answer: Answer, _: Contract) -> Iterator[Deviation]:
        body = members(answer.json)
        if body is None:
            return
        if name not in body:
            if required:
                yield f"{name}: {expected}", f"no {name}"
        elif not isinstance(body[name], types):
            yield f"{name}: {expected}", f"{name}: {shown(body[name])}"

    return check


def _access_token(answer: Answer, _: Contract) -> Iterator[Deviation]:
    data = members(answer.members.get("data"))
    if data is not None and not isinstance(data.get("accessToken"), str | None):
        yield "a string as data.accessToken", f"{shown(data['accessToken'])} as data.accessToken"


def _repeated_names(answer: Answer, _: Contract) -> Iterator[Deviation]:
    if answer.repeated:
        names = ", ".join(map(named, answer.repeated[:MOST]))
        yield "names of an object's members that are unique", f"several times: {names}"


def _errors(answer: Answer, _: Contract) -> Iterator[Deviation]:
    body = members(answer.json)
    expected = "an object with the member errors, an object of at least one error"
    if body is None:
        yield expected, shown(answer.json)
    elif "errors" not in body:
        yield expected, "an object without errors"
    elif members(body["errors"]) is None:
        yield expected, f"errors: {shown(body['errors'])}"
    elif not body["errors"]:
        yield expected, "errors: an empty object"


def _entry(answer: Answer, _: Contract) -> Iterator[Deviation]:
    for name, entry in answer.entries():
        if not isinstance(entry, dict):
            yield f"errors.{named(name)}: an object", f"errors.{named(name)}: {shown(entry)}"


def _code(answer: Answer, contract: Contract) -> Iterator[Deviation]:
    known = contract.catalogue
    for name, entry in answer.entries():
        if name not in known:
            yield "errors by codes of the catalogue", f"errors.{named(name)}"
        if (error := members(entry)) is not None:
            code = error.get("code")
            if "code" not in error:
                yield f"errors.{named(name)}.code: {shown(name)}", f"errors.{named(name)} without a code"
            elif not isinstance(code, str) or (code not in known and code != name):
                yield "a code of the catalogue", f"errors.{named(name)}.code: {shown(code)}"


def _key(answer: Answer, contract: Contract) -> Iterator[Deviation]:
    known = contract.catalogue
    for name, entry in answer.entries():
        code = (members(entry) or {}).get("code")
        if isinstance(code, str) and code in known and code != name:
            yield f"errors.{code} with code {shown(code)}", f"errors.{named(name)} with code {shown(code)}"


def _text(field: str) -> _Form:
    def check(answer: Answer, contract: Contract) -> Iterator[Deviation]:
        known = contract.catalogue
        for name, entry in answer.entries():
            if (error := members(entry)) is None:
                continue
            code = error.get("code")
            codes = [each for each in (name, code) if isinstance(each, str) and each in known]
            texts = [getattr(known[each], field).value for each in codes]
            text = error.get(field)
            if text in texts or (not texts and isinstance(text, str)):
                continue
            expected = shown(texts[0]) if texts else "a string"
            actual = shown(text) if field in error else f"no {field}"
            yield f"errors.{named(name)}.{field}: {expected}", f"errors.{named(name)}.{field}: {actual}"

    return check


def _status(answer: Answer, contract: Contract) -> Iterator[Deviation]:
    if not answer.codes or 400 <= answer.status <= 499:
        return
    general = contract.codes_by_trigger["other"]
    if answer.codes == frozenset({general}) and 500 <= answer.status <= 599:
        return
    yield "a 4xx status", f"{answer.status} with {', '.join(map(named, sorted(answer.codes)))}"


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "body.json": _json,
        "body.object": _of_success(_object),
        "body.name": _of_success(_member("name", required=True, types=(str,), expected="a string")),
        "body.status": _of_success(_member("status", required=True, types=(str,), expected="a string")),
        "body.type": _of_success(
            _member("type", required=False, types=(str, type(None)), expected="a string or null, or none")
        ),
        "body.data": _of_success(_member("data", required=False, types=(dict,), expected="an object, or none")),
        "body.access-token": _of_success(_access_token),
        "body.unique-names": _of_either(_repeated_names),
        "envelope.errors": _of_failure(_errors),
        "envelope.entry": _of_failure(_entry),
        "envelope.code": _of_failure(_code),
        "envelope.key": _of_failure(_key),
        "envelope.message": _of_failure(_text("message")),
        "envelope.solution": _of_failure(_text("solution")),
        "header.content-type": _of_either(_content_type),
        "header.content-coding": _content_coding,
        "header.framing": _framing,
        "status.failure": _of_failure(_status),
    }
)
