"""Values that are nearly a secret: what a careless comparison takes for it. ``None`` where a secret has none such."""

import base64
import hmac
import json
import re
import string
from collections.abc import Callable

INVENTED = "btcdirect-conformance-invented"
"""A credential that no server ever issued."""

_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def truncated(secret: str | None) -> str | None:
    """A secret without its last character; of a JWT, without its whole signature."""
    if secret and secret.count(".") == 2 and not secret.endswith("."):
        return secret[: secret.rindex(".") + 1]
    return secret[:-1] if secret and len(secret) > 1 else None


def extended(secret: str | None) -> str | None:
    """A secret and more: a fourth part where a JWT has three, and no more bits of a signature."""
    return f"{secret}.x" if secret else None


def other_case(secret: str | None) -> str | None:
    """A secret with its letters' case changed.

    ``None`` if it has no letters, or is a UUID: in capitals it is the same one (RFC 9562, section 4).
    """
    if not secret or secret.swapcase() == secret or _UUID.fullmatch(secret):
        return None
    return secret.swapcase()


def undashed(secret: str | None) -> str | None:
    """A secret without its dashes; ``None`` if it has none, or is a UUID, which many read so as well."""
    return secret.replace("-", "") if secret and "-" in secret and not _UUID.fullmatch(secret) else None


def unsigned(token: str | None) -> str | None:
    """The first two parts of a JWT alone; ``None`` if the token is none."""
    return token.rpartition(".")[0] if token and token.count(".") == 2 else None


def percent_encoded(secret: str | None) -> str | None:
    """A secret with its first character written as in a URL."""
    return f"%{ord(secret[0]):02X}{secret[1:]}" if secret else None


def shortened(secret: str | None) -> str | None:
    """A secret without its last four characters, which are three octets of a JWT's signature."""
    return secret[:-4] if secret and len(secret) > 8 else None


def parted(secret: str | None) -> str | None:
    """A secret with a blank in it."""
    return f"{secret[:5]} {secret[5:]}" if secret and secret[5:] else None


def forged(token: str | None, algorithm: str = "none") -> str:
    """The claims of a JWT without its signature (``alg: none``), or invented claims if the token is no JWT."""
    parts = (token or "").split(".")
    claims = parts[1] if len(parts) == 3 else _base64url({"sub": INVENTED, "exp": 4102444800})
    return f"{_base64url({'alg': algorithm, 'typ': 'JWT'})}.{claims}."


def _base64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def beheaded(secret: str | None) -> str | None:
    """A secret without its first character."""
    return secret[1:] if secret and len(secret) > 1 else None


def prefixed(secret: str | None) -> str | None:
    """A secret after something else."""
    return f"xx{secret}" if secret else None


_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def replaced(at: float) -> Callable[[str | None], str | None]:
    """A secret with another character at a place between its first (0) and its last (1).

    As base64 the character differs in its first bit, so that no reader that ignores the unused last ones takes it for
    the same octets.
    """

    def replace(secret: str | None) -> str | None:
        if not secret or len(secret) < 2:
            return None
        place = round(at * (len(secret) - 1))
        known = _BASE64.find(secret[place])
        other = _BASE64[known ^ 32] if known >= 0 else "A"
        return f"{secret[:place]}{other}{secret[place + 1 :]}"

    return replace


def swapped(secret: str | None) -> str | None:
    """A secret with two neighbouring letters or digits, as near to its middle as can be, in each other's place."""
    text = secret or ""
    pairs = [at for at in range(len(text) - 1) if text[at : at + 2].isalnum() and text[at] != text[at + 1]]
    if not pairs:
        return None
    at = min(pairs, key=lambda at: abs(at - len(text) // 2))
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"


def resigned(token: str | None) -> str:
    """Other claims under the signature of a JWT, or under an invented one if the token is no JWT."""
    header, _, rest = (token or "").partition(".")
    signature = rest.partition(".")[2]
    if not signature or "." in signature:
        header, signature = _base64url({"alg": "HS256", "typ": "JWT"}), INVENTED
    return f"{header}.{_base64url({'sub': INVENTED, 'exp': 4102444800})}.{signature}"


def signature_in_other_case(token: str | None) -> str | None:
    """A JWT with its signature's case changed; ``None`` if the token is none, or no letter is in it."""
    if not token or token.count(".") != 2:
        return None
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{signature.swapcase()}" if signature.swapcase() != signature else None


def signed_with(secret: str) -> Callable[[str | None], str | None]:
    """The claims of a JWT, signed with a secret that anybody guesses (HS256: RFC 7518, section 3.2).

    ``None`` if the token is no JWT, or if that is what signs this server's own, and rightly does.
    """

    def sign(token: str | None) -> str | None:
        parts = (token or "").split(".")
        if len(parts) != 3 or parts[2] == _signature(f"{parts[0]}.{parts[1]}", secret):
            return None
        content = f"{_base64url({'alg': 'HS256', 'typ': 'JWT'})}.{parts[1]}"
        return f"{content}.{_signature(content, secret)}"

    return sign


def _signature(content: str, secret: str) -> str:
    digest = hmac.digest(secret.encode(), content.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def respelled(template: str) -> Callable[[str | None], str | None]:
    """The same number as a secret of digits alone, written otherwise; ``None`` for any other secret."""
    return lambda secret: template.format(secret) if secret and secret.isdecimal() and secret.isascii() else None
