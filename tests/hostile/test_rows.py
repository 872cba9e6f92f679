"""The rows H12 and H17 to H28 of what mailbot must survive, with messages of our own: three at least for each.

H1 to H11 and H13 to H16 are in `spoofs`, H29 to H68 in `cases`.
"""

# ruff: noqa: E501 - a case is one line

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sized
from datetime import timedelta
from itertools import count

import pytest

from tests.hostile.borders import BORDERS
from tests.hostile.genuine import Reply
from tests.hostile.spoofs import DANA, JANE, spoofs
from tests.hostile.staffed import RAJ, relay_of, staffed
from tests.service.office import SUPPORT, Office, Sent, mail, office

OUTSIDER = "mallory@evil.example"
_number = count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with staffed(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture
def desk(shared: Office) -> Office:
    """The desk some time later."""
    shared.let_pass(timedelta(minutes=20))
    return shared


def words(text: str) -> str:
    """Return words that no other mail has."""
    return f"{text} ({next(_number)})"


def replied(desk: Office, reply: Reply) -> list[Sent]:
    """Let Dana reply to the relay about Jane's question; return what left because of it, to anybody."""
    left = len(desk.sent)
    desk.receive(reply.written(BORDERS[0], relay_of(desk)), mailbox="google")
    return desk.sent[left:]


def to_outside(sent: list[Sent]) -> list[Sent]:
    """Return what went to nobody of us, but for the receipts that customers get by themselves."""
    return [
        one
        for one in sent
        if one.recipient.partition("@")[2] != "harborvoice.example" and not one.mail["Auto-Submitted"]
    ]


def state(desk: Office) -> tuple[object, ...]:
    [row] = desk.rows("SELECT state, severity, tenant, requester, playbook, flags FROM ticket WHERE id = 1001")
    return row


def token_of(desk: Office, recipient: str) -> Sent:
    """Return the first mail that left to that customer; its Message-ID bears her token."""
    return next(one for one in desk.sent if one.recipient == recipient)


def arrives(desk: Office, sender: str, text: str, **more: object) -> tuple[int | None, list[Sent]]:
    """Let a mail come in; return its ticket and what left because of it."""
    left = len(desk.sent)
    more.setdefault("message_id", f"row-{next(_number)}@sender.example")
    done = desk.receive(mail(sender, text, **more))  # type: ignore[arg-type] # as mail takes them
    return done.ticket, desk.sent[left:]


H12 = {
    "a command": ("#close", "Re: [1001] A question"),
    "words": ("Please upload the music under Sounds.", "Re: [1001] A question"),
    "a forwarded answer": ("#close\nIt works again.", "Fwd: [1001] A question #1001"),
}


@pytest.mark.parametrize("name", H12)
def test_h12_an_agent_without_a_token_changes_nothing_by_himself(desk: Office, name: str) -> None:
    text, subject = H12[name]
    before = state(desk)
    _, left = arrives(desk, f"Dana <{DANA}>", words(text), subject=subject)
    assert state(desk) == before
    assert to_outside(left) == []
    assert [one for one in left if one.recipient in {JANE, RAJ}] == []


_HIDDEN = '<div style="display:none">#close</div><div>Please upload it.</div>'
H17 = {
    "in a quotation": Reply("Please upload it, quoted.", quote=lambda _relay: "\n\nOn Mon, Jane Roe wrote:\n> #close\n> Hello\n"),
    "after the signature": Reply("Please upload it, signed.", below="\n-- \n#close\nDana"),
    "in hidden HTML": Reply("Please upload it.", html=lambda _text, _relay: _HIDDEN, encoding="html alone"),
    "in the font of size 0": Reply(
        "Please upload it.", html=lambda _t, _r: '<span style="font-size:0">#close</span><p>Please upload it.</p>', encoding="html alone"
    ),
    "in what is invisible": Reply("Please upload it.", html=lambda _t, _r: '<p style="visibility: hidden">#close</p><p>Please upload it.</p>', encoding="html alone"),
    "for Outlook": Reply("Please upload it.", html=lambda _t, _r: '<p style="mso-hide:all">#close</p><p>Please upload it.</p>', encoding="html alone"),
}  # fmt: skip


@pytest.mark.parametrize("name", H17)
def test_h17_only_the_first_lines_of_an_agents_own_words_are_commands(desk: Office, name: str) -> None:
    before = state(desk)
    left = replied(desk, H17[name])
    assert state(desk) == before
    assert all("#close" not in one.text for one in to_outside(left))


def test_h17_a_command_in_a_file_is_none(desk: Office) -> None:
    before = state(desk)
    raw = Reply("Please see the file.").written(BORDERS[0], relay_of(desk))
    head, _, body = raw.partition(b"\r\n\r\n")
    kind = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    parts = [
        kind + b"\r\n\r\n" + body,
        b"Content-Type: text/plain; name=orders.txt\r\nContent-Disposition: attachment\r\n\r\n#close\r\n",
    ]
    whole = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts) + b"--m--\r\n"
    desk.receive(
        head.replace(kind, b"Content-Type: multipart/mixed; boundary=m") + b"\r\n\r\n" + whole, mailbox="google"
    )
    assert state(desk) == before


