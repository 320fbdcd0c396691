"""What stands before an application may answer in its stead: routers, gateways, firewalls, and how far that excuses it.

No document speaks of them, and many a correct target has one. What they refuse they refuse with a page of their own.
"""

import re
from urllib.parse import unquote_to_bytes

_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NO_URI = re.compile(r"[^\x21-\x7e]|[\"<>\\^`{|}]")
_UNDELIVERED = re.compile(r"[\x00-\x1f\x7f/\\%;]|\.{1,2}\Z")
"""What is refused, cut or cleaned in a decoded path segment by who routes it, or decodes it once more."""

_ATTACK = re.compile(r"['=<>{}]|--|\bunion\b", re.IGNORECASE)
"""What is refused in it by a firewall, as it may be meant for a database or a browser."""

_PLAIN = re.compile(r"[0-9A-Za-z_+-]*")
"""What a path segment may be for even the narrowest filter or router: ASCII, no dot, no blank, nothing reserved."""

_PLAIN_FIELD = re.compile(r"[0-9A-Za-z ._~+/=:,-]*")
"""What a credential may be for the narrowest filter: a scheme, a token (RFC 6750, section 2.1), several of them."""

_LONGEST_SEGMENT = 1000
_LONG_FIELD = 500
_LONGEST_FIELD = 4000


def is_undecodable(target: str) -> bool:
    """Whether a target has a percent sign that encodes nothing, or octets that are no UTF-8 (RFC 3986, section 2.1)."""
    return bool(_BAD_PERCENT.search(target)) or not _is_utf8(unquote_to_bytes(target))


def may_not_deliver_segment(segment: str) -> bool:
    """Whether a path segment may be cleaned, or not read at all."""
    changed = _NO_URI.search(segment) or _UNDELIVERED.search(decoded(segment))
    return bool(changed) or len(segment) > _LONGEST_SEGMENT or is_undecodable(segment)


def may_attack_segment(segment: str) -> bool:
    """Whether a path segment may be taken for an attack."""
    return bool(_ATTACK.search(decoded(segment)))


def decoded(segment: str) -> str:
    """A path segment's text, whatever octets are encoded in it."""
    return unquote_to_bytes(segment).decode("utf-8", "replace")


def cleaned(path: str) -> str:
    """A decoded path without empty and dot segments (RFC 3986, section 5.2.4, and what servers merge)."""
    kept: list[str] = []
    for segment in path.replace("\\", "/").split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/".join(kept)


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def may_filter_segment(segment: str) -> bool:
    """Whether a path segment may be refused for its characters alone."""
    return not _PLAIN.fullmatch(decoded(segment))


def may_not_deliver_field(value: str) -> bool:
    """Whether the value of a header field may not be read at all."""
    return not value.isascii() or not value.isprintable() or len(value) > _LONGEST_FIELD


def may_attack_field(value: str) -> bool:
    """Whether the value of a header field may be taken for an attack."""
    return "'" in value


def may_filter_field(value: str) -> bool:
    """Whether the value of a header field may be refused for its characters, or for its length."""
    return not _PLAIN_FIELD.fullmatch(value) or len(value) > _LONG_FIELD
