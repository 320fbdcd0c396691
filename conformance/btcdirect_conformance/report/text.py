"""Text from a target made safe to show: nothing in it acts on a terminal, an XML parser or a reader's eye."""

import unicodedata


def visible(text: str) -> str:
    r"""The text with every character that is not seen written as an escape (``\x1b``, ``\u202e``).

    Controls drive a terminal and are illegal in XML; bidirectional marks show another text than is there; lone
    surrogates can't be encoded. Newlines and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if _unseen(char) else char for char in text)


def clip(text: str, limit: int) -> str:
    """The text, or its first ``limit`` characters and how many more there are; ``report.json`` has them all."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}…\n({len(text) - limit:,} more characters in report.json)"


def _unseen(char: str) -> bool:
    category = unicodedata.category(char)
    return char not in "\n\t" and (category[0] == "C" or category in ("Zl", "Zp"))


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
