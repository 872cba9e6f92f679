"""Notices of promised times, to those who are told of new tickets, where no list goes to an agent.

One ticket is told as any notice is. Of several at once their numbers stand in one, each with the worst of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection

from mailbot.deciding.duetimes import DueKind
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.tiers import Holder
from mailbot.desk import Desk
from mailbot.desk.mails import nexttier
from mailbot.store.due import Claim

_TIMES = {DueKind.ANSWER: "answer", DueKind.RESOLUTION: "solution"}
_MOST_NAMED = 25


def notify(
    conn: Connection, desk: Desk, claims: Sequence[Claim], takers: Mapping[int, Holder], now: datetime, *, urgent: bool
) -> None:
    """Note for those who are told of new tickets what falls due of these."""
    found = worst(claims)
    if len(found) > 1:
        text = " ".join(_of_several(desk, found, now))
        desk.tell(conn, NoticeKind.RUN_OUT, urgent=urgent, text=text, now=now)
        return
    [one] = found
    said = [_of_promise(desk, one, now)] if one.due.kind in _TIMES else []
    escalated = any(claim.due.kind is DueKind.TIER for claim in claims) and one.ticket in takers
    said += [f"{nexttier.why(desk, takers[one.ticket], now)}."] if escalated else []
    kind = NoticeKind.RUNS_OUT if one.due.kind in _TIMES else NoticeKind.ESCALATED
    desk.tell(conn, kind, urgent=urgent, text=" ".join(said), ticket_id=one.ticket, now=now)


def worst(claims: Iterable[Claim]) -> list[Claim]:
    """Return one of each ticket: what is over before what runs out, the answer before the end, the next tier last."""
    found: dict[int, Claim] = {}
    for one in sorted(claims, key=lambda claim: (-claim.due.share, claim.due.kind is not DueKind.ANSWER)):
        found.setdefault(one.ticket, one)
    return list(found.values())


def _of_promise(desk: Desk, claim: Claim, now: datetime) -> str:
    return f"{_head(claim, now)}: {_at(desk, claim)}."


def _of_several(desk: Desk, claims: Sequence[Claim], now: datetime) -> Iterator[str]:
    """Yield a sentence for each thing that falls due, with the numbers of its tickets."""
    heads: dict[str, list[str]] = {}
    for claim in claims:
        when = f" ({_at(desk, claim)})" if claim.due.kind in _TIMES else ""
        heads.setdefault(_head(claim, now), []).append(f"#{claim.ticket}{when}")
    for head, numbers in heads.items():
        more = len(numbers) - _MOST_NAMED
        yield f"{head}: {', '.join(islice(numbers, _MOST_NAMED))}{f' and {more} more' if more > 0 else ''}."


def _head(claim: Claim, now: datetime) -> str:
    if claim.due.kind not in _TIMES:
        return f"Escalated to tier {claim.due.share}"
    state = "is over" if claim.due.promised_at <= now else "runs out"
    return f"The time promised for the {_TIMES[claim.due.kind]} {state}"


def _at(desk: Desk, claim: Claim) -> str:
    return f"{claim.due.promised_at.astimezone(desk.rules.partner.zone):%a %H:%M}"
