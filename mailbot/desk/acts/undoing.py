"""Taking back what somebody did last, for a day: as a further change, for the log only grows.

What somebody else has changed since stays as it is, and so does a mail that has left; whoever asks is told so, and may
take back what he did before that. Each act is taken back once. Who asks in a reply about one ticket takes back nothing
that he did to others alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mailbot.deciding.agents.team import author_in_words, name_of
from mailbot.deciding.effects import EntryKind, Flag, TicketState
from mailbot.deciding.vendors.whose import name_of_vendor
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.mails.duty import hand_anew
from mailbot.desk.refusing import RefusedError
from mailbot.rules import Playbook
from mailbot.store import absences, acts, handling, participants, senders, tickets
from mailbot.store.waits import waiting_mails

_FOR = timedelta(days=1)
_OF_CASES = frozenset({"vendor", "vendor_since", "vendor_case"})


def undo(work: Work) -> Done:
    """Take back what whoever asks did last."""
    about = int(work.word("ticket") or 0) or None
    act = acts.last_act(work.conn, work.desk.partner, work.author, work.now - _FOR, about)
    if act is None:
        raise RefusedError(_nothing(work, about))
    if any("incident" in step.beside for step in act.steps):
        return _kept(work, act, "customers have read it; #incident update tells them what is right")
    filed = [step.beside["filed"] for step in act.steps if "filed" in step.beside]
    if filed and len(filed) == len(act.steps):
        name = name_of_vendor(filed[0], work.desk.rules)
        return _kept(work, act, f"the mail to {name} has left; #vendor with a word to them says so")
    changed = {ticket: acts.touched(work.conn, act, ticket) for ticket in _tickets(act)}
    if filed:
        changed = {ticket: _without_cases(touched) for ticket, touched in changed.items()}
    for ticket, touched in changed.items():
        work.ticket(ticket)
        if names := touched.changed_since:
            last = max(step.entry for step in act.steps if step.ticket == ticket)
            return _kept(work, act, f"{_whoever(work, ticket, names, last)} has changed #{ticket} since")
    if not act.steps:
        return _kept(work, act, f"your answer to #{act.mailed} has left (you wrote it on {work.clock.instant(act.at)})")
    said = [_changed_back(work, ticket, touched.before) for ticket, touched in changed.items()]
    said += list(_beside(work, act))
    what = "; ".join(filter(None, said))
    _write(work, act, f"took back: {what}", {ticket: touched.before for ticket, touched in changed.items()})
    left = f"; your words to the customer of #{act.mailed} have left and stay" if act.mailed else ""
    return Done(f"taken back: {what}{left}", told=True, ticket=_only(act))


def _without_cases(touched: acts.Touched) -> acts.Touched:
    """Return what an act changed, but for what says with whom a ticket is filed: that mail has left."""
    kept = {name: value for name, value in touched.before.items() if name not in _OF_CASES}
    return acts.Touched(kept, {name: touched.after[name] for name in kept}, touched.now)


def _nothing(work: Work, about: int | None) -> str:
    """Return that there is nothing to take back, and on which tickets there is."""
    if about is None:
        return "there is nothing that you did within a day and could take back"
    nothing = f"there is nothing that you did to #{about} within a day and could take back"
    last = acts.last_act(work.conn, work.desk.partner, work.author, work.now - _FOR)
    if last is None:
        return nothing
    named = " and ".join(f"#{number}" for number in sorted(last.tickets))
    return (
        f"{nothing}; what you did last was to {named}: reply #undo to a mail of that, or write it in a mail of its own"
    )


def _only(act: acts.Act) -> int | None:
    """Return the one ticket that an act was about, None where there are several or none."""
    return next(iter(act.tickets)) if len(act.tickets) == 1 else None


def _tickets(act: acts.Act) -> list[int]:
    return list(dict.fromkeys(step.ticket for step in act.steps if step.ticket is not None))


def _kept(work: Work, act: acts.Act, why: str) -> Done:
    """Pass over an act that cannot be taken back, so that the next undo goes one further back."""
    changes: dict[int | None, dict[str, Any]] = {ticket: {} for ticket in _tickets(act)} or {act.mailed: {}}
    _write(work, act, f"not taken back: {why}", changes, kept=True)
    return Done(
        f"not taken back: {why}. One more #undo takes back what you did before that", told=True, ticket=_only(act)
    )


def _write(
    work: Work, act: acts.Act, text: str, changes: Mapping[int | None, Mapping[str, Any]], *, kept: bool = False
) -> None:
    for ticket, columns in (changes or {None: {}}).items():
        entry = tickets.NewEntry(
            partner=work.desk.partner,
            kind=EntryKind.CHANGE,
            at=work.now,
            recorded_at=work.now,
            ticket_id=ticket,
            text=text,
            author=work.author,
            change=dict(columns) or None,
            decision={"undoes": act.id} | ({"kept": True} if kept else {}),
        )
        tickets.append_entry(work.conn, entry)


def _whoever(work: Work, ticket: int, columns: frozenset[str], after: int) -> str:
    """Return who changed the ticket since."""
    entry = acts.changed_by(work.conn, ticket, columns, after)
    if entry is None:
        return "a message"
    return author_in_words(entry.author, work.desk.rules) or "somebody"


def _beside(work: Work, act: acts.Act) -> Iterator[str]:
    """Take back what the act did besides its tickets' rows; yield it in words."""
    for step in reversed(act.steps):
        mails = waiting_mails(work.conn, step.ticket, step.entry)
        for number in (number for number, leaves in mails if leaves):
            handling.drop(work.conn, number, author=work.author, reason="taken back", now=work.now)
        if mails:
            left = any(not leaves for _, leaves in mails)
            yield "the mail that told the day has left and stays" if left else "nobody is told the day"
        if "filed" in step.beside:
            yield f"the mail to {name_of_vendor(step.beside['filed'], work.desk.rules)} has left and stays"
        if "let_in" in step.beside:
            ticket, addresses = step.beside["let_in"]
            participants.put_out(work.conn, work.desk.partner, int(ticket), addresses)
            if addresses:
                yield f"{', '.join(addresses)} takes no part in #{ticket}"
        if "added" in step.beside and senders.forget(work.conn, work.desk.partner, step.beside["added"]):
            yield f"{step.beside['added']} is nobody's customer"
        if "begun" in step.beside:
            absences.forget(work.conn, [int(step.beside["begun"])])
            for number, until in step.beside["ended"]:
                absences.end(work.conn, int(number), datetime.fromisoformat(until))
            hand_anew(work.conn, work.desk, work.author, work.now)
            of = f"of #{step.ticket}" if step.ticket else "of customers"
            again = [work.clock.until(datetime.fromisoformat(until)) for _, until in step.beside["ended"]]
            yield f"you get no mail {of} until {again[0]}" if again else f"you get mail {of} again"


