"""The wrong code for what is wrong with the request."""

from btcdirect_conformance.server.flavour import altered, entry, failure, payload, telling, told_as
from btcdirect_conformance.server.rules import Rules

from .model import Fault, category

CASES = {
    "ER033": "order.missing",
    "ER034": "order.not-a-number",
    "ER035": "order.unknown",
    "ER150": "order.foreign",
    "ER700": "auth.user.missing",
    "ER702": "auth.user.invalid",
    "ER800": "auth.client.invalid",
    "ER801": "auth.client.expired",
    "ER802": "auth.client.none",
    "ER803": "auth.both.valid",
    "ER805": "auth.key.invalid",
}
"""The case that provokes each code on the clean server."""

_INSTEAD = (
    ("ER033", "ER035", "A missing id counts as an unknown order."),
    ("ER034", "ER035", "What is no number counts as an unknown order."),
    ("ER034", "ER033", "What is no number counts as missing."),
    ("ER035", "ER034", "An unknown order's number counts as no number."),
    ("ER035", "ER150", "An unknown order counts as somebody else's."),
    ("ER150", "ER035", "Somebody else's order counts as unknown."),
    ("ER150", "ER702", "Somebody else's order counts as a bad user token."),
    ("ER700", "ER702", "No user token counts as an invalid one."),
    ("ER700", "ER802", "No user token counts as no client token."),
    ("ER702", "ER700", "An invalid user token counts as none."),
    ("ER702", "ER800", "An invalid user token counts as an invalid client token."),
    ("ER800", "ER801", "An invalid client token counts as expired."),
    ("ER800", "ER805", "An invalid client token counts as an invalid API key."),
    ("ER801", "ER800", "An expired client token counts as invalid."),
    ("ER802", "ER800", "No client authorization counts as an invalid token."),
    ("ER802", "ER700", "No client authorization counts as no user token."),
    ("ER803", "ER800", "Two authorization methods count as an invalid token."),
    ("ER803", "ER802", "Two authorization methods count as none."),
    ("ER805", "ER800", "An invalid API key counts as an invalid client token."),
    ("ER805", "ER806", "An invalid API key counts as none."),
)


class _AlsoGeneral(Rules):
    def shown(self, problems: tuple[str, ...]) -> tuple[str, ...]:  # type: ignore[override]
        return (*super().shown(problems), "ER999")


CODES = category(
    "codes",
    *(
        Fault(f"code-{code}-told-as-{wrong}", sentence, CASES[code], altered(told_as(wrong), telling(code)))
        for code, wrong, sentence in _INSTEAD
    ),
    *(
        Fault(
            f"code-{code}-told-as-ER999",
            f"{code} is told as a general error.",
            CASES[code],
            altered(told_as("ER999"), telling(code)),
        )
        for code in CASES
    ),
    Fault(
        "code-general-beside",
        "Every envelope holds ER999 beside the right code.",
        "order.unknown",
        _AlsoGeneral,
    ),
    Fault(
        "code-undocumented",
        "An unknown order is told with a code that is not in the catalogue.",
        "envelope.code",
        altered(
            payload(lambda _: {"errors": {"ER036": {"code": "ER036", "message": "No order.", "solution": "Look."}}}),
            telling("ER035"),
        ),
    ),
    Fault(
        "code-of-a-rate-limit",
        "An unknown order is too many requests, without the status of such.",
        "envelope.code",
        altered(
            payload(
                lambda _: {
                    "errors": {
                        "ER920": {
                            "code": "ER920",
                            "message": "Too many requests.",
                            "solution": "Wait before retrying.",
                        }
                    }
                }
            ),
            telling("ER035"),
        ),
    ),
    Fault(
        "code-lower-case",
        "Codes come in lower case.",
        "envelope.code",
        altered(
            payload(
                lambda old: {
                    "errors": {key.lower(): {**value, "code": key.lower()} for key, value in old["errors"].items()}
                }
            ),
            failure,
        ),
    ),
    Fault(
        "code-as-number", "A code is a number.", "envelope.code", altered(entry("code", lambda c: int(c[2:])), failure)
    ),
)
