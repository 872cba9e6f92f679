"""What an operator asks for on the command line, done in one transaction each.

Only one process writes to a folder's log. While the daemon runs, the commands hand their
request to it (`mailbot.service.control`); else they take the folder's lock and do it themselves. Both
ways end here, so a request means the same either way. A request is plain JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from mailbot.deciding.agents.readers import readers
from mailbot.deciding.agents.team import is_desk, is_ours
from mailbot.deciding.compose import UnwritableMail
from mailbot.deciding.context import Source
from mailbot.desk import Desk, opening, senders
from mailbot.desk.acts import releasing
from mailbot.desk.acts.requests import NUMBERS, Done, Request, Work
from mailbot.desk.acts.typed import typed
from mailbot.desk.acts.verbs import STEERING
from mailbot.desk.mails import digest, promising, ringing
from mailbot.desk.refusing import TO_CONFIRM, RefusedError, UnconfirmedError
from mailbot.errors import StoreError, quoted
from mailbot.figures.weeks import Week
from mailbot.reading.fields.address import canonical
from mailbot.reading.model import Envelope
from mailbot.store import acts, cursors, handling, outbox, promised, quarantine, queries, spool, team
from mailbot.store import senders as store_senders

__all__ = ["RefusedError", "perform"]

_ALL = 100_000


def perform(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Do what the request asks for; return one line for the operator.

    Raise RefusedError for a request that makes no sense, NotFound for what is not there.
    """
    verb = str(request.get("verb", ""))
    if verb in _STEPS:
        return _steer(conn, desk, verb, request, now)
    if verb not in _VERBS:
        raise RefusedError(f"unknown request {quoted(verb)}")
    return _VERBS[verb](conn, desk, request, now)


def _steer(conn: Connection, desk: Desk, verb: str, request: Request, now: datetime) -> str:
    try:
        return _STEPS[verb](Work(conn, desk, request, now, acts.next_act(conn))).text
    except UnconfirmedError as error:
        follows = "".join(f"\n- {line}" for line in error.follows)
        shown = f"\n\n{error.shows[0]}:\n\n{error.shows[1]}" if error.shows else ""
        raise RefusedError(f"{error}{TO_CONFIRM}{follows}{shown}", error.shown) from error


