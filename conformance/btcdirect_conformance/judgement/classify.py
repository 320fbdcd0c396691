"""From a request as it goes on the wire to its facts.

The one place where facts come from: cases, hypothesis and schemathesis all build requests, and none declares facts.
"""

import re
import unicodedata

from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.facts import ApiKey, ClientToken, Fixtures, Order, RequestFacts, UserToken

from . import fronts

AUTHORIZATION = "Authorization"
API_KEY = "X-Api-Key"
USER_AUTHORIZATION = "User-Authorization"

_TARGET = re.compile(r"[^?#]*/api/v2/buy/([^/?#]*)/identification/liveness(?:\?.*)?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What may follow ``Bearer`` (RFC 6750, section 2.1)."""

_NO_TOKENS = frozenset({"", "null", "undefined"})
"""What a front end that has no token sends for one. Who reads them may take them for none, or for an invalid one."""

_CLEANED_AWAY = re.compile(r"[\x00;].*|[\s/\\%]", re.DOTALL)
"""What is not left of a segment once a front has merged slashes, taken out parameters or what follows a NUL."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.IGNORECASE)
"""What somebody could call a number, once digits, signs and points of other scripts are written in ASCII."""

_SIGNED_OR_DECIMAL = re.compile(r"[+-]?[0-9]*(?:[.,][0-9]*)*")
"""What the facts leave open: "what a negative or decimal number counts as"; with commas as decimals or between."""

_WHOLE_NUMBER = re.compile(r"\+?0*([1-9][0-9]*|0)(?:\.0*)?")
_OTHER_SCRIPTS = str.maketrans({"−": "-", "－": "-", "＋": "+", "．": ".", "٫": ".", "，": ","})  # noqa: RUF001
_MORE_BLANKS = "\ufeff\u180e\u200b"
"""What some languages trim, and Python does not."""

_JSON = "eyJ"
"""How the Base64 of a JSON object with members begins."""

_LONGEST_NUMBER = 18
"""So many digits always fit into 64 bits; an order with more is taken for impossible."""

_SMALL = 2**31
"""Every program's integers reach so far."""


def read_facts(method: str, target: str, headers: Headers, fixtures: Fixtures) -> RequestFacts | None:
    """The facts of any request to the endpoint; ``None`` if its target is another resource."""
    match = _TARGET.fullmatch(target)
    if match is None:
        return None
    client, key, user = (_field(headers, name) for name in (AUTHORIZATION, API_KEY, USER_AUTHORIZATION))
    segment = match[1]
    own = (fixtures.client_token, fixtures.user_token, fixtures.other_user_token, fixtures.expired_client_token)
    known = {fixtures.api_key, *(f"Bearer {token}" for token in own)}
    # What was issued is let through.
    fields = [value for value in (client, key, user) if value is not None and value not in known]
    undelivered = fronts.may_not_deliver_segment(segment) or any(map(fronts.may_not_deliver_field, fields))
    attack = fronts.may_attack_segment(segment) or any(map(fronts.may_attack_field, fields))
    return RequestFacts(
        client_token=_client_token(client, fixtures),
        api_key=_api_key(key, fixtures),
        user_token=_user_token(user, fixtures),
        order=_order(segment, fixtures),
        method=method,
        refusable=undelivered or attack,
        attack=attack and not undelivered,
        filtered=fronts.may_filter_segment(segment) or any(map(fronts.may_filter_field, fields)),
    )


def _field(headers: Headers, name: str) -> str | None:
    values = [value.strip(" \t") for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None


def _client_token(value: str | None, fixtures: Fixtures) -> ClientToken:
    form, token = _bearer(value, fixtures.client_token, fixtures.expired_client_token)
    if form is not None:
        return ClientToken(form)
    if token == fixtures.client_token:
        return ClientToken.VALID
    if token == fixtures.expired_client_token:
        return ClientToken.EXPIRED
    if token in (fixtures.user_token, fixtures.other_user_token):
        return ClientToken.USER_TOKEN
    if token == fixtures.api_key:
        return ClientToken.API_KEY
    if (claims := _claims(token)) and claims == _claims(fixtures.expired_client_token or ""):
        return ClientToken.EXPIRED_CLAIMS
    return ClientToken(_near_miss(token, fixtures.client_token) or "invalid")


def _user_token(value: str | None, fixtures: Fixtures) -> UserToken:
    form, token = _bearer(value, fixtures.user_token, fixtures.other_user_token)
    if form is not None:
        return UserToken(form)
    if token == fixtures.user_token:
        return UserToken.VALID
    if token == fixtures.other_user_token:
        return UserToken.OTHER_USER
    if token in (fixtures.client_token, fixtures.expired_client_token):
        return UserToken.CLIENT_TOKEN
    if token == fixtures.api_key:
        return UserToken.API_KEY
    return UserToken(_near_miss(token, fixtures.user_token) or "invalid")


def _api_key(value: str | None, fixtures: Fixtures) -> ApiKey:
    if value is None:
        return ApiKey.ABSENT
    if not value:
        return ApiKey.EMPTY
    if value == fixtures.api_key:
        return ApiKey.VALID
    if value in (fixtures.client_token, fixtures.expired_client_token):
        return ApiKey.CLIENT_TOKEN
    if value in (fixtures.user_token, fixtures.other_user_token):
        return ApiKey.USER_TOKEN
    return ApiKey(_near_miss(value, fixtures.api_key) or "invalid")


def _bearer(value: str | None, valid: str | None, second: str | None) -> tuple[str | None, str]:
    """A state that is clear from the form alone, or the token after ``Bearer``.

    What a target issued itself is a token whatever it looks like: Laravel's have a ``|`` in them.
    """
    if value is None:
        return "absent", ""
    scheme, blank, token = value.partition(" ")
    if not value or (scheme.lower() == "bearer" and token.strip() in _NO_TOKENS):
        return "empty", ""
    if valid and value in (valid, f"Bearer{valid}"):
        return "no-scheme", ""
    if scheme == "Bearer" and (token in (valid, second) or _TOKEN.fullmatch(token)):
        return None, token
    is_variant = scheme.lower() == "bearer" and blank and token.strip() == valid
    return "variant" if is_variant else "wrong-scheme", ""


def _claims(token: str) -> str:
    """The second part of a JWT; empty if the token is none."""
    parts = token.split(".")
    return parts[1] if len(parts) == 3 and parts[1].startswith(_JSON) else ""


def _near_miss(value: str, valid: str | None) -> str | None:
    if not valid:
        return None
    if valid.startswith(value):
        return "truncated"
    if value.startswith(valid):
        return "extended"
    return "other-case" if value.lower() == valid.lower() else None


def _order(segment: str, fixtures: Fixtures) -> Order:
    """What the path segment is."""
    if not segment:
        return Order.MISSING
    text = fronts.decoded(segment)
    known = {fixtures.owned: Order.OWNED, fixtures.foreign: Order.FOREIGN, fixtures.unknown: Order.UNKNOWN}
    if segment in known:
        return known[segment]
    if text in (".", ".."):
        return Order.DOTS
    if text == fixtures.owned:
        return Order.ENCODED_DIGITS
    if text == fixtures.foreign:
        return Order.FOREIGN_OTHER_SPELLING
    if not _CLEANED_AWAY.sub("", text):
        return Order.BLANK
    if (delivered := _delivered(text)) is not None:
        spellings = {
            fixtures.owned: Order.MORE_SLASHES,
            fixtures.foreign: Order.FOREIGN_OTHER_SPELLING,
            fixtures.unknown: Order.OPEN,
        }
        inner = spellings.get(delivered) or _number(delivered, fixtures.owned, fixtures.foreign)
        # As it was sent, it is no number.
        return Order.SOME_NUMBER if inner is Order.SMALL_NUMBER else inner
    return _number(text, fixtures.owned, fixtures.foreign)


def _delivered(text: str) -> str | None:
    """The one segment that is left where a front decodes a path and cleans it before it passes it on."""
    if "/" not in text and "\\" not in text:
        return None
    folder, _, rest = fronts.cleaned(f"buy/{text}").partition("/")
    return rest if folder == "buy" and rest and "/" not in rest else None


def _number(text: str, owned: str | None, foreign: str | None) -> Order:
    bare = text.strip().strip(_MORE_BLANKS)
    if not bare:
        return Order.BLANK
    if not _NUMBER.fullmatch(_in_ascii(bare)):
        return Order.NOT_A_NUMBER
    whole = _WHOLE_NUMBER.fullmatch(text)
    if whole is None:
        return Order.OPEN if _SIGNED_OR_DECIMAL.fullmatch(text) else Order.ODD_NUMBER
    digits = whole[1]
    if digits == _without_zeros(owned):
        return Order.LEADING_ZEROS if text.isdigit() else Order.OTHER_SPELLING
    if digits == _without_zeros(foreign):
        return Order.FOREIGN_OTHER_SPELLING
    if len(digits) > _LONGEST_NUMBER:
        return Order.OPEN
    return Order.SMALL_NUMBER if text == digits and 0 < int(digits) < _SMALL else Order.SOME_NUMBER


def _without_zeros(number: str | None) -> str | None:
    """A fixture's digits without the zeros before them, which it may be written with."""
    return (number.lstrip("0") or "0") if number else None


def _in_ascii(text: str) -> str:
    if text.isascii():
        return text
    return "".join(_digit(character) for character in text.translate(_OTHER_SCRIPTS))


def _digit(character: str) -> str:
    """A digit for what Unicode calls one, and for what stands for a number in any other way, as does a half."""
    value = unicodedata.numeric(character, None)
    if value is None:
        return character
    return str(unicodedata.digit(character, 1))
