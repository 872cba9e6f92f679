"""A case from her mail to her answer, through a running daemon and SMTP on loopback; what each side got is searched."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from pathlib import Path

from tests.secrecy import found_in
from tests.servers.daemon import Desk, rules_for
from tests.servers.smtp import Mail, Relay

SUPPORT, DANA, JANE, NOC = "support@example.com", "dana@example.com", "jane@acme-dental.example", "noc@carrier.example"
MORE = f"""[listen]
smtp = "127.0.0.1:0"
authserv_ids = ["mx.example.com"]
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[vendor]]
id = "carrier"
name = "Carrier Voice NOC"
addresses = ["{NOC}"]
domains = ["carrier.example"]
"""
OF_THE_CUSTOMER = ("acme", "jane", "roe@", "question-1")
OF_THE_VENDOR = ("carrier", "kim lund", "case-4711")
_NUMBERS = count(1)


def _sent(desk: Desk, sender: str, text: str, *, subject: str, message_id: str, refers: str = "") -> None:
    """Bring a mail to the daemon's door, as the border would: it says that the sender is proven."""
    domain = sender.rpartition("@")[2].rstrip(">")
    fields = [
        f"Authentication-Results: mx.example.com; dmarc=pass header.from={domain}",
        *(f"{name}: {value}" for name, value in (("From", sender), ("To", SUPPORT), ("Subject", subject))),
        "Date: Mon, 23 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{message_id}>",
        *([f"In-Reply-To: <{refers}>", f"References: <{refers}>"] if refers else []),
    ]
    head = "\r\n".join(fields)
    body = text.replace("\n", "\r\n")
    raw = f"{head}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n".encode()
    with smtplib.SMTP("127.0.0.1", desk.port("smtp"), timeout=30) as door:
        door.sendmail(f"bounces@{domain}", [SUPPORT], raw)


def _got(relay: Relay, whom: str, about: Callable[[str], bool]) -> list[Mail]:
    return [mail for mail in relay.mails if whom in mail.recipients and about(_read(mail)[1])]


def _read(mail: Mail) -> tuple[EmailMessage, str]:
    message = message_from_bytes(mail.raw, policy=policy.default)
    body = message.get_body(("plain",))
    return message, " ".join(str(body.get_content()).split()) if body else ""


def _wait(desk: Desk, relay: Relay, whom: str, words: str) -> EmailMessage:
    """Wait until somebody got a mail with these words; return it."""
    desk.wait_for(lambda: bool(_got(relay, whom, lambda text: words in text)), f"{whom} to get {words!r}")
    return _read(_got(relay, whom, lambda text: words in text)[-1])[0]


def _answered(desk: Desk, mail: EmailMessage, sender: str, text: str) -> None:
    """Answer a mail of the desk's, as its reader's program does."""
    domain = sender.rpartition("@")[2].rstrip(">")
    refers = str(mail["Message-ID"]).strip("<>")
    number = f"answer-{next(_NUMBERS)}@{domain}"
    _sent(desk, sender, text, subject=f"Re: {mail['Subject']}", message_id=number, refers=refers)


def test_neither_side_sees_the_other(tmp_path: Path) -> None:
    with Relay() as relay, Desk(tmp_path / "desk", rules_for(relay=relay, more=MORE)) as desk:
        desk.wait_until_started()
        question = "Since 9:15 am today our calls to +1 212 555 0177 fail at Acme Dental, extension 204.\n\nJane Roe"
        jane, dana = f"Jane Roe <{JANE}>", f"Dana Ortiz <{DANA}>"
        _sent(desk, jane, question, subject="Calls of Acme Dental fail", message_id="question-1@acme-dental.example")
        relayed = _wait(desk, relay, DANA, "calls to +1 212 555 0177 fail")

        _answered(desk, relayed, dana, "#vendor carrier\nJane Roe of Acme cannot call out. Please look.")
        question_to_dana = _wait(desk, relay, DANA, "This goes to Carrier Voice NOC")
        assert not _got(relay, NOC, bool)
        _answered(desk, question_to_dana, dana, "send")
        case = _wait(desk, relay, NOC, "Number dialled: +1 212 555 0177")

        _answered(desk, case, f"Kim Lund <{NOC}>", "We mended the route, see case-4711.\n\nKim Lund\nCarrier Voice NOC")
        brought = _wait(desk, relay, DANA, "the customer has not seen this")
        _answered(desk, brought, dana, "#vendor\nThank you, Jane is glad.")
        _wait(desk, relay, NOC, "Thank you, the customer is glad.")

        _answered(desk, relayed, dana, "Hello Jane,\n\nyour calls work again.\n\nDana")
        hers = _wait(desk, relay, JANE, "your calls work again")
        _answered(desk, hers, jane, "Wonderful, thank you. But extension 205 fails now.")
        _wait(desk, relay, DANA, "extension 205 fails now")
        assert desk.rows("SELECT count(*) FROM ticket") == [(1,)]

    to_noc = [mail for mail in relay.mails if NOC in mail.recipients]
    to_jane = [mail for mail in relay.mails if JANE in mail.recipients]
    assert (len(to_noc), len(to_jane) >= 2) == (2, True)
    for mail in to_noc:
        assert found_in(mail.raw, (*OF_THE_CUSTOMER, DANA), mail.reverse_path) == []
    for mail in to_jane:
        assert found_in(mail.raw, (*OF_THE_VENDOR, DANA), mail.reverse_path) == []
