"""What our own people read first: what happened, to whom, and what to beware of.

Senders' words are shown to them, but made safe: on one line where a line is meant, without the
characters that turn text around or hide it, so that nothing looks like a sentence of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from mailbot.deciding.classify import bare_subject
from mailbot.deciding.effects import Flag, NoticeKind
from mailbot.render.facts import NoticeItem, Person
from mailbot.rules import Severity

# Controls, marks that reorder or hide text (Unicode TR 36), and ends of lines that only some programs know.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# What a name says only to be taken for what we say: an address, or that somebody was verified.
_SAYS_WHO = re.compile(r"(?i)@|verif")
_SUBJECT = 70
_FIRST_LINES = 12
# Where mail programs end the lines of plain text (RFC 5322 section 2.1.1, RFC 3676 section 4.2).
_EDGES = range(60, 79)
_ENDS = (".", "?", "!", ":", ";")
_MARKS = " .,:;…"
_COMMAND = re.compile(r"`([^`]+)`")

_HAPPENED = {
    NoticeKind.NEW_TICKET: "new ticket from {who}",
    NoticeKind.REPLY: "new message from {who}",
    NoticeKind.RISE: "the ticket of {who} has become {severity}",
    NoticeKind.REOPENED: "{who} wrote again, the ticket is open once more",
    NoticeKind.REPEATED: "{who} reports the same again and again",
    NoticeKind.RECOVERED: "{who} reports that it works again",
    NoticeKind.THANKED: "{who} says thank you",
    NoticeKind.SELF_SERVED: "an article solved it for {who}",
    NoticeKind.VOTED: "{who} says how satisfied they are",
    NoticeKind.DISSATISFIED: "{who} is not satisfied",
    NoticeKind.WAITED: "{who} is to hear from you",
    NoticeKind.RUNS_OUT: "{who} was promised a time",
    NoticeKind.OVERNIGHT: "while you were closed: {who}",
    NoticeKind.NIGHT_OVER: "An answering service wrote after its night",
    NoticeKind.RUN_OUT: "several promised times run out",
    NoticeKind.ESCALATED: "the ticket of {who} is escalated",
    NoticeKind.HELD: "the answer to {who} is held and waits for you",
    NoticeKind.QUARANTINED: "a message from {who} is in quarantine",
    NoticeKind.PASSED_ON: "critical: what {who} passes on waits for a yes",
    NoticeKind.FAILED_MAIL: "a mail of ours could not be delivered",
    NoticeKind.EXPIRED_MAIL: "a mail of ours was too late and did not leave",
    NoticeKind.UNCLEAR_MAIL: "a mail of ours may not have arrived",
    NoticeKind.BOUNCED: "a mail of ours came back",
    NoticeKind.VENDOR: "a vendor wrote about a ticket; the customer has not seen it",
    NoticeKind.INCIDENT: "news of an incident",
    NoticeKind.RADAR: "several customers have what looks like one trouble",
    NoticeKind.PARTICIPANT: "{who} wrote, who is no participant yet",
    NoticeKind.RESTORED: "the log was restored from a backup",
    NoticeKind.RELAY_DOWN: "no mail to customers leaves at present",
    NoticeKind.RELAY_BACK: "mail leaves again after an outage",
    NoticeKind.RULES_REFUSED: "your changed rules or templates cannot be used, the former ones stay in force",
    NoticeKind.RULES_IN_FORCE: "your changed rules and templates are in force",
    NoticeKind.PATTERN_SLOW: "a regular expression of your rules takes too long",
    NoticeKind.UNREACHABLE_AGENT: "an agent did not get the message of {who}",
    NoticeKind.FAILED_PAGE: "a page did not arrive",
    NoticeKind.DAMAGED: "a row of the log was damaged",
}

# A rise names the severity itself, and what works again is no trouble any more.
_NOT_GRAVE = frozenset(
    {
        NoticeKind.RISE,
        NoticeKind.RECOVERED,
        NoticeKind.THANKED,
        NoticeKind.SELF_SERVED,
        NoticeKind.VOTED,
        NoticeKind.DISSATISFIED,
        NoticeKind.WAITED,
    }
)

_COUNTED = {
    NoticeKind.NEW_TICKET: ("new ticket", "new tickets"),
    NoticeKind.REPLY: ("new message", "new messages"),
    NoticeKind.RISE: ("rise", "rises"),
    NoticeKind.REOPENED: ("reopened ticket", "reopened tickets"),
    NoticeKind.REPEATED: ("repetition", "repetitions"),
    NoticeKind.RECOVERED: ("recovery", "recoveries"),
    NoticeKind.THANKED: ("thank-you", "thank-yous"),
    NoticeKind.SELF_SERVED: ("ticket solved by an article", "tickets solved by an article"),
    NoticeKind.VOTED: ("vote", "votes"),
    NoticeKind.DISSATISFIED: ("customer who is not satisfied", "customers who are not satisfied"),
    NoticeKind.WAITED: ("ticket that waited", "tickets that waited"),
    NoticeKind.RUNS_OUT: ("promised time", "promised times"),
    NoticeKind.OVERNIGHT: ("outage overnight", "outages overnight"),
    NoticeKind.NIGHT_OVER: ("mail after the night", "mails after the night"),
    NoticeKind.RUN_OUT: ("list of promised times", "lists of promised times"),
    NoticeKind.ESCALATED: ("escalated ticket", "escalated tickets"),
    NoticeKind.HELD: ("held answer", "held answers"),
    NoticeKind.QUARANTINED: ("message in quarantine", "messages in quarantine"),
    NoticeKind.PASSED_ON: ("critical mail that waits for a yes", "critical mails that wait for a yes"),
    NoticeKind.FAILED_MAIL: ("failed mail", "failed mails"),
    NoticeKind.EXPIRED_MAIL: ("mail too late to leave", "mails too late to leave"),
    NoticeKind.UNCLEAR_MAIL: ("mail in doubt", "mails in doubt"),
    NoticeKind.VENDOR: ("answer of a vendor", "answers of vendors"),
    NoticeKind.INCIDENT: ("update on an incident", "updates on incidents"),
    NoticeKind.RADAR: ("trouble of several customers", "troubles of several customers"),
    NoticeKind.BOUNCED: ("returned mail", "returned mails"),
    NoticeKind.PARTICIPANT: ("proposed participant", "proposed participants"),
    NoticeKind.RESTORED: ("restored log", "restored logs"),
    NoticeKind.RELAY_DOWN: ("outage of outgoing mail", "outages of outgoing mail"),
    NoticeKind.RELAY_BACK: ("end of an outage of outgoing mail", "ends of outages of outgoing mail"),
    NoticeKind.RULES_REFUSED: ("change of rules that cannot be used", "changes of rules that cannot be used"),
    NoticeKind.RULES_IN_FORCE: ("change of rules in force", "changes of rules in force"),
    NoticeKind.PATTERN_SLOW: ("slow regular expression", "slow regular expressions"),
    NoticeKind.UNREACHABLE_AGENT: ("message that an agent did not get", "messages that an agent did not get"),
    NoticeKind.FAILED_PAGE: ("page that did not arrive", "pages that did not arrive"),
    NoticeKind.DAMAGED: ("damaged row of the log", "damaged rows of the log"),
}

_BEWARE = {
    Flag.UNVERIFIED: "Unverified: nothing proves that this sender is who the address says.",
    Flag.UNCLEAR_SENDER: "It is unclear who sent this: the From field names nobody, or more than one.",
    Flag.AUTHENTICATION_FAILED: "Authentication failed: the sender's address may be forged.",
    Flag.FROM_JUNK: "This was found in the junk folder.",
    Flag.MACHINE: "A machine sent this.",
    Flag.OVERSIZE: "Too large to fetch: only its header was read, the text is in the mailbox.",
    Flag.PROPOSED_PARTICIPANT: "The sender is no participant of this ticket: your answer does not reach them.",
    Flag.UNREADABLE: "Not all of it could be read.",
    Flag.ENCRYPTED: "Encrypted: it cannot be read here. The original is kept as it came.",
    Flag.HISTORY: "This is old mail, imported.",
    Flag.SPAM: "The mail provider calls this spam.",
}


def with_commands(text: str) -> Markup:
    """Return the text as HTML on one line, in which what stands between backticks is a command."""
    parts = enumerate(_COMMAND.split(one_line(text)))
    return Markup("").join(Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in parts)


def one_line(text: str) -> str:
    """Return the text on one line, without what hides or reorders text."""
    return " ".join(_HIDDEN.sub("", re.sub(r"[\r\n\t\x0b\x0c\x85\u2028\u2029]", " ", text)).split())


def cut_short(text: str, most: int) -> str:
    """Return the text on one line, with an ellipsis where it has more than so many characters."""
    words = one_line(text)
    return words if len(words) <= most else with_ellipsis(words[: most - 1])


def with_ellipsis(words: str) -> str:
    """Return words that go on with an ellipsis, in place of the mark that they end with."""
    return f"{words.rstrip(_MARKS)}…"


def passage(text: str) -> str:
    """Return the text with its lines, without what hides or reorders text, ends trimmed."""
    lines = _HIDDEN.sub("", re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def beginning(text: str) -> str:
    """Return the first lines of a passage, with an ellipsis where there are more."""
    lines = text.split("\n")
    return text if len(lines) <= _FIRST_LINES else "\n".join((*lines[:_FIRST_LINES], "…"))


def flowing(text: str) -> str:
    """Return the passage with those lines put together again that the sender's mail program ended at its edge.

    A line that ends a sentence is left alone: its writer may have ended it.
    """
    lines = text.split("\n")
    edge = max((len(line) for line in lines if len(line) < _EDGES.stop), default=0)
    whole = lines[0]
    for former, line in pairwise(lines):
        word = line.partition(" ")[0]
        at_edge = edge in _EDGES and edge - len(word) <= len(former) <= edge
        goes_on = at_edge and word[:1].isalpha() and not former.endswith(_ENDS)
        whole += (" " if goes_on else "\n") + line
    return whole


def who(item: NoticeItem) -> str:
    """Return the tenant's name, else the sender's address, else that nobody knows."""
    return one_line(item.tenant) or one_line(item.sender) or "an unknown sender"


def headline(item: NoticeItem) -> str:
    """Return what happened, in one sentence without a full stop."""
    severity = item.severity.value if item.severity else "more severe"
    happened = _HAPPENED[item.kind].format(who=who(item), severity=severity)
    if item.held is not None and item.kind is not NoticeKind.HELD:
        happened += ", the answer is held"
    grave = item.severity in {Severity.CRITICAL, Severity.HIGH} and item.kind not in _NOT_GRAVE
    return f"{severity.capitalize()}: {happened}" if grave else happened[0].upper() + happened[1:]


def summary(items: Sequence[NoticeItem]) -> str:
    """Return how many of what, in order of first appearance: "2 new tickets, 1 held message"."""
    counts = Counter(item.kind for item in items)
    also_held = sum(item.held is not None and item.kind is not NoticeKind.HELD for item in items)
    counts.update({NoticeKind.HELD: also_held} if also_held else {})
    return ", ".join(f"{count} {_COUNTED[kind][count > 1]}" for kind, count in counts.items())


def subject(items: Sequence[NoticeItem]) -> str:
    """Return the subject of a notice: the ticket, what to beware of, what happened, the sender's subject."""
    if len(items) > 1:
        return _subject_of_many(items)
    item = items[0]
    words = _own_subject(item)
    tag = f"[{item.ticket}] " if item.ticket is not None else ""
    caution = "(unverified) " if item.verified is False or Flag.UNVERIFIED in item.flags else ""
    return f"{tag}{caution}{headline(item)}" + (f": {words}" if words else "")