H18 = ("#colse", "#severity hgih", "#assing bob", "#clos", "#reopen now please")


@pytest.mark.parametrize("written", H18)
def test_h18_what_cannot_be_read_stops_the_whole_mail(desk: Office, written: str) -> None:
    before = state(desk)
    left = replied(desk, Reply(words("Please upload it."), commands=written))
    assert (state(desk), to_outside(left)) == (before, [])
    assert DANA in {one.recipient for one in left}


H19 = {
    "SQL": "#severity high'; DROP TABLE ticket;--",
    "a path": "#assign ../../../etc/passwd",
    "a shell": "#severity $(touch /tmp/mailbot-was-here)",
    "a template": "#playbook {{ 7*7 }}",
    "a pipe": "#assign |reboot",
    "10 kB": f"#severity {'a' * 10_000}",
    "a flood of commands": "\n".join(["#severity high"] * 5_000),
}


@pytest.mark.parametrize("name", H19)
def test_h19_hostile_values_are_refused(desk: Office, name: str) -> None:
    before = state(desk)
    left = replied(desk, Reply(words("Please upload it."), commands=H19[name]))
    assert (state(desk), to_outside(left)) == (before, [])
    assert all(len(one.raw) < 200_000 for one in left)


H20: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "by another way": lambda raw: b"Received: from x by y; Mon, 23 Nov 2026 10:05:00 -0500\r\n" + raw,
    "with another Return-Path and Delivered-To": lambda raw: b"Return-Path: <other@x.example>\r\nDelivered-To: z@x.example\r\n" + raw,
    "with bare line feeds": lambda raw: raw.replace(b"\r\n", b"\n"),
    "with empty lines behind": lambda raw: raw + b"\r\n\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", H20)
def test_h20_what_comes_twice_is_sent_once(desk: Office, name: str) -> None:
    raw = Reply(words("Please upload it.")).written(BORDERS[0], relay_of(desk))
    left = len(desk.sent)
    desk.receive(raw, mailbox="google")
    desk.receive(H20[name](raw), mailbox="google")
    assert [one.recipient for one in to_outside(desk.sent[left:])] == [JANE]


_FIELDS = "Sender Reply-To Return-Path X-Sender X-Originating-Email Disposition-Notification-To Return-Receipt-To Errors-To Resent-From X-Original-To Organization List-Owner"
H21 = {
    "in twelve fields": Reply("Please upload it, twelve.", fields=tuple(f"{name}: {DANA}" for name in _FIELDS.split())),
    "in a quoted header block": Reply(
        "Please upload it, block.",
        quote=lambda relay: f"\n\n________________________________\nFrom: Jane Roe <{SUPPORT}>\nSent: Monday, November 23, 2026 10:00 AM\nTo: Dana Ortiz <{DANA}>\nSubject: A question\n\n{relay.text}",
    ),
    "in a signature": Reply("Please upload it, signed.", below=f"\n-- \nDana Ortiz\n{DANA}"),
    "in the words": Reply(f"Write to {DANA} next time."),
    "in a link": Reply("Write to me.", html=lambda _t, _r: f'<p>Write to <a href="mailto:{DANA}">me</a>.</p>', encoding="html alone"),
    "in a percent encoded link": Reply("Write to me.", html=lambda _t, _r: '<p>Write to <a href="mailto:dana%40harborvoice.example?subject=x">me</a>.</p>', encoding="html alone"),
    "in a picture's name": Reply("See it.", html=lambda _t, _r: f'<p>See it. <img src="https://x.example/{DANA}.png" alt="{DANA}"></p>', encoding="html alone"),
}  # fmt: skip


