"""Other words than the catalogue's."""

from collections.abc import Callable

from btcdirect_conformance.server.flavour import altered, entries, entry, failure, telling
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules

from .codes import CASES
from .model import Fault, category

_SMALL: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("no-full-stop", "loses its full stop", lambda text: text.rstrip(".")),
    ("comma", "gains a comma", lambda text: text.replace(" ", ", ", 1)),
    ("blank", "ends with a blank", lambda text: text + " "),
    ("capitals", "begins every word with a capital", str.title),
    ("two-blanks", "has two blanks for one", lambda text: text.replace(" ", "  ", 1)),
    ("lower-case", "begins with a small letter", lambda text: text[0].lower() + text[1:]),
    ("no-break-space", "has a no-break space in it", lambda text: text.replace(" ", "\u00a0", 1)),
    ("look-alike", "has a Cyrillic letter in it", lambda text: text.replace("e", "\u0435", 1)),
    ("markup", "is wrapped in markup", lambda text: f"<p>{text}</p>"),
    ("typo", "has a letter doubled", lambda text: text.replace("i", "ii", 1)),
    ("translated", "is another language's", lambda _: "Er is een fout opgetreden."),
)


class _Translated(Rules):
    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        german = any("de" in value for value in call.values("accept-language"))
        return entry("message", "Ein Fehler ist aufgetreten.")(reply) if german and reply.codes else reply


TEXTS = category(
    "texts",
    *(
        Fault(
            f"text-{code}-{field}-{slug}",
            f"The {field} of {code} {what}.",
            f"envelope.{field}",
            altered(entry(field, change), telling(code)),
        )
        for position, code in enumerate(CASES)
        for field, (slug, what, change) in (
            ("message", _SMALL[position % len(_SMALL)]),
            ("solution", _SMALL[(position + 5) % len(_SMALL)]),
        )
    ),
    Fault(
        "text-message-of-another",
        "The message of an expired token is that of an invalid one.",
        "envelope.message",
        altered(entry("message", "Authorization token is invalid."), telling("ER801")),
    ),
    Fault(
        "text-overview-page",
        "ER803 has the words of the vendor's overview page of errors, not the endpoint's.",
        "envelope.message",
        altered(entry("message", "Multiple authorization methods found."), telling("ER803")),
    ),
    Fault(
        "text-translated-on-demand",
        "Messages are in the language that is asked for.",
        "envelope.message",
        _Translated,
    ),
    Fault("text-message-empty", "Messages are empty.", "envelope.message", altered(entry("message", ""), failure)),
    Fault(
        "text-solution-is-message",
        "The solution repeats the message.",
        "envelope.solution",
        altered(entries(lambda old: {**old, "solution": old["message"]}), failure),
    ),
)
