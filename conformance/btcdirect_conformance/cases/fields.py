"""Header fields that are no factor: what they say, and how they are written, must not change what is documented."""

from collections.abc import Callable

from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.transport.wire import ACCEPT

Writing = Callable[[Headers], Headers]
"""From a request's fields to others that mean the same to this API."""


def other_languages(headers: Headers) -> Headers:
    """Asks for texts in other languages."""
    return (("Accept-Language", "nl, de;q=0.9, fr;q=0.8"), *headers)


def any_media_type(headers: Headers) -> Headers:
    """Takes any media type, as a client that never thought of it."""
    return (("Accept", "*/*"), *(field for field in headers if field != ACCEPT))


def no_content_coding(headers: Headers) -> Headers:
    """Takes a body as it is alone."""
    return (("Accept-Encoding", "identity"), *headers)


def conditional(headers: Headers) -> Headers:
    """Wants the answer if there is none like it already.

    "A server MUST ignore all received preconditions if its response to the same request without those conditions ...
    would have been a status code other than a 2xx (Successful) or 412" (RFC 9110, section 13.2.1).
    """
    return (("If-None-Match", "*"), *headers)


def lower_case(headers: Headers) -> Headers:
    """Has the names in lower case (RFC 9110, section 5.1)."""
    return tuple((name.lower(), value) for name, value in headers)


def last_first(headers: Headers) -> Headers:
    """Has the fields in the opposite order, which means nothing where names differ (RFC 9110, section 5.3)."""
    return headers[::-1]


WRITINGS: tuple[Writing, ...] = (
    other_languages,
    any_media_type,
    no_content_coding,
    lower_case,
    last_first,
)
"""Those that suit any request."""