@pytest.mark.parametrize("name", H21)
def test_h21_no_customer_learns_an_agents_address(desk: Office, name: str) -> None:
    """That it stands nowhere in what left is looked at for every test (conftest.py); here, that nothing is lost."""
    left = replied(desk, H21[name])
    assert to_outside(left) or DANA in {one.recipient for one in left}


def test_h21_nor_by_a_message_that_is_attached(desk: Office) -> None:
    raw = Reply("Please see what I got.").written(BORDERS[0], relay_of(desk))
    head, _, body = raw.partition(b"\r\n\r\n")
    kind = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    inner = (
        f"From: Boss <boss@harborvoice.example>\r\nTo: Dana <{DANA}>\r\nSubject: x\r\n\r\nJust tell her.\r\n".encode()
    )
    parts = [
        kind + b"\r\n\r\n" + body,
        b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + inner,
    ]
    whole = b"".join(b"--m\r\n" + part + b"\r\n" for part in parts) + b"--m--\r\n"
    left = len(desk.sent)
    desk.receive(
        head.replace(kind, b"Content-Type: multipart/mixed; boundary=m") + b"\r\n\r\n" + whole, mailbox="google"
    )
    assert to_outside(desk.sent[left:]) or DANA in {one.recipient for one in desk.sent[left:]}


H22 = {
    "in Cc": (f"Cc: {OUTSIDER}",),
    "in Cc and Bcc": (f"Cc: Eve <{OUTSIDER}>, boss@acme-dental.example", f"Bcc: {OUTSIDER}"),
    "in Resent-To": (f"Resent-To: {OUTSIDER}", f"Resent-Cc: {OUTSIDER}"),
    "in a second To": (f"To: {OUTSIDER}",),
}


@pytest.mark.parametrize("name", H22)
def test_h22_only_those_of_the_ticket_get_an_answer(desk: Office, name: str) -> None:
    left = replied(desk, Reply(words("Please upload it."), fields=H22[name]))
    assert {one.recipient for one in to_outside(left)} <= {JANE}
    assert OUTSIDER not in "".join(one.raw.decode() for one in to_outside(left))
    assert to_outside(left) or DANA in {one.recipient for one in left}


def _named(desk: Office, how: str, of: str = JANE) -> dict[str, object]:
    """Return what a mail bears that names somebody else's ticket by something real."""
    got, own_id = token_of(desk, of), "q1@acme-dental.example" if of == JANE else "q2@bolt.example"
    return {
        "the id of our answer": {"fields": (f"In-Reply-To: <{got.message_id}>",)},
        "her own id": {"fields": (f"References: <{own_id}>", f"In-Reply-To: <{own_id}>")},
        "her reply address": {"replaces": {"To": str(got.mail["Reply-To"])}},
        "her subject": {"subject": f"Re: {got.mail['Subject']}"},
        "all of it": {
            "fields": (f"In-Reply-To: <{got.message_id}>", f"References: <{own_id}>"),
            "subject": f"Re: {got.mail['Subject']}",
            "replaces": {"To": str(got.mail["Reply-To"])},
        },
    }[how]  # type: ignore[return-value] # as mail takes them


H23 = ("the id of our answer", "her own id", "her reply address", "her subject", "all of it")


@pytest.mark.parametrize("verdict", ["pass", ""])
@pytest.mark.parametrize("how", H23)
def test_h23_a_stranger_who_names_a_ticket_opens_another(desk: Office, how: str, verdict: str) -> None:
    before = desk.one("SELECT entries FROM ticket WHERE id = 1001")
    sender = f"stranger-{next(_number)}@domain-{next(_number)}.example"
    ticket, left = arrives(desk, sender, words("Any news?"), verdict=verdict, **_named(desk, how))
    assert ticket not in {1001, None}
    assert desk.one("SELECT entries FROM ticket WHERE id = 1001") == before
    assert {one.recipient for one in left if not one.for_team} <= {sender, DANA, "bob@harborvoice.example"}


@pytest.mark.parametrize("how", H23)
def test_h24_so_does_a_customer_of_another_tenant(desk: Office, how: str) -> None:
    ticket, left = arrives(desk, f"Raj <{RAJ}>", words("Any news?"), **_named(desk, how))
    assert ticket not in {1001, None}
    assert desk.one("SELECT tenant FROM ticket WHERE id = ?", ticket) == "bolt"
    assert JANE not in {one.recipient for one in left}


