from typing import Literal

ErrorCode = Literal[
    "ER033", "ER034", "ER035", "ER150", "ER700", "ER702", "ER800", "ER801", "ER802", "ER803", "ER805", "ER806", "ER999"
]

ERROR_CODE_VALUES: set[ErrorCode] = {
    "ER033",
    "ER034",
    "ER035",
    "ER150",
    "ER700",
    "ER702",
    "ER800",
    "ER801",
    "ER802",
    "ER803",
    "ER805",
    "ER806",
    "ER999",
}


def check_error_code(value: str) -> ErrorCode:
    if value in ERROR_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ERROR_CODE_VALUES!r}")
