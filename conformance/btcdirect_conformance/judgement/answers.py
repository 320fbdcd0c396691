"""What an answer claims to be, read once for all checks, and read kindly.

The codes of an envelope are found even where its form is wrong: then the form is one deviation, reported once, and not
one more for every request whose code was right. Reading is total: any status, headers and bytes give an ``Answer``.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, cast

from attrs import frozen

from btcdirect_conformance.exchange import Response

from . import deep_json

RATE_LIMIT = 429
_HOUSE = frozenset({"ER920", "ER999"})
"""What a front that limits the rate says in the house style: too many requests, or anything else."""
GATEWAY = (502, 503, 504)
"""What a gateway says of what is behind it (RFC 9110, sections 15.6.3 to 15.6.5)."""

_LONGEST = 200
_PLAIN = re.compile(r"[\w.-]{1,40}", re.ASCII)
_KINDS: Mapping[type[object], str] = MappingProxyType(
    {dict: "an object", list: "an array", bool: "a boolean", float: "a number", type(None): "null"}
)


def members(value: Any) -> dict[str, Any] | None:
    """A JSON object's members; ``None`` for any other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def shown(value: object) -> str:
    """A JSON value in a few characters that can be printed anywhere: lone surrogates are escaped."""
    if not isinstance(value, str):
        kind = type(value)
        return _KINDS.get(kind, kind.__name__)
    return repr(value if len(value) <= _LONGEST else value[:_LONGEST] + "…")


def named(name: str) -> str:
    """A name as ``shown`` gives it, without quotes if it is a plain word."""
    return name if _PLAIN.fullmatch(name) else shown(name)


@frozen(slots=False, eq=False)
class Answer:
    """A response, understood. Responses that differ in nothing that is read here share one."""

    status: int
    media_type: str
    """Lower case, without parameters; empty if the response names none."""
    json: Any
    """The body's value; ``None`` as well if the body is no JSON (``problem`` says so)."""
    problem: str
    """Why the body is not JSON in UTF-8, or the empty string. There may be a value all the same."""
    repeated: tuple[str, ...]
    """Names that stand twice in one object."""
    has_errors: bool
    """Whether the body is an object with a member ``errors`` that is not empty."""
    codes: frozenset[str]
    """The codes that it reports, wherever they stand."""

    @cached_property
    def members(self) -> dict[str, Any]:
        """The members of the body, if that is an object; otherwise none."""
        return members(self.json) or {}

    @cached_property
    def is_2xx(self) -> bool:
        """Whether the status claims success (RFC 9110, section 15.3)."""
        return 200 <= self.status <= 299

    @cached_property
    def has_member_errors(self) -> bool:
        """Whether the body is an object with a member ``errors``, empty or not."""
        return "errors" in self.members

    @cached_property
    def is_error(self) -> bool:
        """Whether the body reports errors, in the right form or not."""
        return self.has_errors or bool(self.codes)

    @cached_property
    def is_success(self) -> bool:
        """Whether it is a success: a 2xx status, an object as body, no errors in it."""
        return self.is_2xx and isinstance(self.json, dict) and not self.is_error

    @property
    def is_broken_json(self) -> bool:
        """Whether the body claims to be JSON and cannot be read as such."""
        return bool(self.problem) and self.json is None and self.media_type.endswith("json")

    @cached_property
    def access_token(self) -> str | None:
        """The access token of a success."""
        data = members(self.members.get("data")) if self.is_success else None
        token = (data or {}).get("accessToken")
        return token if isinstance(token, str) and token else None

    @property
    def is_rate_limit(self) -> bool:
        """Whether the request was turned away for its rate (vendor docs: 429 with ER920). Never judged.

        Which status belongs to a code is open, so one that is not general says what it says under 429 as well.
        """
        return self.status == RATE_LIMIT and self.codes <= _HOUSE

    def entries(self) -> Iterator[tuple[str, Any]]:
        """The members of ``errors``, if that is an object."""
        yield from (members(self.members.get("errors")) or {}).items()


@lru_cache(maxsize=2048)
def read_answer(response: Response, known: frozenset[str]) -> Answer:
    """Understands a response.

    Args:
        response: A whole response.
        known: The codes of the catalogue and those known from elsewhere.
    """
    return _read(response.status, response.header("content-type") or "", response.body, known)


@lru_cache(maxsize=2048)
def _read(status: int, content_type: str, body: bytes, known: frozenset[str]) -> Answer:
    value, problem, repeated = _read_json(body)
    return Answer(
        status=status,
        media_type=content_type.partition(";")[0].strip().lower(),
        json=value,
        problem=problem,
        repeated=repeated,
        has_errors=bool((members(value) or {}).get("errors")),
        codes=frozenset(_codes(value, known)),
    )


class _Repeated(list[str]):
    """Collects names that stand twice while a document is read."""

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) < len(pairs):
            times = Counter(name for name, _ in pairs)
            self.extend(name for name in members if times[name] > 1)
        return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _read_json(body: bytes) -> tuple[Any, str, tuple[str, ...]]:
    """The value, why the body is not JSON in UTF-8, and repeated names."""
    problem, text = "", ""
    try:
        text = body.decode("utf-8")
        if text.startswith("\ufeff"):
            problem, text = "it starts with a byte order mark", text[1:]
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
        text = body.decode(json.detect_encoding(body), "replace")
    repeated = _Repeated()
    try:
        value = _value(text, repeated)
    except ValueError as error:
        return None, problem or ("it is empty" if not body else f"it is no JSON: {error}"), ()
    return value, problem, tuple(repeated)


def _value(text: str, repeated: _Repeated) -> Any:
    # Python refuses whole numbers of more digits than it likes, which no document does.
    try:
        return json.loads(text, object_pairs_hook=repeated.object, parse_constant=_no_constant, parse_int=float)
    except RecursionError:
        repeated.clear()
        return deep_json.read(text, repeated.object)


def _codes(value: Any, known: frozenset[str]) -> set[str]:
    """The codes in an envelope, or in what was meant to be one; of a true one, unknown codes as well."""
    body = members(value)
    if body is None:
        return _codes_in(value, known)
    errors = members(body.get("errors"))
    if errors is not None and not _code_of(errors, known):
        return {name if name in known else _code_of(entry, known) or name for name, entry in errors.items()}
    for part in (body.get("errors"), body.get("error"), body):
        if codes := _codes_in(part, known):
            return codes
    return set()


def _codes_in(value: Any, known: frozenset[str]) -> set[str]:
    if isinstance(value, list):
        entries = cast("list[object]", value)
        return {code for entry in entries if (code := _code_of(entry, known))}
    if (code := _code_of(value, known)) and not isinstance(value, str):
        return {code}
    return {name for name in members(value) or {} if name in known}


def _code_of(entry: Any, known: frozenset[str]) -> str | None:
    error = members(entry)
    code = entry if error is None else error.get("code")
    return code if isinstance(code, str) and code in known else None
