"""Values that are nearly a secret: what a careless comparison takes for it. ``None`` where a secret has none such."""

import base64
import json

INVENTED = "btcdirect-conformance-invented"
"""A credential that no server ever issued."""


def truncated(secret: str | None) -> str | None:
    """A secret without its last character."""
    return secret[:-1] if secret and len(secret) > 1 else None


def extended(secret: str | None) -> str | None:
    """A secret and more: enough that no lenient base64 reader takes it for the same octets."""
    return f"{secret}xx" if secret else None


def other_case(secret: str | None) -> str | None:
    """A secret with its letters' case changed; ``None`` if it has no letters."""
    return secret.swapcase() if secret and secret.swapcase() != secret else None


def forged(token: str | None) -> str:
    """The claims of a JWT without its signature (``alg: none``), or invented claims if the token is no JWT."""
    parts = (token or "").split(".")
    claims = parts[1] if len(parts) == 3 else _base64url({"sub": INVENTED, "exp": 4102444800})
    return f"{_base64url({'alg': 'none', 'typ': 'JWT'})}.{claims}."


def _base64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def beheaded(secret: str | None) -> str | None:
    """A secret without its first character."""
    return secret[1:] if secret and len(secret) > 1 else None


def prefixed(secret: str | None) -> str | None:
    """A secret after something else."""
    return f"xx{secret}" if secret else None


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
