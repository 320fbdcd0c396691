"""What an id makes a server fall over."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules

from .model import Fault, category


def _crashing(when: Callable[[bytes], bool]) -> type[Rules]:
    """Rules that fall over, with the framework's page, when the segment is like that."""

    class Crashing(Rules):
        def reply(self, call: Call) -> Reply:
            reply = super().reply(call)
            if call.method == "GET" and when(unquote_to_bytes(call.segment)):
                page = (("Content-Type", "text/html"),)
                return evolve(reply, status=500, raw=b"<h1>500</h1>", headers=page, codes=(), order=None)
            return reply

    return Crashing


class _EmptyForOctets(Rules):
    """Cannot write the id into its message, and sends nothing for it: PHP's ``json_encode`` was false."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        return evolve(reply, raw=b"", codes=()) if _no_utf8(unquote_to_bytes(call.segment)) else reply


def _no_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return False


CRASHES = category(
    "crashes",
    Fault(
        "id-crash-braces",
        "Braces in the id bring a 500.",
        "order.grammar.template",
        _crashing(lambda text: b"{{" in text),
    ),
    Fault(
        "id-crash-tag", "A tag in the id brings a 500.", "order.grammar.markup", _crashing(lambda text: b"<" in text)
    ),
    Fault(
        "id-crash-long-text",
        "Many digits and a letter bring a 500.",
        "order.grammar.long-text",
        _crashing(lambda text: len(text) > 30 and text[:30].isdigit() and not text.isdigit()),
    ),
    Fault(
        "id-beyond-31-bits-crashes",
        "A number that needs 32 bits brings a 500.",
        "order.grammar.beyond-31-bits",
        _crashing(lambda text: text.isdigit() and 2**31 <= int(text) < 2**32),
    ),
    Fault(
        "id-beyond-63-bits-crashes",
        "A number that needs 64 bits brings a 500.",
        "order.grammar.beyond-63-bits",
        _crashing(lambda text: text.isdigit() and len(text) < 30 and 2**63 <= int(text) < 2**64),
    ),
    Fault(
        "id-crash-letters",
        "Letters in the id bring a 500.",
        "order.not-a-number",
        _crashing(lambda text: text.isalpha()),
    ),
    Fault("id-crash-no-utf-8", "Bytes that are no UTF-8 bring a 500.", "order.grammar.no-utf8", _crashing(_no_utf8)),
    Fault("id-no-utf-8-empty", "Bytes that are no UTF-8 bring JSON without a body.", "body.json", _EmptyForOctets),
    Fault("id-crash-nul", "A NUL brings a 500.", "order.grammar.nul", _crashing(lambda text: b"\0" in text)),
    Fault("id-crash-dots", "Encoded dots bring a 500.", "order.grammar.dots", _crashing(lambda text: text == b"..")),
    Fault("id-crash-quote", "A quote brings a 500.", "order.grammar.quote", _crashing(lambda text: b"'" in text)),
    Fault(
        "id-crash-long",
        "A very long number brings a 500.",
        "order.grammar.very-long",
        _crashing(lambda text: len(text) > 18 and text.isdigit()),
    ),
)
