"""An envelope of another shape."""

from typing import Any

from btcdirect_conformance.server.flavour import Payload, altered, entries, entry, failure, member, payload, without

from .model import Fault, category

# ``errors`` holds one entry on the clean server; the changes below rely on it.


def _only(old: Payload) -> dict[str, Any]:
    (entry,) = old["errors"].values()
    return dict(entry)


ENVELOPE = category(
    "envelope",
    Fault(
        "envelope-key-not-code",
        "The key of an entry is not its code.",
        "envelope.key",
        altered(payload(lambda old: {"errors": {"ER999": _only(old)}}), failure),
    ),
    Fault(
        "envelope-key-lower-case",
        "The key of an entry is its code in lower case.",
        "envelope.code",
        altered(payload(lambda old: {"errors": {key.lower(): value for key, value in old["errors"].items()}}), failure),
    ),
    Fault("envelope-no-code", "Entries lack their code.", "envelope.code", altered(entries(without("code")), failure)),
    Fault(
        "envelope-no-message",
        "Entries lack their message.",
        "envelope.message",
        altered(entries(without("message")), failure),
    ),
    Fault(
        "envelope-no-solution",
        "Entries lack their solution.",
        "envelope.solution",
        altered(entries(without("solution")), failure),
    ),
    Fault("envelope-message-null", "Messages are null.", "envelope.message", altered(entry("message", None), failure)),
    Fault(
        "envelope-solution-array",
        "Solutions are arrays.",
        "envelope.solution",
        altered(entry("solution", lambda text: [text]), failure),
    ),
    Fault(
        "envelope-entry-string",
        "Entries are strings.",
        "envelope.entry",
        altered(entries(lambda old: old["message"]), failure),
    ),
    Fault(
        "envelope-array",
        "errors is an array of entries.",
        "envelope.errors",
        altered(payload(lambda old: {"errors": [_only(old)]}), failure),
    ),
    Fault("envelope-empty", "errors is empty.", "envelope.errors", altered(member("errors", {}), failure)),
    Fault(
        "envelope-empty-array",
        "errors is an empty array, as PHP writes an empty object.",
        "envelope.errors",
        altered(member("errors", []), failure),
    ),
    Fault(
        "envelope-wide",
        "Thousands of entries that no document knows stand beside the right one.",
        "envelope.code",
        altered(
            payload(
                lambda old: {"errors": {**old["errors"], **{f"EX{number}": {"code": "EX"} for number in range(5000)}}}
            ),
            failure,
        ),
    ),
    Fault("envelope-null", "errors is null.", "envelope.errors", altered(member("errors", None), failure)),
    Fault(
        "envelope-bare",
        "The entries come without errors around them.",
        "envelope.errors",
        altered(payload(lambda old: old["errors"]), failure),
    ),
    Fault(
        "envelope-singular",
        "The envelope says error, not errors.",
        "envelope.errors",
        altered(payload(lambda old: {"error": old["errors"]}), failure),
    ),
    Fault(
        "envelope-problem-details",
        "Errors come as problem details (RFC 9457).",
        "order.unknown",
        altered(payload(lambda old: {"title": _only(old)["message"], "status": 400}), failure),
    ),
    Fault(
        "envelope-array-outside",
        "The envelope stands in an array.",
        "order.unknown",
        altered(payload(lambda old: [old]), failure),
    ),
)