@pytest.mark.parametrize("how", H23)
def test_h25_a_forged_customer_does_not_join_and_draws_no_answer(desk: Office, how: str) -> None:
    ticket, left = arrives(desk, f"Jane <{JANE}>", words("Reset my PIN."), verdict="fail", **_named(desk, how))
    assert ticket not in {1001, None}
    assert "authentication-failed" in desk.one(
        "SELECT flags FROM entry WHERE ticket_id = ? AND kind = 'customer'", ticket
    )
    assert JANE not in {one.recipient for one in left}


H26 = ("all of it", "her reply address", "the id of our answer")


@pytest.mark.parametrize("verdict", ["", "fail", "pass"])
@pytest.mark.parametrize("how", H26)
def test_h26_whom_a_mail_adds_gets_nothing_now_or_later(desk: Office, how: str, verdict: str) -> None:
    named = _named(desk, how)
    to = dict(named.pop("replaces", {}))  # type: ignore[call-overload]
    added = {"Cc": OUTSIDER, "Reply-To": f"<{OUTSIDER}>"} | to
    arrives(desk, f"Jane <{JANE}>", words("Copy my boss."), verdict=verdict, replaces=added, **named)
    replied(desk, Reply(words("Please upload it.")))
    assert OUTSIDER not in {one.recipient for one in desk.sent}
    assert all(OUTSIDER not in one.raw.decode() for one in to_outside(desk.sent))


H27: dict[str, Callable[[Office], dict[str, object]]] = {
    "ids in the text": lambda desk: {"text": f"<{token_of(desk, JANE).message_id}> <q1@acme-dental.example> #1001"},
    "our line of reference": lambda desk: {"text": f"Ref: {token_of(desk, JANE).message_id[:39]}"},
    "a guessed address": lambda _desk: {"replaces": {"To": f"support+{'a' * 39}@harborvoice.example"}},
    "the number as the address": lambda _desk: {"replaces": {"To": "support+1001@harborvoice.example"}},
    "a quoted copy": lambda desk: {"text": "\n".join(f"> {line}" for line in token_of(desk, JANE).text.splitlines())},
}


@pytest.mark.parametrize("name", H27)
def test_h27_what_was_copied_or_guessed_joins_nothing(desk: Office, name: str) -> None:
    more: dict[str, object] = H27[name](desk)
    text = words(str(more.pop("text", "Any news?")))
    ticket, _ = arrives(desk, f"tom-{next(_number)}@acme-dental.example", text, **more)
    assert ticket not in {1001, None}


H28 = {"the same sender": JANE, "a colleague": "tom@acme-dental.example", "another tenant": RAJ, "a stranger": OUTSIDER}


@pytest.mark.parametrize("name", H28)
def test_h28_two_mails_with_one_id_are_both_kept_and_threads_stay(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    with office(tmp_path_factory.mktemp("desk")) as desk:
        first = desk.receive(mail(f"Jane <{JANE}>", "How do I change the music?", message_id="one@id.example"))
        second = desk.receive(
            mail(H28[name], "Something else altogether.", subject="Else", message_id="one@id.example")
        )
        assert (first.entry, first.ticket) != (second.entry, second.ticket)
        assert [text for (text,) in desk.rows("SELECT text FROM entry WHERE kind = 'customer' ORDER BY id")] == [
            "How do I change the music?",
            "Something else altogether.",
        ]
        [answer] = [one for one in desk.answers if one.recipient == JANE][:1]
        reply = mail(
            f"Jane <{JANE}>",
            "And the ringtone?",
            fields=(f"In-Reply-To: <{answer.message_id}>",),
            message_id="two@id.example",
        )
        assert desk.receive(reply).ticket == first.ticket
        again = mail(
            f"Jane <{JANE}>", "And the bell?", fields=("In-Reply-To: <one@id.example>",), message_id="three@id.example"
        )
        assert desk.receive(again).ticket in {first.ticket, second.ticket} - (
            {second.ticket} if name != "the same sender" else set()
        )


def test_every_row_has_three_messages() -> None:
    here: dict[str, Sized] = {
        "H12": H12,
        "H17": H17,
        "H18": H18,
        "H19": H19,
        "H20": H20,
        "H21": H21,
        "H22": H22,
        "H23": H23,
        "H24": H23,
    }
    here |= {"H25": H23, "H26": H26, "H27": H27, "H28": H28}
    counted = Counter(spoof.row for spoof in spoofs()) + Counter({row: len(messages) for row, messages in here.items()})
    assert {f"H{number}": counted[f"H{number}"] for number in range(1, 29) if counted[f"H{number}"] < 3} == {}
