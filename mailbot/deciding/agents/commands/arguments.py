"""What stands behind a command's word, read into the command; UnclearError says in words why it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from mailbot.deciding.agents.commands import kinds
from mailbot.deciding.agents.commands.adding import Add
from mailbot.deciding.agents.commands.days import FORMS, Side, day
from mailbot.deciding.agents.commands.escalating import Escalate
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.deciding.agents.commands.leave import Away, Mute
from mailbot.deciding.agents.commands.moment import Moment, UnclearError, named
from mailbot.deciding.agents.commands.onincident import IncidentStep, OnIncident
from mailbot.deciding.agents.commands.times import ahead, call
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.deciding.agents.commands.watching import Ok
from mailbot.deciding.words import clean
from mailbot.reading.fields.address import originator
from mailbot.rules import Playbook, Severity
from mailbot.rules.nearest import nearest

_LONGEST = 300
_LONGEST_WORD = 40
_AROUND = " \t\r\"'.,;:!*_=\u201c\u201d\u201e\u00ab\u00bb"
_LINKED = re.compile(r"[<\[(]+(?:mailto:)?([^<>\s\[\]()]+)[>\])]+", re.IGNORECASE)
_UNTIL = re.compile(
    r"(?i)(?P<reason>.*)(?<!\S)(?:(?:un)?till?|bis(?: zum)?|jusqu['\u2019]au|hasta|at[e\u00e9])[ :](?P<day>.*)"
)
_TO = re.compile(r"(?i)(?P<sender>\S+(?: [<\[(]\S+[>\])])?) (?:to|for|as|=|->)(?: (?P<tenant>.+))?")
_LINK = re.compile(r"(?i)^(?:mailto:|https?://)?(?:www\.)?@?")
_SENDER = re.compile(r"(?:[^\s@<>,;:\"()\[\]]+@)?[^\s@<>,;:\"()\[\]/]+\.[^\s@<>,;:\"()\[\]/.]+")
_MOST_WORDS_OF_A_DAY = 5
_TICKETS = range(1, 2**63)
_TICKET = re.compile(r"#?(\d{1,19})")
_STEP = re.compile(r"\s*(?:#?(?P<incident>\d{1,9})[ \t]+)?(?P<step>[^\W\d_]+)[:.,]?(?P<rest>(?:\s.*)?)", re.DOTALL)
_NUMBERED = re.compile(r"#?(\d{1,18})(?:[ \t]?[-\u2013][ \t]?#?(\d{1,18}))?")
_MARKED = re.compile(r"[ \t]*(?:#\d{1,18}(?:[ \t]?[-\u2013][ \t]?#?\d{1,18})?[ \t,;&]*(?:and[ \t]+)?)+")
_BESIDE_NUMBERS = re.compile(r"[\s,;.&+]|\band\b")
_MOST_TICKETS = 500


def read(kind: type[Command], rest: str, moment: Moment) -> Command:
    """Return the command of this kind with what stands behind its word; raise UnclearError for what cannot be read."""
    if len(rest) > _LONGEST and not kind.private:
        raise UnclearError("it has too many words behind it; put the text below it")
    return _READERS[kind](rest, moment)


def bare(rest: str) -> str:
    """Return an argument on one line, without the spaces, quotes and punctuation around it."""
    return " ".join(clean(rest).split()).strip(_AROUND)


def _alone(kind: Callable[[], Command]) -> Callable[[str, Moment], Command]:
    def read_alone(rest: str, _moment: Moment) -> Command:
        if bare(rest):
            raise UnclearError(f'it takes no words, and "{bare(rest)}" follows it; put the text on a line below')
        return kind()

    return read_alone


def _note(rest: str, _moment: Moment) -> Command:
    if not bare(rest[:_LONGEST]) and not rest.strip():
        raise UnclearError("it needs the words that are to be noted")
    return kinds.Note(rest.strip())


def _escalate(rest: str, _moment: Moment) -> Command:
    return Escalate(rest.strip())


def _severity(rest: str, moment: Moment) -> Command:
    return kinds.SetSeverity(Severity(named(bare(rest), moment.severities, "severity")))


def _assign(rest: str, moment: Moment) -> Command:
    if bare(rest).casefold() in {"me", "myself"}:
        raise UnclearError("this gives the ticket to somebody else", "#take")
    return kinds.Assign(named(bare(rest).removeprefix("to "), moment.agents, "agent"))


def _called(rest: str, moment: Moment) -> Command:
    line, _, below = rest.strip().partition("\n")
    at, said = call(line, moment)
    return kinds.Called(f"{said}\n{below}".strip(), at)


def _wait(rest: str, moment: Moment) -> Command:
    words = " ".join(clean(rest).split())
    until = _UNTIL.fullmatch(words)
    if until:
        reason, when = until["reason"], day(until["day"], moment)
    else:
        reason, when = _with_day_at_end(words, moment)
    reason = bare(re.sub(r"^(?:for|on) ", "", bare(reason), flags=re.IGNORECASE))
    if not reason:
        raise UnclearError("it needs to know what for, and until when", kinds.Wait.example)
    if not reason.isprintable():
        raise UnclearError("it has characters that cannot be seen")
    return kinds.Wait(reason, when)


def _with_day_at_end(words: str, moment: Moment) -> tuple[str, date]:
    """Return reason and day of "carrier in 3 days": the longest end that is a day."""
    pieces = words.split()
    for length in range(min(_MOST_WORDS_OF_A_DAY, len(pieces) - 1), 0, -1):
        try:
            when = day(" ".join(pieces[-length:]), moment)
        except UnclearError:
            continue
        left = pieces[:-length]
        return " ".join(left[:-1] if left[-1].casefold() == "for" else left), when
    raise UnclearError(f"it needs a day: {FORMS}", kinds.Wait.example)


def _tenant(rest: str, moment: Moment) -> Command:
    return kinds.SetTenant(named(bare(rest), moment.tenants, "tenant"))


def _playbook(rest: str, moment: Moment) -> Command:
    return kinds.SetPlaybook(Playbook(named(bare(rest), moment.playbooks, "playbook")))


def _merge(rest: str, _moment: Moment) -> Command:
    found = _TICKET.fullmatch(bare(rest).removeprefix("with "))
    if found is None or int(found[1]) not in _TICKETS:
        raise UnclearError("it needs the number of one other ticket", kinds.Merge.example)
    return kinds.Merge(int(found[1]))


def _address(rest: str, example: str) -> str:
    """Return the one address that is written, also where a mail program has made a link of it."""
    text = bare(rest)
    linked = _LINKED.search(text)
    if linked and text.partition(linked[0])[0].strip().casefold() == linked[1].casefold():
        text = linked[1]
    person = originator([text.removeprefix("mailto:")])
    if person is None:
        said = f'"{text}" is no address' if text else "it needs an address"
        raise UnclearError(said, example)
    return person.address


def _for(rest: str, _moment: Moment) -> Command:
    return kinds.For(_address(rest, kinds.For.example))


def _new(rest: str, _moment: Moment) -> Command:
    return kinds.New(_address(re.sub(r"^for:? ", "", bare(rest), flags=re.IGNORECASE), kinds.New.example))


def _allow(rest: str, _moment: Moment) -> Command:
    return kinds.Allow(_address(rest, kinds.Allow.example))


def _why(rest: str, moment: Moment) -> Command:
    text = " ".join(clean(rest).split())
    first, _, after = text.partition(" ")
    if "@" not in first:
        first, after = "", text
    address = _address(first, kinds.Why.example) if first else ""
    try:
        return kinds.Why(address, day(after, moment, Side.GONE) if bare(after) else None)
    except UnclearError as unclear:
        raise UnclearError(str(unclear), unclear.near if address else kinds.Why.example) from None


def _add(rest: str, moment: Moment) -> Command:
    found = _TO.fullmatch(bare(rest))
    if found is None:
        raise UnclearError("it needs a domain or an address, and whose it is", Add.example)
    sender = _sender(bare(found["sender"]))
    if not _SENDER.fullmatch(sender):
        raise UnclearError(f'"{sender}" is neither a domain nor an address', Add.example)
    try:
        return Add(sender, named(found["tenant"] or "", moment.tenants, "customer"))
    except UnclearError as unclear:
        raise UnclearError(str(unclear), f"add {sender} to {unclear.near}" if unclear.near else "") from None


def _sender(text: str) -> str:
    """Return the domain or the address that is written, also where a mail program has made a link of it."""
    first = text.partition(" ")[0]
    return _LINK.sub("", first.strip("<>[]()")).strip("/").casefold()


def _vendor(rest: str, moment: Moment) -> ToVendor:
    line, _, below = rest.lstrip(" \t\r").partition("\n")
    first, _, more = line.strip().partition(" ")
    known, named_so = moment.vendors, bare(line)
    if not known:
        raise UnclearError("rules.toml lists no [[vendor]] to whom it could go")
    try:
        return ToVendor(named(named_so, known, "vendor"), below.strip())
    except UnclearError as unclear:
        if len(known) == 1 and not unclear.near and (not named_so or more):
            return ToVendor(known[0].id, rest.strip() if named_so else below.strip())
        if not more:
            raise
    return ToVendor(named(bare(first), known, "vendor"), f"{more}\n{below}".strip())


def _incident(rest: str, _moment: Moment) -> OnIncident:
    found = _STEP.fullmatch(rest)
    if found is None:
        raise UnclearError("it needs to be said what is done: open, add, update or resolve", OnIncident.example)
    step = _step(found["step"].casefold())
    incident, text = int(found["incident"]) if found["incident"] else None, found["rest"].strip()
    tickets: tuple[int, ...] = ()
    if step in {IncidentStep.ADD, IncidentStep.REMOVE}:
        line, _, text = found["rest"].lstrip(" \t").partition("\n")
        tickets, text = tickets_in(line), text.strip()
        if _BESIDE_NUMBERS.sub("", _NUMBERED.sub("", line)):
            raise UnclearError("it takes the numbers of tickets, and nothing else", "#incident add 12-31 40")
    elif step is IncidentStep.OPEN and (marked := _MARKED.match(found["rest"])):
        tickets, text = tickets_in(marked[0]), found["rest"][marked.end() :].strip()
    return OnIncident(step, text, tickets, incident)


def _step(word: str) -> IncidentStep:
    try:
        return IncidentStep(word)
    except ValueError:
        near = nearest(word, IncidentStep)
        hint = f"#incident {near}" if near else OnIncident.example
        raise UnclearError(f'"{word[:_LONGEST_WORD]}" is nothing that can be done to an incident', hint) from None


def tickets_in(words: str) -> tuple[int, ...]:
    """Return the numbers of tickets that are written, each once: "12-31 40", "#1012-31"."""
    wanted: dict[int, None] = {}
    for first, last in _NUMBERED.findall(words):
        end = int(first[: -len(last)] + last) if last and len(last) < len(first) else int(last or first)
        if not int(first) <= end < int(first) + _MOST_TICKETS:
            raise UnclearError(f'"{first}-{last}" is no span of tickets')
        wanted |= dict.fromkeys(range(int(first), end + 1))
    if len(wanted) > _MOST_TICKETS or any(number not in _TICKETS for number in wanted):
        raise UnclearError(f"these are no numbers of at most {_MOST_TICKETS} tickets")
    return tuple(wanted)


def _mute(rest: str, moment: Moment) -> Command:
    return Mute(ahead(rest, moment))


def _away(rest: str, moment: Moment) -> Command:
    return Away(ahead(rest, moment))


_READERS: dict[type[Command], Callable[[str, Moment], Command]] = {
    kinds.Close: _alone(kinds.Close),
    kinds.Reopen: _alone(kinds.Reopen),
    kinds.Take: _alone(kinds.Take),
    Ok: _alone(Ok),
    kinds.MarkSpam: _alone(kinds.MarkSpam),
    kinds.ListOpen: _alone(kinds.ListOpen),
    kinds.ListMine: _alone(kinds.ListMine),
    kinds.Show: _alone(kinds.Show),
    kinds.Answer: _alone(kinds.Answer),
    kinds.Help: _alone(kinds.Help),
    kinds.Undo: _alone(kinds.Undo),
    kinds.Note: _note,
    Escalate: _escalate,
    kinds.SetSeverity: _severity,
    kinds.Assign: _assign,
    kinds.Called: _called,
    kinds.Wait: _wait,
    kinds.SetTenant: _tenant,
    kinds.SetPlaybook: _playbook,
    kinds.Merge: _merge,
    kinds.For: _for,
    kinds.New: _new,
    kinds.Allow: _allow,
    ToVendor: _vendor,
    OnIncident: _incident,
    Add: _add,
    kinds.Why: _why,
    Mute: _mute,
    Away: _away,
}
