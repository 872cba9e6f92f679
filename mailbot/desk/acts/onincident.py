"""Incidents, by mail as by the command line: what goes to many is shown to an agent first, with whom it reaches.

Who opens one speaks to all customers, on the status page as well, so it is for who acts for all of them. What is told
is an answer of ours in each ticket. It has been read, so it is not taken back; that a ticket is about none, can be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.deciding.agents.commands.arguments import tickets_in
from mailbot.deciding.agents.commands.moment import UnclearError
from mailbot.deciding.agents.commands.onincident import IncidentStep
from mailbot.deciding.agents.team import agent_of, author_in_words
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.effects import Answered, EntryKind, NoticeKind, TicketState
from mailbot.deciding.incidents import Incident
from mailbot.deciding.signatures import Known, without_farewell
from mailbot.desk.acts.incidentshown import Telling, as_shown, require_same_step, require_shown
from mailbot.desk.acts.requests import NUMBERS, Done, Work
from mailbot.desk.lookup import home_of
from mailbot.desk.mails.incidentmails import News, Reader, incident_mail, readers, what_is_wrong
from mailbot.desk.mails.outgoing import queue
from mailbot.desk.mails.seen import take_back
from mailbot.desk.refusing import RefusedError
from mailbot.reading.fields.address import canonical
from mailbot.rules import Playbook
from mailbot.store import acts, bursts, clocks, counting, incidents, tickets
from mailbot.store.columns import AnyRow

_LONGEST_TITLE = 120
_MOST_NAMED = 10
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_WHICH_TICKETS = "it needs the numbers of tickets: #incident add 1012-31, or `mailbot incident add 1012-31`"
_NUMBERS_ALONE = re.compile(r"[#\d\s,;.–-]*\d[#\d\s,;.–-]*")


def on_incident(work: Work) -> Done:
    """Do to an incident what the request's `step` says.

    Raise UnconfirmedError with what would go to whom, for all that customers read; RefusedError for what cannot be.
    """
    step = work.word("step")
    if step not in set(IncidentStep):
        raise RefusedError(f"it needs to be said what is done: {', '.join(IncidentStep)}")
    agent = work.agent()
    if step != IncidentStep.REMOVE and agent is not None and (agent.tenants or agent.outsourced):
        who = f"{agent.name} acts for some of them"
        raise RefusedError(f"an incident speaks to all customers, and {who}; ask one of you who acts for all")
    if step != IncidentStep.REMOVE:
        require_same_step(work)
    return _STEPS[IncidentStep(step)](work)


def _open(work: Work) -> Done:
    title, words = _title_and_words(work)
    rows, left = _attachable(work, _numbers(work, at_hand=True))
    playbook = _playbook(work, rows)
    if not title and playbook is None:
        raise RefusedError(f"say in a few words what is wrong: {_written('open', 'calls to mobile phones fail')}")
    news = News("known", title, playbook, _since(work), words)
    telling = _telling(work, news, rows, (*left, *_since_then(work, rows)))
    would = f"it would open an incident, “{_what(work, news)}”, show it on the status page"
    require_shown(work, telling, _what(work, news), f"{would} and tell {_counted(telling)}{_each(telling)}")
    number = incidents.open_incident(
        work.conn, work.desk.partner, title, playbook, words=words, author=work.author, now=news.since
    )
    _tell(work, number, telling)
    return _done(work, number, telling, "is open")


def _add(work: Work) -> Done:
    found = _which(work)
    numbers = _numbers(work, at_hand=not work.word("tickets"))
    if not numbers:
        raise RefusedError(_WHICH_TICKETS)
    rows, left = _attachable(work, numbers)
    if not rows:
        raise RefusedError("; ".join(left) or _WHICH_TICKETS)
    news = News("known", found.title, found.playbook, found.opened_at, found.updates[-1].text if found.updates else "")
    telling = _telling(work, news, rows, left)
    would = f"it would take tickets into incident {found.number} and tell {_counted(telling)}{_each(telling)}"
    require_shown(work, telling, f"more tickets of incident {found.number}", would, found)
    _tell(work, found.number, telling)
    return _done(work, found.number, telling, f"has {len(rows)} more {'ticket' if len(rows) == 1 else 'tickets'}")


def _remove(work: Work) -> Done:
    rows = [work.ticket(number) for number in _numbers(work, at_hand=not work.word("tickets"))]
    about = [row for row in rows if row.incident is not None]
    if not about:
        raise RefusedError("these tickets are about no incident")
    for row in about:
        work.change(row.id, {"incident": None})
    return Done(f"{_named(row.id for row in about)}: about no incident any more; nobody is told", told=True)


def _update(work: Work) -> Done:
    found, words = _which(work), _words(work)
    if not words:
        raise RefusedError(f"it needs the words that all are to read: {_written('update', 'we found the cause')}")
    telling = _telling_all(work, found, replace(_news(found), kind="update", words=words))
    what = f"the news of incident {found.number}"
    would = f"it would tell {_counted(telling)} {what}{_each(telling)}, and show it on the status page"
    require_shown(work, telling, what, f"{would}; whoever comes to it before you answer is told as well", found)
    incidents.say(work.conn, work.desk.partner, found.number, words, author=work.author, now=work.now)
    _tell(work, found.number, telling)
    return _done(work, found.number, telling, "has news")


def _resolve(work: Work) -> Done:
    found, words = _which(work), _words(work)
    telling = _telling_all(work, found, replace(_news(found), kind="resolve", words=words))
    asked = f"{_counted(telling)}{each + ',' if (each := _each(telling)) else ''} whether all is well again"
    would = (
        f"it would end incident {found.number} and ask {asked}; whoever comes to it before you answer is told as well"
    )
    require_shown(work, telling, f"the end of incident {found.number}", would, found)
    incidents.resolve(work.conn, work.desk.partner, found.number, words=words, author=work.author, now=work.now)
    _tell(work, found.number, telling)
    for row in telling.untold:
        # Its clocks run as before the incident; they are planned by what its log says.
        work.change(row.id, {}, incident=found.number)
    return _done(work, found.number, telling, "is over")


_STEPS: Mapping[IncidentStep, Callable[[Work], Done]] = {
    IncidentStep.OPEN: _open,
    IncidentStep.ADD: _add,
    IncidentStep.REMOVE: _remove,
    IncidentStep.UPDATE: _update,
    IncidentStep.RESOLVE: _resolve,
}


def _written(step: str, words: str) -> str:
    return f'#incident {step} {words}, or on the server `mailbot incident {step} "{words}"`'


def _words(work: Work) -> str:
    """Return what all are to read. A number alone was meant for the incident, and is not sent to anybody."""
    words, step = _unsigned(work, work.word("text")), work.word("step")
    if _NUMBERS_ALONE.fullmatch(words):
        number = words.strip("#")
        first = f"#incident {number} {step}, or on the server `mailbot incident {number} {step}`"
        raise RefusedError(f"all would read “{words}” as your words; an incident's number stands first: {first}")
    return words


def _title_and_words(work: Work) -> tuple[str, str]:
    title, _, words = work.word("text").strip().partition("\n")
    title = " ".join(title.split()).rstrip(".:")
    if title[:1] in _QUOTES and title[-1:] in _QUOTES:
        title = title.strip(_QUOTES)
    if _NUMBERS_ALONE.fullmatch(title):
        tickets = "#incident open #1012-31 calls fail, or on the server `mailbot incident open … --tickets 1012-31`"
        raise RefusedError(f"all would read “{title}” as its title; tickets stand before that: {tickets}")
    if len(title) > _LONGEST_TITLE:
        why = f"its first line is the title, and longer than {_LONGEST_TITLE} characters"
        raise RefusedError(f"{why}; what else there is to say stands below")
    return title, _unsigned(work, words)


def _unsigned(work: Work, words: str) -> str:
    """Return words without a farewell and the agent's name below them: they stand amid a mail, and on a public page."""
    agent = work.agent()
    return without_farewell(words.strip(), Known((agent.name,) if agent else ()))