def _subject_of_many(items: Sequence[NoticeItem]) -> str:
    """Return "Critical: 2 new tickets" where all are, else "1 critical of 8 new tickets"."""
    critical = sum(_is_critical(item) for item in items)
    what = summary(items)
    if critical in {0, len(items)}:
        return f"Critical: {what}" if critical else what
    return f"{critical} critical of {len(items)}: {what}" if ", " in what else f"{critical} critical of {what}"


def _is_critical(item: NoticeItem) -> bool:
    """Return whether what happened is critical; good news of a critical ticket is not."""
    is_news = item.kind is NoticeKind.RISE or item.kind not in _NOT_GRAVE
    return item.kind is NoticeKind.PASSED_ON or (item.severity is Severity.CRITICAL and is_news)


def _own_subject(item: NoticeItem) -> str:
    """Return the sender's subject, cut short; without the ticket's number where it answers a mail of ours."""
    words = one_line(item.subject)
    if bare_subject(words).startswith(f"[{item.ticket}]"):
        words = words.partition("]")[2].strip()
    return cut_short(words, _SUBJECT)


def relay_subject(item: NoticeItem) -> str:
    """Return the subject under which an agent gets a customer's message: the ticket, what to beware of, her subject."""
    words = _own_subject(item) or "(no subject)"
    caution = "(unverified) " if item.verified is False or Flag.UNVERIFIED in item.flags else ""
    grave = f"{item.severity.value.capitalize()}: " if item.severity in {Severity.CRITICAL, Severity.HIGH} else ""
    return f"[{item.ticket}] {caution}{grave}{words}"