def _release(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    return _let_leave(conn, desk, request, now, handling.release, "released to leave now")


def _retry(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    return _let_leave(conn, desk, request, now, handling.retry, "tried anew")


def _let_leave(
    conn: Connection, desk: Desk, request: Request, now: datetime, change: Callable[..., object], done: str
) -> str:
    """Let mails leave, but for those that are to leave no more; answers whose words are past are written anew."""
    ids = _wanted_mails(conn, desk, request)
    mails = [mail for number in ids if number in NUMBERS and (mail := queries.mail(conn, desk.partner, number))]
    found = {mail.id: past for mail in mails if (past := releasing.past(conn, desk.rules, mail, now)) is not None}
    why = {mail.id: releasing.why_kept(conn, desk, mail, found.get(mail.id)) for mail in mails}
    kept = "; ".join(
        f"mail {number} stays: {reason}; `mailbot outbox drop {number}` is done with it"
        for number, reason in why.items()
        if reason
    )
    leaving = [number for number in ids if not why.get(number)]
    if kept and not leaving:
        raise RefusedError(kept)
    said = _each_mail(conn, desk, {**request, "mails": leaving, "all": False}, now, change, done)
    anew = [number for number in leaving if number in found]
    for number in anew:
        releasing.write_anew(conn, desk, found[number], now)
    told = f"written anew, because what it said is past: {', '.join(map(str, anew))}" if anew else ""
    return "; ".join(filter(None, (said, told, kept)))


def _retry_message(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    number = _quarantined(conn, desk, request)
    quarantine.release_quarantined(conn, number, author=_author(request), reason="decided anew", now=now)
    return f"message {number} is decided anew; `mailbot quarantine list` shows whether it is kept again"


def _drop_message(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    number = _quarantined(conn, desk, request)
    reason = str(request.get("reason", ""))
    quarantine.drop_quarantined(conn, number, author=_author(request), reason=reason, now=now)
    return f"message {number} is dropped: it opens no ticket, and no copy of it is told again"


def _quarantined(conn: Connection, desk: Desk, request: Request) -> int:
    number = int(request.get("message", 0))
    if number not in {arrival.id for arrival in queries.quarantined(conn, desk.partner, limit=_ALL)}:
        raise RefusedError(f"no message {number} is in quarantine; see `mailbot quarantine list`")
    return number


def _drop(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    return _each_mail(conn, desk, request, now, handling.drop, "dropped: it will not be sent")


def _wanted_mails(conn: Connection, desk: Desk, request: Request) -> list[int]:
    if request.get("all"):
        held = queries.outbox(conn, desk.partner, states=(outbox.OutboxState.HELD,), limit=10_000)
        return [mail.id for mail in held]
    return [int(number) for number in request.get("mails", ())]


def _each_mail(
    conn: Connection,
    desk: Desk,
    request: Request,
    now: datetime,
    change: Callable[..., object],
    done: str,
) -> str:
    ids = _wanted_mails(conn, desk, request)
    for mail_id in ids:
        if mail_id not in NUMBERS or queries.mail(conn, desk.partner, mail_id) is None:
            raise RefusedError(f"there is no outgoing mail {mail_id}; see `mailbot outbox list`")
        try:
            change(conn, mail_id, author=_author(request), reason=request.get("reason", ""), now=now)
        except StoreError as error:
            if type(error) is not StoreError:
                raise
            # The mail is in a state that does not allow it.
            raise RefusedError(str(error)) from error
    if not ids:
        return "nothing is held"
    return f"{len(ids)} mails {done}" if len(ids) > 1 else f"mail {ids[0]} {done}"


def _accept(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Spool one message; return the arrival's number."""
    received_at, raw = request.get("received_at"), base64.b64decode(request["raw"])
    if len(raw) > desk.rules.limits.message_bytes:
        limit = desk.rules.limits.message_bytes
        raise RefusedError(f"the message is larger than {limit} octets (limits.message_bytes): not taken in")
    arrival = spool.accept(
        conn,
        desk.partner,
        spool.NewArrival(
            source=Source.FILE,
            received_at=datetime.fromisoformat(received_at) if received_at else now,
            raw=raw,
            envelope=Envelope(request.get("reverse_path"), tuple(request.get("recipients", ()))),
            silent=bool(request.get("silent")),
        ),
        now,
    )
    return str(arrival)


def _facts(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Keep what a self-test found out about the provider; a running daemon uses it after its next start."""
    for name, value in dict(request.get("facts", {})).items():
        cursors.set_fact(conn, desk.partner, str(name), str(value), now)
    return "kept"


def _reassign(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Give a tenant the open tickets of a sender that was accepted for it; return which, as JSON."""
    tenant, sender = desk.rules.tenant_by_id(str(request.get("tenant", ""))), str(request.get("sender", ""))
    if tenant is None or not sender:
        raise RefusedError(
            "say whose tickets are which tenant's; a tenant that is new counts once the rules are in force"
        )
    return senders.reassign(conn, desk, sender, tenant, author=_author(request), now=now)


def _digest(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Send the weekly mail of a week to one of us, now."""
    reader = str(request.get("reader", ""))
    if not is_ours(reader, desk.rules) and canonical(reader) not in map(canonical, readers(desk.rules)):
        raise RefusedError(f"{quoted(reader)} is none of yours; list it under [digest], [notify] or [[agent]] first")
    if is_desk(reader, desk.rules):
        raise RefusedError(f"{quoted(reader)} is the desk itself: the mail would come back as a message")
    try:
        digest.send_one(conn, desk, Week.parse(str(request.get("week", ""))), reader, now)
    except (ValueError, UnwritableMail) as error:
        raise RefusedError(str(error)) from error
    return f"the weekly mail is on its way to {reader}"


def _policy(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Tell what is promised to those whom the operator saw in the list, as far as they were not told meanwhile."""
    wanted = {tuple(map(str, one)) for one in request.get("tellings", ())}
    untold = promising.untold(promised.told(conn, desk.partner), desk.rules)
    due = {(one.tenant.id, one.address, one.version): one for one in untold}
    present = {(tenant, address): version for tenant, address, version in due}
    if any(present.get((tenant, address), version) != version for tenant, address, version in wanted):
        raise RefusedError("the rules have changed meanwhile; look at the list again")
    queued = 0
    for one in (telling for key, telling in due.items() if key in wanted):
        try:
            queued += promising.tell(conn, desk, one, now)
        except UnwritableMail as error:
            raise RefusedError(f"{one.tenant.name}: {error}; nobody was written to") from error
    if not queued:
        return "all have been told"
    mails = f"{queued} mails" if queued > 1 else "1 mail"
    if desk.rules.answers.outgoing == "hold":
        return f"{mails} for you to release; see `mailbot outbox list --state held`"
    return f"{mails} on the way"


def _ring(conn: Connection, desk: Desk, request: Request, now: datetime) -> str:
    """Page whoever is on call, or the agent of that id, for a trial; return as JSON by which ways."""
    agents = ringing.who_rings(conn, desk, str(request.get("agent") or ""), now)
    return json.dumps([asdict(rung) for rung in ringing.ring(conn, desk, agents, now)])


def _forget_address(conn: Connection, desk: Desk, request: Request, _now: datetime) -> str:
    """Count an address as no agent's any more that one added by mail."""
    address = canonical(str(request.get("address") or ""))
    if not team.forget(conn, desk.partner, address):
        raise RefusedError(f"{quoted(address)} was not added by mail; `mailbot agents` lists those that were")
    return f"{address} is no agent's any more"


def _forget_sender(conn: Connection, desk: Desk, request: Request, _now: datetime) -> str:
    """Count an address or a domain as nobody's any more that was added by mail."""
    sender = senders.normal(str(request.get("sender") or ""))
    added = dict(store_senders.added(conn, desk.partner))
    if not store_senders.forget(conn, desk.partner, sender):
        raise RefusedError(
            f"{quoted(sender)} was not accepted; what is listed in rules.toml or tenants.csv is taken out there"
        )
    return added[sender]


def _ping(_conn: Connection, desk: Desk, _request: Request, _now: datetime) -> str:
    return desk.partner


def _author(request: Request) -> str:
    return str(request.get("author") or "operator")


_STEPS: Mapping[str, Callable[[Work], Done]] = {
    **STEERING,
    "order": typed,
    "new": opening.new,
    "whose": opening.whose,
}
_VERBS: Mapping[str, Callable[[Connection, Desk, Request, datetime], str]] = {
    "release": _release,
    "drop": _drop,
    "retry": _retry,
    "retry-message": _retry_message,
    "drop-message": _drop_message,
    "accept": _accept,
    "reassign": _reassign,
    "digest": _digest,
    "policy": _policy,
    "ring": _ring,
    "forget-address": _forget_address,
    "forget-sender": _forget_sender,
    "ping": _ping,
    "facts": _facts,
}