def _since(work: Work) -> datetime:
    """Return since when we know of it: when it was written, and what was shown before it is sent."""
    if work.shown:
        return datetime.fromisoformat(work.shown["since"])
    written_at = work.instant("written_at")
    return min(written_at, work.now) if written_at else work.now


def _news(found: Incident) -> News:
    return News("known", found.title, found.playbook, found.opened_at)


def _which(work: Work) -> Incident:
    """Return the incident that is meant: the one that was shown, is named, that of the ticket at hand, or the only one.

    Raise RefusedError where it is over, and where something was said of it since it was shown.
    """
    current = {one.number: one for one in incidents.current(work.conn, work.desk.partner)}
    if work.shown:
        return as_shown(work, work.shown, current)
    named = int(work.word("incident") or 0)
    if named:
        if named not in current:
            others = _lasting(work, current.values())
            raise RefusedError(f"no incident {named} lasts{f'; what lasts is {others}' if others else ''}")
        return current[named]
    if not current:
        raise RefusedError("no incident lasts; #incident open with a few words begins one, or `mailbot incident open`")
    at_hand = incidents.of_ticket(work.conn, int(work.word("ticket") or 0))
    if at_hand in current:
        return current[at_hand]
    if len(current) > 1:
        newest, step = max(current), work.word("step")
        which = f"#incident {newest} {step} …, or on the server `mailbot incident {step} --incident {newest} …`"
        raise RefusedError(f"several last: {_lasting(work, current.values())}; say which: {which}")
    return next(iter(current.values()))


