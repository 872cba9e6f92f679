"""A desk of three agents behind all borders, with a question of each of its two tenants and of somebody unlisted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from mailbot.deciding.tokens import Purpose, purpose_of
from tests.hostile.borders import mailboxes
from tests.hostile.spoofs import BOB, DANA, JANE
from tests.service.office import RULES, Office, Sent, mail, office

RAJ = "raj@bolt.example"
SECOND = "dana.ortiz@mailbox.example"
IDN = "eva@b\u00fccher.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}", "{SECOND}", "{IDN}"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
tenants = ["bolt"]
"""
RELAYED = '[relay]\nhost = "smtp.harborvoice.example"\nplus_addressing = "yes"\n'


@contextmanager
def staffed(folder: Path) -> Iterator[Office]:
    """Open it: #1001 is Jane's of Acme, #1002 Raj's of Bolt."""
    with office(folder, rules=RULES + TEAM + RELAYED + mailboxes()) as opened:
        opened.receive(mail(f"Jane Roe <{JANE}>", "How do I change the music?", message_id="q1@acme-dental.example"))
        opened.receive(mail(f"Raj <{RAJ}>", "How do I add a phone?", message_id="q2@bolt.example"))
        opened.let_pass(timedelta(0))
        yield opened


def relay_of(desk: Office, agent: str = DANA, ticket: int = 1001) -> Sent:
    """Return the mail by which the agent got that ticket's question."""
    own = (one for one in desk.sent if one.recipient == agent)
    relays = (one for one in own if purpose_of(one.message_id[:39]) is Purpose.RELAY)
    return next(one for one in relays if f"[{ticket}]" in str(one.mail["Subject"]))