def relay_sender(item: NoticeItem, brand: str) -> str:
    """Return under which name an agent gets a customer's message: "Jane Roe (Acme Dental) via Harbor Voice".

    Address books keep it beside our own address, so it says that it is not hers.
    """
    name, tenant = _name(item.sender_name) or one_line(item.sender), one_line(item.tenant)
    person = f"{name} ({tenant})" if name and tenant else name or tenant or "A customer"
    return f"{person} via {brand}"


def reached(people: Sequence[Person], item: NoticeItem) -> str:
    """Return whom a reply reaches: "Jane Roe (jane@acme.example) at Acme Dental", and what is not sure of them."""
    if not people:
        return "nobody: nothing says who wrote this"
    *others, last = map(_person, people)
    named = " and ".join(filter(None, (", ".join(others), last)))
    tenant = f" at {one_line(item.tenant)}" if item.tenant else ""
    return f"{named}{tenant}{' (not verified)' if item.verified is False else ''}"


def _person(person: Person) -> str:
    name, address = _name(person.name), one_line(person.address)
    return f"{name} ({address})" if name and name != address else address


def _name(chosen: str) -> str:
    """Return a name that somebody outside chose, "" for one that holds an address or says who is verified."""
    name = one_line(chosen)
    return "" if _SAYS_WHO.search(unicodedata.normalize("NFKC", name)) else name


def cautions(item: NoticeItem, *, but_unverified: bool = False) -> tuple[str, ...]:
    """Return what to beware of, a sentence for each flag; a sender not verified counts as flagged.

    Where it is said already that nothing proves who wrote, all `but_unverified`.
    """
    flags = dict.fromkeys(item.flags)
    if item.verified is False and Flag.AUTHENTICATION_FAILED not in flags:
        flags = {Flag.UNVERIFIED: None, **flags}
    return tuple(_BEWARE[flag] for flag in flags if not (but_unverified and flag is Flag.UNVERIFIED))


def command(item: NoticeItem) -> str:
    """Return what to type next, "" where nothing is known."""
    if item.command:
        return one_line(item.command)
    return f"mailbot show {item.ticket}" if item.ticket is not None else ""


def from_line(item: NoticeItem) -> str:
    """Return the sender's name and address, the name in quotes since anybody may choose any."""
    name, address = one_line(item.sender_name), one_line(item.sender)
    return f'"{name}" <{address}>' if name and address else name or address