def _lasting(work: Work, current: Iterable[Incident]) -> str:
    """Return the incidents by number and title: "1 (Outgoing calls fail), 2 (Voicemail is late)"."""
    return ", ".join(f"{one.number} ({_what(work, _news(one))})" for one in current)


def _numbers(work: Work, *, at_hand: bool) -> tuple[int, ...]:
    """Return the numbers of tickets that are named, and that of the ticket at hand."""
    try:
        named = tickets_in(work.word("tickets"))
    except UnclearError as unclear:
        raise RefusedError(str(unclear)) from unclear
    own = int(work.word("ticket") or 0)
    return tuple(dict.fromkeys((*((own,) if at_hand and own else ()), *named)))


def _attachable(work: Work, numbers: Sequence[int]) -> tuple[tuple[AnyRow, ...], tuple[str, ...]]:
    """Return the tickets of these numbers that can be about an incident, and of the others why they cannot."""
    current = {one.number for one in incidents.current(work.conn, work.desk.partner)}
    shown = None if not work.shown else work.shown["tickets"]
    found: dict[int, AnyRow] = {}
    missing: list[int] = []
    left: list[str] = []
    for number in numbers:
        home = home_of(work.conn, work.desk, number) if number in NUMBERS else number
        row = acts.row(work.conn, work.desk.partner, home) if home in NUMBERS else None
        if row is None:
            missing.append(number)
        elif shown is not None and row.id not in shown:
            left.append(f"#{number} was not among what you were shown")
        elif row.state == TicketState.CLOSED:
            left.append(f"#{row.id} is closed")
        elif row.incident in current:
            left.append(f"#{row.id} is about incident {row.incident} already")
        else:
            found[row.id] = row
    left += [f"there is no {_named(missing)}"] if missing else []
    return tuple(found.values()), tuple(left)


def _since_then(work: Work, rows: Sequence[AnyRow]) -> tuple[str, ...]:
    """Return whom the radar has counted to these since, so that whoever accepts what it told of can take them in."""
    numbers = bursts.counted_since(work.conn, work.desk.partner, [row.id for row in rows]) if rows else ()
    found = (acts.row(work.conn, work.desk.partner, number) for number in numbers)
    told, _ = readers(
        (row for row in found if row is not None and row.state == TicketState.OPEN and row.incident is None),
        work.desk.rules,
    )
    numbered = ((one.named, " ".join(f"#{row.id}" for row in one.rows)) for one in told)
    return tuple(
        f"{named} wrote of the same since: “#incident add {tickets}” afterwards" for named, tickets in numbered
    )


def _playbook(work: Work, rows: Sequence[AnyRow]) -> Playbook | None:
    """Return the common issue that was shown, is named, or else that of most of the tickets; None for none."""
    if work.shown:
        return work.shown["playbook"] and Playbook(work.shown["playbook"])
    if named := work.word("playbook"):
        return Playbook(named) if named in set(Playbook) else None
    counted = Counter(row.playbook for row in rows)
    most = max(counted, key=lambda one: counted[one], default=None)
    return Playbook(most) if most and 2 * counted[most] >= len(rows) else None


def _telling(work: Work, news: News, rows: Sequence[AnyRow], left: tuple[str, ...]) -> Telling:
    told, silent = readers(rows, work.desk.rules)
    return Telling(news, told, (*left, *silent), tuple(rows))


