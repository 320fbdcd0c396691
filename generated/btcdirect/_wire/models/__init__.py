"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .error_code import ErrorCode
from .error_envelope import ErrorEnvelope
from .error_envelope_errors import ErrorEnvelopeErrors
from .identification_status import IdentificationStatus
from .identification_status_data import IdentificationStatusData
from .rate_limit_envelope import RateLimitEnvelope

__all__ = (
    "Error",
    "ErrorCode",
    "ErrorEnvelope",
    "ErrorEnvelopeErrors",
    "IdentificationStatus",
    "IdentificationStatusData",
    "RateLimitEnvelope",
)
