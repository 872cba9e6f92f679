"""Trying a mailbox once, for `mailbot check --connect`: what works, what does not, and what to do next.

Nothing is changed, and of the mail itself only the newest messages' From and Authentication-Results are read: to say
whether the server stamps them, and under which name. Mail of our own is passed over: it tells nothing, because it may
never have crossed the border, and our own test mails would soon be all that is looked at.
"""

from __future__ import annotations

import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from mailbot.errors import MailbotError
from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.trouble import CommandRefused
from mailbot.reading.fields import headers
from mailbot.reading.fields.address import mailboxes
from mailbot.reading.verdicts.authres import parse
from mailbot.rules import Mailbox, Secret

_NEWEST = 20
_FURTHEST = 500
_ENOUGH = 3


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What was found, in sentences: `good` on what works, `bad` on what keeps mail from us, `hints` on the rest."""

    good: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


def _nobody(_address: str) -> bool:
    return False


def probe(
    mailbox: Mailbox,
    secrets: Callable[[Secret], str],
    tls: ssl.SSLContext | None = None,
    *,
    is_ours: Callable[[str], bool] = _nobody,
) -> ProbeResult:
    """Sign in, look at the folders, and sign out; troubles stand in the result. `is_ours` knows our own addresses."""
    try:
        with Connection.open(mailbox, secrets, tls) as connection:
            return _look(connection, mailbox, is_ours)
    except MailbotError as error:
        return ProbeResult(bad=(str(error),))


def _look(connection: Connection, mailbox: Mailbox, is_ours: Callable[[str], bool]) -> ProbeResult:
    good = [f"signed in to {mailbox.host} as {mailbox.sign_in.user}"]
    hints: list[str] = []
    bad: list[str] = []
    folders = connection.folders()
    junk = [mailbox.junk] if mailbox.junk else []
    for name in (*mailbox.folders, *junk):
        try:
            state = connection.examine(name)
        except CommandRefused as refusal:
            bad.append(f"{refusal} (the folders here are: {_names(folders)})")
        else:
            good.append(f"the folder {name} is there and holds {state.exists} messages")
    if connection.can_idle():
        good.append("the server announces new mail at once (IDLE)")
    else:
        every = int(mailbox.poll.total_seconds())
        hints.append(f"the server announces no new mail (no IDLE): it is asked every {every} seconds")
    bad += _moving(connection, mailbox, folders)
    found, hint = _sent_mail(mailbox, folders)
    good += found
    hints += hint
    hints += [
        f'mail from your customers may end up in {name}: junk = "{name}" lets mailbot look there'
        for name, marks in folders.items()
        if r"\Junk" in marks and not mailbox.junk
    ]
    if not bad:
        stamps, looked_at = _stamps(connection, mailbox.folders[0], is_ours)
        hints += _on_stamps(stamps, looked_at, mailbox)
    return ProbeResult(tuple(good), tuple(hints), tuple(bad))


def _stamps(connection: Connection, folder: str, is_ours: Callable[[str], bool]) -> tuple[Counter[str], int]:
    """Return who stamped the newest messages' topmost Authentication-Results, and how many were looked at.

    Those that are not ours are looked at, and looked for among the newest 500.
    """
    state = connection.examine(folder)
    newest = connection.search(1, state.exists)[-_FURTHEST:]
    sections = connection.header_fields(newest, "FROM AUTHENTICATION-RESULTS") if newest else {}
    tops: list[str] = []
    for _, octets in sorted(sections.items(), reverse=True):
        fields = headers.split(octets)
        senders = (box.address for value in fields.all("from") for box in mailboxes(value))
        if not any(map(is_ours, senders)):
            tops.append(fields.first("authentication-results"))
        if len(tops) == _NEWEST:
            break
    return Counter(parse(value)[0] for value in tops if value), len(tops)


def _on_stamps(stamps: Counter[str], looked_at: int, mailbox: Mailbox) -> list[str]:
    if looked_at < _ENOUGH or mailbox.provider in {"gmail", "microsoft"}:
        return []
    if mailbox.authserv_ids:
        if any(stamps[name.lower()] for name in mailbox.authserv_ids):
            return []
        names = ", ".join(mailbox.authserv_ids)
        return [f"none of the {looked_at} newest messages bears Authentication-Results by {names}: check authserv_ids"]
    name, count = stamps.most_common(1)[0] if stamps else ("", 0)
    # A name that a sender wrote does not stand on top of everything that comes in.
    if name and count == looked_at:
        return [f'the server vouches for senders as {name}: if that is yours, write authserv_ids = ["{name}"]']
    return ["the server does not say who a sender really is (no Authentication-Results): see docs/connecting.md"]


def _moving(connection: Connection, mailbox: Mailbox, folders: dict[str, frozenset[str]]) -> list[str]:
    if not mailbox.move_to:
        return []
    bad = []
    if mailbox.move_to not in folders:
        bad.append(
            f"the folder {mailbox.move_to} of move_to does not exist (create it, or name one of: {_names(folders)})"
        )
    if mailbox.move_to in mailbox.folders:
        bad.append(f"the folder {mailbox.move_to} of move_to is one of those that are read (name another)")
    if not connection.can_move():
        bad.append("the server can move no single message, neither by MOVE nor UIDPLUS (take move_to out)")
    return bad


def _sent_mail(mailbox: Mailbox, folders: dict[str, frozenset[str]]) -> tuple[list[str], list[str]]:
    """Return what is well, and what is not, with the folder of sent mail."""
    marked = next((name for name, marks in folders.items() if r"\Sent" in marks), "")
    name = marked if mailbox.sent == "auto" else mailbox.sent
    if not mailbox.sent:
        return [], []
    if name in folders:
        return [f"what you answer from this mailbox is found in {name}"], []
    lacks = f"there is no folder {name}" if name else "the server marks no folder as that of sent mail"
    step = f"name it as sent, one of: {_names(folders)}"
    return [], [f"{lacks}: what you answer from this mailbox with your own program is not seen ({step})"]


def _names(folders: dict[str, frozenset[str]]) -> str:
    names = sorted(folders)
    return ", ".join(names[:20]) + (" and others" if len(names) > 20 else "")  # noqa: PLR2004
