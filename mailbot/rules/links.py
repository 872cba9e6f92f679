"""Link patterns: web addresses that the operator writes with places in them, "https://pbx.example/{tenant}/phones".

What is put into a place is percent-encoded whole, so that it stays one piece of the path or the query, whoever wrote
it; the host is the operator's word, except for a tenant's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator

from mailbot.rules.nearest import did_you_mean

PLACES = ("tenant", "phone", "ticket", "playbook", "address", "domain")
"""What may stand in braces."""
_EXAMPLE = 'write it like "https://pbx.example/customers/{tenant}"'
_EXAMPLE_OF_PAGE = 'write it like "https://www.example.com/help"'
_PLACE = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(
    r"\[(?P<label>[^\[\]]+)\]\((?P<named>[a-z]+://[^\s()]+)\)|(?P<bare>https?://[^\s<>\"]+[^\s<>\"'.,;:!?)\]])"
)
_HOST = re.compile(r"(?:[A-Za-z0-9]|\{tenant\})(?:[A-Za-z0-9.-]|\{tenant\})*(?::\d{1,5})?")


def link_pattern(text: str, *, example: str = _EXAMPLE) -> str:
    """Return the pattern, outer spaces taken off, "" for none; raise ValueError in words for the operator.

    `example` says how it is written.
    """
    pattern = text.strip()
    if not pattern:
        return pattern
    if not pattern.startswith("https://"):
        raise ValueError(f'a link starts with "https://"; {example}')
    if re.search(r"[^!-~]|[\"<>\\^`|]", pattern):
        raise ValueError(f"a link has no spaces, quotation marks or letters beyond a to z; {example}")
    for name in _PLACE.findall(pattern):
        if name not in PLACES:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{{{name}}} is no place in a link; {did_you_mean(name, PLACES) or f'there are {known}'}")
    if set("{}") & set(_PLACE.sub("", pattern)):
        raise ValueError(f"a brace stands alone; {example}")
    host = re.split(r"[/?#]", pattern.removeprefix("https://"), maxsplit=1)[0]
    if "@" in host:
        raise ValueError("a link must not hold a name or a password")
    if not _HOST.fullmatch(host):
        raise ValueError(f"in the name of the server only {{tenant}} may be filled in; {example}")
    return pattern


def page_address(text: str) -> str:
    """Return the web address of a page, outer spaces taken off, "" for none; raise ValueError in words."""
    if set("{}") & set(text):
        raise ValueError(f"nothing is filled in here; {_EXAMPLE_OF_PAGE}")
    return link_pattern(text, example=_EXAMPLE_OF_PAGE)


def step(text: str) -> str:
    """Return a step of a playbook; raise ValueError for a link in it that is none."""
    for found in _LINK.finditer(text):
        link_pattern(found["named"] or found["bare"])
    return text


def pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words of a step, each with the link pattern behind them, "" for plain ones."""
    end = 0
    for found in _LINK.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], ""
        yield found["label"] or found["bare"], found["named"] or found["bare"]
        end = found.end()
    if end < len(text):
        yield text[end:], ""


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """Return the link with its places filled in, "" without a pattern, or where one of its places has no value."""
    if not all(values.get(name) for name in _PLACE.findall(pattern)):
        return ""
    return _PLACE.sub(lambda found: quote(values[found[1]], safe="", errors="replace"), pattern)


LinkPattern = Annotated[str, AfterValidator(link_pattern)]
PageAddress = Annotated[str, AfterValidator(page_address)]
Step = Annotated[str, AfterValidator(step)]
