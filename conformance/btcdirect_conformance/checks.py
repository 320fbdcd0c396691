"""Checks on the form of one answer: a rule each, by the id of the case that reports it.

A check yields what it expected and what was there. It looks only at what its rule speaks of; an answer whose code is
wrong is the oracle's business, and a body that is no JSON is reported as that alone.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from .answers import members
from .examined import Examined

Deviation = tuple[str, str]
"""Expected, actual."""

Check = Callable[[Examined], Iterator[Deviation]]

_JSON = "application/json"
_LONGEST = 200
_NAMES: Mapping[type[object], str] = MappingProxyType(
    {dict: "an object", list: "an array", bool: "a boolean", float: "a number", type(None): "null"}
)


def shown(value: object) -> str:
    """A JSON value, short."""
    if not isinstance(value, str):
        kind = type(value)
        return _NAMES.get(kind, kind.__name__)
    return repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")


def _json(one: Examined) -> Iterator[Deviation]:
    readable_as_failure = one.claims_failure or (
        one.ruling.failure and 400 <= one.answer.status <= 499 and one.answer.is_broken_json and not one.refused
    )
    if one.answer.problem and (one.claims_success or readable_as_failure):
        yield "a body of JSON in UTF-8", one.answer.problem


def _object(one: Examined) -> Iterator[Deviation]:
    if one.claims_success and not one.answer.problem and not isinstance(one.answer.json, dict):
        yield "an object", shown(one.answer.json)


def _content_type(one: Examined) -> Iterator[Deviation]:
    is_read = isinstance(one.answer.json, (dict, list))
    if is_read and (one.claims_success or one.claims_failure) and one.answer.media_type != _JSON:
        yield _JSON, one.answer.media_type or "no Content-Type"


def _member(name: str, *, required: bool, types: tuple[type, ...], expected: str) -> Check:
    def check(one: Examined) -> Iterator[Deviation]:
        body = members(one.answer.json)
        if not one.claims_success or body is None:
            return
        if name not in body:
            if required:
                yield f"{name}: {expected}", f"no {name}"
        elif not isinstance(body[name], types):
            yield f"{name}: {expected}", f"{name}: {shown(body[name])}"

    return check


def _access_token(one: Examined) -> Iterator[Deviation]:
    data = members(one.answer.members.get("data")) if one.claims_success else None
    if data is not None and not isinstance(data.get("accessToken", ""), str):
        yield "data.accessToken: a string", f"data.accessToken: {shown(data['accessToken'])}"


def _repeated_names(one: Examined) -> Iterator[Deviation]:
    if one.answer.repeated and (one.claims_success or one.claims_failure):
        yield "names of an object's members that are unique", "several times: " + ", ".join(one.answer.repeated)


def _errors(one: Examined) -> Iterator[Deviation]:
    if not one.claims_failure:
        return
    body = members(one.answer.json)
    expected = "an object with the member errors, an object of at least one error"
    if body is None:
        yield expected, shown(one.answer.json)
    elif "errors" not in body:
        yield expected, "an object without errors"
    elif members(body["errors"]) is None:
        yield expected, f"errors: {shown(body['errors'])}"
    elif not body["errors"]:
        yield expected, "errors: an empty object"


def _entries(one: Examined) -> Iterator[tuple[str, Any]]:
    if one.claims_failure:
        yield from one.answer.entries()


def _entry(one: Examined) -> Iterator[Deviation]:
    for name, entry in _entries(one):
        if not isinstance(entry, dict):
            yield f"errors.{name}: an object", f"errors.{name}: {shown(entry)}"


def _code(one: Examined) -> Iterator[Deviation]:
    known = one.contract.catalogue
    for name, entry in _entries(one):
        if name not in known:
            yield "errors by codes of the catalogue", f"errors.{shown(name)}"
        if (error := members(entry)) is not None:
            code = error.get("code")
            if "code" not in error:
                yield f"errors.{name}.code: {shown(name)}", f"errors.{name} without a code"
            elif not isinstance(code, str) or (code not in known and code != name):
                yield "a code of the catalogue", f"errors.{name}.code: {shown(code)}"


def _key(one: Examined) -> Iterator[Deviation]:
    known = one.contract.catalogue
    for name, entry in _entries(one):
        code = (members(entry) or {}).get("code")
        if isinstance(code, str) and code in known and code != name:
            yield f"errors.{code} with code {shown(code)}", f"errors.{name} with code {shown(code)}"


def _text(field: str) -> Check:
    def check(one: Examined) -> Iterator[Deviation]:
        known = one.contract.catalogue
        for name, entry in _entries(one):
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
            yield f"errors.{name}.{field}: {expected}", f"errors.{name}.{field}: {actual}"

    return check


def _status(one: Examined) -> Iterator[Deviation]:
    if not one.claims_failure or not one.answer.codes or 400 <= one.answer.status <= 499:
        return
    general = one.contract.codes_by_trigger["other"]
    if one.answer.codes == frozenset({general}) and 500 <= one.answer.status <= 599:
        return
    yield "a 4xx status", f"{one.answer.status} with {', '.join(sorted(one.answer.codes))}"


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "body.json": _json,
        "body.object": _object,
        "body.name": _member("name", required=True, types=(str,), expected="a string"),
        "body.status": _member("status", required=True, types=(str,), expected="a string"),
        "body.type": _member("type", required=False, types=(str, type(None)), expected="a string or null, or none"),
        "body.data": _member("data", required=False, types=(dict,), expected="an object, or none"),
        "body.access-token": _access_token,
        "body.unique-names": _repeated_names,
        "envelope.errors": _errors,
        "envelope.entry": _entry,
        "envelope.code": _code,
        "envelope.key": _key,
        "envelope.message": _text("message"),
        "envelope.solution": _text("solution"),
        "header.content-type": _content_type,
        "status.failure": _status,
    }
)
