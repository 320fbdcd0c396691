"""Everything that a call can raise beside a ``TypeError`` or ``ValueError`` for a wrong argument.

``BtcDirectError`` is the root. One class stands for each category and each code of the API's catalogue; the texts are
the server's. No error holds a secret: bodies, headers and texts are redacted before they get here.
"""

# ruff: noqa: N818 - the names say what is wrong, as the API does
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from .redaction import one_line, shortened

if TYPE_CHECKING:
    from .liveness import LivenessCheck


@dataclass(frozen=True, slots=True)
class RequestSummary:
    """What was asked, without the credentials."""

    method: str
    url: str


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One entry of an error envelope, as the server sent it."""

    code: str
    message: str
    solution: str


class BtcDirectError(Exception):
    """The root of all errors of this package."""

    request: RequestSummary | None = None
    """What was asked, if a request was made."""
    order_id: str | None = None
    """The order that was asked for, if it was one."""

    def __init__(self, text: str = "", /, **attributes: object) -> None:
        super().__init__(text)
        # Attributes stand in __dict__ so that pickle and copy, which call the class with ``args`` alone, keep them.
        self.__dict__.update(attributes)

    def __str__(self) -> str:
        line = one_line(super().__str__())
        return line if self.order_id is None else f"{line} (order {shortened(self.order_id)})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class ClientClosed(BtcDirectError):
    """The client was used after it was closed."""


class TransportError(BtcDirectError):
    """No whole answer arrived: the connection failed, was cut, or what came back is not HTTP."""


class Timeout(BtcDirectError):
    """A time limit ran out: the limit of a request, or the one of waiting for a liveness check."""

    last_check: "LivenessCheck | None" = None
    """The last check that was seen, if the limit was one of waiting."""
    last_error: BtcDirectError | None = None
    """The error that the last poll ended in, if the limit was one of waiting and it ended in one."""


class _AnswerError(BtcDirectError):
    status_code: int = 0
    """The HTTP status of the answer."""
    headers: Mapping[str, str] = {}
    """The headers of the answer by name, in any case; without those whose name says that they are secret."""

    @property
    def request_id(self) -> str | None:
        """The id that the server or a gateway gave the request, if a header says one (none is documented)."""
        names = ("x-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray")
        return next((self.headers[name] for name in names if name in self.headers), None)


class InvalidResponse(_AnswerError):
    """An answer that is neither what was asked for nor an error envelope."""

    body: str = ""
    """The start of the body, redacted."""


class ApiError(_AnswerError):
    """The API answered with an error. This class itself stands for codes that its catalogue does not list."""

    category: ClassVar[str | None] = None
    """The category in the catalogue of errors."""
    documented_code: ClassVar[str | None] = None
    """The code that the class stands for."""
    retry: ClassVar[str] = "never"
    """What has to change before trying again can help: ``same-request`` (nothing), ``new-credentials``, ``never``."""

    code: str = ""
    """The code, such as ``ER035``; empty if the answer had no envelope (a bare 429)."""
    message: str = ""
    """What is wrong, in the server's words."""
    solution: str = ""
    """What to do about it, in the server's words."""
    errors: tuple[ErrorEntry, ...] = ()
    """Every entry of the envelope; one answer can hold several."""


class OrderError(ApiError):
    """Something is wrong with the order id."""

    category = "order"


class OrderIdMissing(OrderError):
    """ER033: no order id arrived."""

    documented_code = "ER033"


class OrderIdInvalid(OrderError):
    """ER034: the order id is not a number."""

    documented_code = "ER034"


class OrderNotFound(OrderError):
    """ER035: no order has this id."""

    documented_code = "ER035"


class OrderNotOwned(OrderError):
    """ER150: the order is not the authenticated user's."""

    documented_code = "ER150"


class UserAuthorizationError(ApiError):
    """Something is wrong with the user token."""

    category = "user-authorization"
    retry = "new-credentials"


class UserTokenMissing(UserAuthorizationError):
    """ER700: no user token arrived."""

    documented_code = "ER700"


class UserTokenInvalid(UserAuthorizationError):
    """ER702: the user token is not valid."""

    documented_code = "ER702"


class ClientAuthorizationError(ApiError):
    """Something is wrong with the API key or client token."""

    category = "client-authorization"
    retry = "new-credentials"


class ClientTokenInvalid(ClientAuthorizationError):
    """ER800: the client token is not valid."""

    documented_code = "ER800"


class ClientTokenExpired(ClientAuthorizationError):
    """ER801: the client token has expired."""

    documented_code = "ER801"


class ClientTokenMissing(ClientAuthorizationError):
    """ER802: no client token arrived."""

    documented_code = "ER802"


class MultipleAuthorizationMethods(ClientAuthorizationError):
    """ER803: more than one client authorization arrived. This client never sends two."""

    documented_code = "ER803"
    retry = "never"


class ApiKeyInvalid(ClientAuthorizationError):
    """ER805: the API key is not valid."""

    documented_code = "ER805"


class ApiKeyMissing(ClientAuthorizationError):
    """ER806: no API key arrived."""

    documented_code = "ER806"


class GeneralError(ApiError):
    """An error of the API that has nothing to do with the request."""

    category = "general"


class UnspecifiedError(GeneralError):
    """ER999: a general error; the vendor's support can tell."""

    documented_code = "ER999"
    retry = "same-request"


class RateLimitError(ApiError):
    """The caller asks too often."""

    category = "rate-limit"


class RateLimited(RateLimitError):
    """ER920 or any answer with status 429: too many requests (the vendor's general documentation)."""

    documented_code = "ER920"
    retry = "same-request"
    retry_after: float | None = None
    """The seconds that the answer's ``Retry-After`` asks to wait, if it has one (none is documented)."""


CLASS_BY_CODE: Mapping[str, type[ApiError]] = {
    cls.documented_code: cls
    for category in ApiError.__subclasses__()
    for cls in category.__subclasses__()
    if cls.documented_code is not None
}
"""The class of each documented code."""