def _telling_all(work: Work, found: Incident, news: News) -> Telling:
    """Return what is told to all whose tickets are about an incident and open."""
    about = incidents.tickets_of(work.conn, work.desk.partner, found.number)
    homes = dict.fromkeys(home_of(work.conn, work.desk, number) for number in about)
    rows = [row for number in homes if (row := acts.row(work.conn, work.desk.partner, number)) is not None]
    lasting = [row for row in rows if row.state == TicketState.OPEN]
    told, left = readers(lasting, work.desk.rules)
    reached = {row.id for one in told for row in one.rows}
    return Telling(news, told, left, untold=tuple(row for row in lasting if row.id not in reached))


def _tell(work: Work, number: int, telling: Telling) -> None:
    """Say in each ticket what it is about, tell their customers, and our own people that they are told."""
    for row in telling.attached:
        work.change(row.id, {"incident": number}, incident=number)
    for reader in telling.told:
        _tell_one(work, number, reader, telling.news)
    if not (telling.attached or telling.told):
        work.change(None, {}, incident=number)


def _tell_one(work: Work, number: int, reader: Reader, news: News) -> None:
    """Tell one reader, and count it as our answer in each of his tickets."""
    asks = {incidents.ASKS: True} if news.kind == "resolve" else {}
    decision = {"act": work.act, "incident": number, **asks}
    what = what_is_wrong(work.desk, news.title, news.playbook, work.desk.rules.locale(reader.tenant))
    text = f"{what}\n\n{news.words}".strip()
    held = bool(work.request.get("may_have_left"))
    try:
        mail = incident_mail(
            work.conn,
            work.desk,
            reader,
            news,
            key=str(work.act),
            mark=f"{work.act:x}i",
            agent=work.word("agent"),
            now=work.now,
        )
    except UnwritableMail as error:
        raise RefusedError(f"no mail to {reader.named} can be written: {error}") from error
    for row in reader.rows:
        entry = tickets.NewEntry(
            partner=work.desk.partner,
            kind=EntryKind.AGENT,
            at=work.now,
            recorded_at=work.now,
            ticket_id=row.id,
            from_address=work.desk.rules.partner.address,
            text=text,
            reply_text=text,
            author=work.author,
            decision=decision,
        )
        answer = tickets.append_entry(work.conn, entry)
        spoke = Answered(work.word("agent"), None, (canonical(row.requester),))
        clocks.stop_merged(work.conn, row.id, answer, spoke, work.now, {"act": work.act})
        if row is reader.row:
            queue(work.conn, work.desk, (replace(mail, held=held),), row.id, answer, work.now)
            if held:
                reason = "the answer waits for a release"
                counting.restate(work.conn, answer, author="mailbot", reason=reason, now=work.now)
    take_back(work.conn, work.desk, [row.id for row in reader.rows], work.now)


def _done(work: Work, number: int, telling: Telling, what: str) -> Done:
    """Return what was done, and have our own people told of it."""
    who = author_in_words(work.author, work.desk.rules) or "somebody"
    said = f"incident {number}, “{_what(work, telling.news)}”, {what}: {_told(telling)}"
    if not _reads_notices_alone(work):
        text = f"{said[0].upper()}{said[1:]} (by {who}). `mailbot incident show {number}` has all of it."
        work.desk.tell(work.conn, NoticeKind.INCIDENT, text=text, incident=number, now=work.now)
    held = "; they may have left before the log was restored, and wait: `mailbot outbox list --state held`"
    return Done(
        f"{said}{held if work.request.get('may_have_left') and telling.told else ''}", told=True, incident=number
    )


def _reads_notices_alone(work: Work) -> bool:
    """Return whether notices go to nobody but whoever asks, who is told at once what was done."""
    rules = work.desk.rules
    readers_of_notices = {agent.id if (agent := agent_of(address, rules)) else "" for address in rules.notify.addresses}
    return readers_of_notices == {work.word("agent")} != {""}


def _what(work: Work, news: News) -> str:
    return what_is_wrong(work.desk, news.title, news.playbook, work.desk.rules.locale(None))


def _counted(telling: Telling) -> str:
    number = len(telling.told)
    return f"{number} people" if number > 1 else "1 person" if number else "nobody"


def _each(telling: Telling) -> str:
    return ", each alone" if len(telling.told) > 1 else ""


def _told(telling: Telling) -> str:
    return f"{_counted(telling)} {'are' if len(telling.told) > 1 else 'is'} told{_each(telling)}"


def _named(numbers: Iterable[int]) -> str:
    every = [f"#{number}" for number in numbers]
    return ", ".join(every[:_MOST_NAMED]) + (f" and {len(every) - _MOST_NAMED} more" if every[_MOST_NAMED:] else "")
