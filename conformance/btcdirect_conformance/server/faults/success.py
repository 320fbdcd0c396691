"""A check of another shape."""

from btcdirect_conformance.server.flavour import altered, member, payload, success, without
from btcdirect_conformance.server.messages import envelope

from .model import Fault, category

SUCCESS = category(
    "success",
    Fault("success-no-name", "The check lacks name.", "body.name", altered(payload(without("name")), success)),
    Fault("success-no-status", "The check lacks status.", "body.status", altered(payload(without("status")), success)),
    *(
        Fault(
            f"success-{field}-{kind}",
            f"{field} is {words}.",
            f"body.{field}",
            altered(member(field, value), success),
        )
        for field, kind, words, value in (
            ("name", "null", "null", None),
            ("name", "number", "a number", 7),
            ("name", "object", "an object", {"en": "liveness"}),
            ("status", "null", "null", None),
            ("status", "boolean", "a boolean", True),
            ("status", "array", "an array", ["pending"]),
            ("type", "number", "a number", 3),
            ("type", "boolean", "false", False),
            ("type", "object", "an object", {}),
            ("data", "empty-array", "an empty array, as PHP writes an empty object", []),
            ("data", "array", "an array", [{"accessToken": "fooToken"}]),
            ("data", "null", "null", None),
            ("data", "string", "a string", "fooToken"),
            ("data", "number", "a number", 0),
            ("data", "false", "false", False),
        )
    ),
    Fault(
        "success-access-token-number",
        "The access token is a number.",
        "body.access-token",
        altered(member("data", {"accessToken": 4711}), success),
    ),
    Fault(
        "success-data-stringified",
        "data is JSON inside a string.",
        "body.data",
        altered(member("data", '{"accessToken": "fooToken"}'), success),
    ),
    Fault(
        "success-array", "The check stands in an array.", "body.object", altered(payload(lambda old: [old]), success)
    ),
    Fault(
        "success-wrapped",
        "The check is wrapped in data.",
        "body.name",
        altered(payload(lambda old: {"data": old}), success),
    ),
    Fault("success-string", "The check is a string.", "body.object", altered(payload(lambda _: "pending"), success)),
    Fault("success-null", "The check is null.", "body.object", altered(payload(lambda _: None), success)),
    Fault("success-empty-object", "The check is empty.", "body.name", altered(payload(lambda _: {}), success)),
    Fault(
        "success-capitalised",
        "The fields begin with capitals.",
        "body.name",
        altered(payload(lambda old: {key.capitalize(): value for key, value in old.items()}), success),
    ),
    Fault(
        "success-with-errors",
        "A check comes with a general error beside it.",
        "success.api-key",
        altered(payload(lambda old: {**old, **envelope(["ER999"])}), success),
    ),
)