def _changed_back(work: Work, ticket: int, columns: Mapping[str, Any]) -> str:
    """Return what is true of the ticket again, in words; "" for what people do not see."""
    said: list[str] = []
    if "state" in columns:
        said.append("open again" if columns["state"] == TicketState.OPEN else "closed again")
    if "severity" in columns:
        said.append(f"{columns['severity']} again")
    if "tenant" in columns:
        said.append(f"{work.customer(columns['tenant'])}'s again")
    if "playbook" in columns:
        named = columns["playbook"]
        said.append(f"taken for {work.desk.rules.playbook[Playbook(named)].title}" if named else "no common issue")
    if "assignee" in columns:
        said.append(f"{name_of(columns['assignee'], work.desk.rules) or 'nobody'}'s again")
    if "merged_into" in columns:
        into = columns["merged_into"]
        said.append(f"merged into #{into} again" if into else "a ticket of its own")
    if "waits_until" in columns:
        waits = columns["waits_until"]
        said.append(f"waiting again until {work.clock.until(waits)}" if waits else "not waiting")
    said += _further_back(columns)
    return f"#{ticket} is {', '.join(said)}" if said else ""


def _further_back(columns: Mapping[str, Any]) -> Iterator[str]:
    if "incident" in columns:
        yield f"about incident {columns['incident']} again" if columns["incident"] else "about no incident"
    if "first_response_at" in columns:
        yield "not counted as answered"
    if "flags" in columns:
        yield "spam again" if Flag.SPAM.value in columns["flags"] else "no spam"
