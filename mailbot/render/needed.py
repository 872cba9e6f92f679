"""What no mail to a customer may leave out, whoever wrote its templates.

The reference, so that we find the ticket when they call. How to reach somebody sooner. After hours the emergency
number, the word that raises the ticket, and that this line is not the public emergency service's. Something critical
has been raised already: the number stands in the subject, too, and is dialled with one touch. It stands in a mail that
one of us has seen an outage as well. A survey has a link for each vote. Looked for in mails with sample facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from mailbot.errors import Problem
from mailbot.reading.text import htmltext
from mailbot.render.catalogues import lacking
from mailbot.render.facts import AnswerFacts
from mailbot.render.wording import services_number, tel

# By what a phrase takes each.
_VALUES = {
    "emergency number": "number",
    "number of ambulance": "number",
    "ticket's number": "reference",
    "how to reach you": "number",
    "word that raises": "word",
}
_AFTER_HOURS = {"customer-after-hours", "customer-emergency"}
_SEEN = "customer-seen"
# Who reads it has our answer, or somebody of ours on it, and a reply reaches us.
_WITHOUT_HASTE = {"customer-reminder", "customer-survey", _SEEN}


def left_out(
    folders: tuple[Path, ...], name: str, facts: AnswerFacts, language: str, parts: dict[str, str]
) -> Iterator[Problem]:
    """Yield what this mail leaves out, with the operator's file that is most likely to blame.

    `parts` are its "subject", "text" and "html".
    """
    visible = {**parts, "html": htmltext.render(parts["html"])}
    for part, what, hint, wanted in _needed(name, facts):
        if not any(_stands_in(visible[part], one) for one in wanted):
            yield _problem(
                folders, _to_blame(folders, name, part, language), f"{name}: the {part} leaves out {what}", hint
            )
    number = facts.emergency_number
    if number and _is_urgent(name, facts) and tel(number, facts.country) not in parts["html"]:
        hint = 'write <a href="{{ emergency_number|tel }}">{{ emergency_number }}</a>'
        text = f"{name}: no link in the html dials the emergency number"
        yield _problem(folders, _to_blame(folders, name, "html", language), text, hint)
    if any(f'href="{escape(link)}"' not in parts["html"] for _, link in facts.votes):
        hint = 'write {% for mark, link in votes %}<a href="{{ link }}">{{ mark }}</a>{% endfor %}'
        text = f"{name}: the html leaves out a link that votes"
        yield _problem(folders, _to_blame(folders, name, "html", language), text, hint)


def _needed(name: str, facts: AnswerFacts) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield the part, what it must hold, how that is written, and the texts of which one is enough."""
    number, down = facts.emergency_number, facts.down_word
    if number and name in {*_AFTER_HOURS, _SEEN}:
        for part in ("subject", "text", "html") if _is_urgent(name, facts) else ("text", "html"):
            yield part, "the emergency number", "write {{ emergency_number }}", (number,)
    for part in ("text", "html"):
        yield part, "the ticket's number", "write {{ reference }}", (facts.reference,)
        if name in _WITHOUT_HASTE or (facts.known and name not in _AFTER_HOURS):
            continue
        if name in _AFTER_HOURS:
            services = services_number(facts.country)
            if not (_is_urgent(name, facts) or facts.known):
                yield part, "the word that raises the ticket", "write {{ down_word }}", (down,)
            yield part, "the number of ambulance, fire and police", "write {{ country|services }}", (services,)
        else:
            hint = "write {{ escalation_phone }} or, where it is empty, {{ down_word }}"
            reached = tuple(filter(None, (number, facts.escalation_phone, down)))
            yield part, "how to reach you sooner", hint, reached


def _is_urgent(name: str, facts: AnswerFacts) -> bool:
    return not facts.known and (name == "customer-emergency" or (name in _AFTER_HOURS and facts.critical))


def _stands_in(text: str, wanted: str) -> bool:
    """Return whether the words stand there, however spaces and marks are set between digits."""
    marks = r"[\s\u202f\xa0()./-]*" if wanted.startswith("+") else r"[\s\u202f\xa0]+"
    pieces = re.findall(r"\+|\d", wanted) if wanted.startswith("+") else wanted.split()
    return re.search(rf"(?<!\d){marks.join(map(re.escape, pieces))}(?!\d)", text) is not None


def _problem(folders: tuple[Path, ...], path: Path, text: str, hint: str) -> Problem:
    """Return the problem; in a catalogue by the phrase that leaves out what stands in the shipped one."""
    if path.suffix == ".toml":
        values = {value for what, value in _VALUES.items() if what in text}
        for key, line, value in lacking(path, folders[-1] / "phrases" / path.name):
            if value in values:
                return Problem(str(path), key, text, line=line, hint=f"write {{{value}}} in this phrase")
    return Problem(str(path), "", text, hint=hint)


def _to_blame(folders: tuple[Path, ...], name: str, part: str, language: str) -> Path:
    """Return the first of the files that this part is made of which the operator has changed."""
    files = [f"{name}.{part}.j2", f"parts.{part}.j2", "customer.html.j2", "frame.html.j2"]
    files = files if part == "html" else files[:2]
    files += [f"phrases/{language}.toml", "phrases/en.toml"]
    changed = (folder / file for folder in folders[:-1] for file in files if (folder / file).is_file())
    return next(changed, folders[-1] / files[0])
