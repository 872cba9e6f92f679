"""Handing mail to a relay: a real relay on loopback, real TLS, connections that really break."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from mailbot import rules
from mailbot.delivery.submission import Submission
from mailbot.delivery.submission.failures import Stage, failure_of
from mailbot.delivery.transport import with_transparency
from mailbot.errors import (
    DeliveryFailure,
    MailbotError,
    PermanentFailure,
    RelayUnusable,
    SlowDown,
    TransientFailure,
    UnclearResult,
)
from mailbot.rules import Secret, SignIn
from tests.servers.ports import free_port
from tests.servers.proxy import Proxy
from tests.servers.smtp import Certificate, Relay, certificate
from tests.servers.smtp import Stage as RelayStage

MAIL = b"From: support@example.com\r\nTo: ann@example.net\r\nMessage-ID: <1@example.com>\r\n\r\nOn it.\r\n"
FROM, TO = "support@example.com", "ann@example.net"
SHORT = timedelta(milliseconds=300)


def secret(wanted: Secret) -> str:
    if wanted.env == "MISSING":
        raise MailbotError("the environment variable MISSING is not set")
    return {"PASSWORD": "pässword", "TOKEN": "ya29.token"}[wanted.env]


@contextmanager
def submission(relay: rules.Relay, trust: ssl.SSLContext | None = None) -> Iterator[Submission]:
    made = Submission(relay, secret, "example.com", trust=trust)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def made_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_mail_arrives_octet_by_octet_under_our_name() -> None:
    raw = MAIL + b".\r\n..two\r\n.hidden\r\n\r\n"
    with Relay() as relay, submission(relay.rules()) as out:
        accepted = out.submit(FROM, TO, raw)
    [mail] = relay.mails
    assert (mail.reverse_path, mail.recipients, mail.raw) == (FROM, (TO,), raw)
    assert mail.ehlo == "example.com"
    assert (accepted.code, accepted.reply) == (250, "2.0.0 taken")


def test_the_null_reverse_path_leaves_as_such() -> None:
    with Relay() as relay, submission(relay.rules()) as out:
        out.submit("", TO, MAIL)
    assert relay.mails[0].reverse_path == ""


def test_several_mails_share_a_connection() -> None:
    with Relay() as relay, submission(relay.rules()) as out:
        for number in range(3):
            out.submit(FROM, f"ann+{number}@example.net", MAIL)
    assert relay.connections == 1
    assert [mail.recipients for mail in relay.mails] == [(f"ann+{number}@example.net",) for number in range(3)]


def test_what_may_go_together_goes_together() -> None:
    """RFC 2920: three commands in one write, where the relay offers it."""
    with Relay(pipelining=True) as relay, submission(relay.rules()) as out:
        out.submit(FROM, TO, MAIL)
        smtp = out._smtp
        assert smtp is not None
        with mock.patch.object(smtp, "send", side_effect=smtp.send) as send:
            out.submit(FROM, TO, MAIL)
        assert send.call_count == 3, "the commands, the text, the dot"
    assert len(relay.mails) == 2


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_relay_that_asks_for_the_text_of_a_refused_mail_gets_none(stage: RelayStage) -> None:
    """RFC 2920 section 3.1: it says 354 although there is nobody to send to; the connection is dropped."""
    with Relay(pipelining=True) as relay, submission(relay.rules()) as out:
        relay.replies = {stage: ["550 5.1.1 no"], "DATA": ["354 go on"]}
        with pytest.raises(PermanentFailure):
            out.submit(FROM, TO, MAIL)
        out.submit(FROM, TO, MAIL)
    assert [mail.raw for mail in relay.mails] == [MAIL]
    assert relay.connections == 2


def test_what_is_asked_before_the_final_dot_can_keep_a_mail_from_leaving() -> None:
    def no() -> None:
        raise MailbotError("not ours any more")

    with Relay() as relay:
        out = Submission(relay.rules(), secret, "example.com", before_final=no)
        with pytest.raises(MailbotError, match="not ours"):
            out.submit(FROM, TO, MAIL)
        out.close()
        with submission(relay.rules()) as other:
            other.submit(FROM, TO, MAIL)
    assert len(relay.mails) == 1


def test_a_refused_mail_does_not_cost_the_connection() -> None:
    with Relay(recipients={"no@example.net": "550 5.1.1 unknown"}) as relay, submission(relay.rules()) as out:
        with pytest.raises(PermanentFailure):
            out.submit(FROM, "no@example.net", MAIL)
        out.submit(FROM, TO, MAIL)
    assert relay.connections == 1


@pytest.mark.parametrize("how", ["closed", "421", "restarted"])
def test_an_idle_connection_that_the_relay_closed_is_replaced(how: str) -> None:
    with Relay() as relay, Proxy(relay.port) as proxy, submission(relay.rules(port=proxy.port)) as out:
        out.submit(FROM, TO, MAIL)
        if how == "closed":
            proxy.drop()
        elif how == "421":
            relay.replies["MAIL"] = ["421 4.4.2 idle for too long"]
        else:
            relay.stop()
            relay.start()
        out.submit(FROM, TO, MAIL)
    assert len(relay.mails) == 2


@pytest.mark.parametrize(
    ("stage", "reply", "expected"),
    [
        ("EHLO", "421 4.3.2 shutting down", RelayUnusable),
        ("EHLO", "550 5.7.1 your name is listed", RelayUnusable),
        ("MAIL", "451 4.3.0 later", TransientFailure),
        ("MAIL", "421 4.7.0 too fast", SlowDown),
        ("MAIL", "450 4.7.1 too many mails in this hour", SlowDown),
        ("FINAL", "550 5.4.5 Daily user sending limit exceeded.", SlowDown),
        ("FINAL", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", SlowDown),
        ("RCPT", "550 5.1.90 Your daily limit for message recipients is reached", SlowDown),
        ("RCPT", "451 4.7.1 Greylisting in action, please come back later", TransientFailure),
        ("RCPT", "552 5.2.2 quota exceeded", PermanentFailure),
        ("MAIL", "553 5.1.8 sender unknown", PermanentFailure),
        ("MAIL", "530 5.7.0 sign in first", RelayUnusable),
        ("RCPT", "450 4.2.0 greylisted", TransientFailure),
        ("RCPT", "550 5.1.1 no such mailbox", PermanentFailure),
        ("RCPT", "close", TransientFailure),
        ("DATA", "451 4.3.0 later", TransientFailure),
        ("DATA", "554 5.5.1 no valid recipients", PermanentFailure),
        ("DATA", "250 odd", TransientFailure),
        ("FINAL", "452 4.3.1 disk full", TransientFailure),
        ("FINAL", "554 5.7.1 looks like spam", PermanentFailure),
        ("FINAL", "354 odd", UnclearResult),
        ("FINAL", "close", UnclearResult),
    ],
)
@pytest.mark.parametrize("pipelining", [False, True])
def test_what_a_refusal_at_each_stage_means(
    stage: RelayStage, reply: str, expected: type[DeliveryFailure], *, pipelining: bool
) -> None:
    with Relay(replies={stage: reply}, pipelining=pipelining) as relay, submission(relay.rules()) as out:
        with pytest.raises(DeliveryFailure) as failed:
            out.submit(FROM, TO, MAIL)
        assert type(failed.value) is expected
        if reply[:1] in "45":
            assert failed.value.code == int(reply[:3])
            assert reply in failed.value.diagnostic
        # The same object delivers the next one.
        relay.replies.clear()
        out.submit(FROM, TO, MAIL)
    assert relay.mails[-1].raw == MAIL


def test_a_greeting_that_refuses_makes_the_relay_unusable() -> None:
    with (
        Relay(greeting="554 5.7.1 not you") as relay,
        submission(relay.rules()) as out,
        pytest.raises(RelayUnusable) as failed,
    ):
        out.submit(FROM, TO, MAIL)
    assert failed.value.code == 554


def test_a_relay_that_is_not_there_is_unusable() -> None:
    gone = rules.Relay(host="127.0.0.1", port=free_port(), tls="none")
    with submission(gone) as out, pytest.raises(RelayUnusable, match="no connection to the relay"):
        out.submit(FROM, TO, MAIL)


def test_a_relay_that_says_nothing_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        relay = rules.Relay(host="127.0.0.1", port=mute.getsockname()[1], tls="none", timeout=SHORT)
        with submission(relay) as out, pytest.raises(RelayUnusable, match="did not answer in time"):
            out.submit(FROM, TO, MAIL)


def test_a_swallowed_final_reply_is_unclear_after_its_own_timeout() -> None:
    with Relay(silent=True) as relay, submission(relay.rules(final_reply_timeout=SHORT)) as out:
        with pytest.raises(UnclearResult, match="did not answer in time"):
            out.submit(FROM, TO, MAIL)
        assert len(relay.wait_for(1)) == 1


def test_the_final_reply_may_take_longer_than_any_other() -> None:
    with Relay() as relay, submission(relay.rules(timeout=SHORT)) as out:
        slow = relay.reply_for

        def after_a_while(stage: RelayStage, recipient: str = "") -> str:
            if stage == "FINAL":
                time.sleep(1)
            return slow(stage, recipient)

        relay.reply_for = after_a_while  # type: ignore[method-assign]
        assert out.submit(FROM, TO, MAIL).code == 250


@dataclass(frozen=True)
class Octets:
    """What a whole delivery says, up and down, and how much of each comes before the relay has asked for the text."""

    up: int
    up_before_text: int
    down: int
    down_before_text: int


def dialogue(*, pipelining: bool = False) -> Octets:
    with (
        Relay(pipelining=pipelining) as relay,
        Proxy(relay.port) as proxy,
        submission(relay.rules(port=proxy.port)) as out,
    ):
        out.submit(FROM, TO, MAIL)
        up, down = bytes(proxy.up), bytes(proxy.down)
    return Octets(len(up), up.index(b"DATA\r\n") + 6, len(down), down.index(b"354") + 3)


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_the_connection_may_be_cut_at_any_octet(direction: str, *, pipelining: bool) -> None:
    """F8: what the relay took is never called refused, and what it cannot have taken is never unclear."""
    whole = dialogue(pipelining=pipelining)
    with Relay(pipelining=pipelining) as relay, Proxy(relay.port) as proxy:
        for octets in range(whole.up if direction == "up" else whole.down):
            setattr(proxy, f"cut_{direction}_after", octets)
            outcome = submitted(relay.rules(port=proxy.port))
            if relay.mails:
                assert outcome in {"accepted", "UnclearResult"}, (octets, outcome)
            else:
                assert outcome in {"RelayUnusable", "TransientFailure", "UnclearResult"}, (octets, outcome)
            if octets < (whole.up_before_text if direction == "up" else whole.down_before_text):
                assert outcome in {"RelayUnusable", "TransientFailure"}, (octets, outcome)
            relay.mails.clear()


def submitted(relay: rules.Relay) -> str:
    """Return "accepted", or the name of the failure."""
    with submission(relay) as out:
        try:
            out.submit(FROM, TO, MAIL)
        except DeliveryFailure as failure:
            return type(failure).__name__
    return "accepted"


def test_a_cut_reply_is_not_taken_for_a_whole_one() -> None:
    final_at = dialogue().down - len(b"250 2.0.0 taken\r\n")
    for octets, expected in ((0, "UnclearResult"), (1, "UnclearResult"), (2, "UnclearResult"), (3, "accepted")):
        with Relay() as relay, Proxy(relay.port, cut_down_after=final_at + octets) as proxy:
            assert submitted(relay.rules(port=proxy.port)) == expected, octets


# --- TLS and signing in ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mail_goes_over_verified_tls(made_certificate: Certificate, tls: str) -> None:
    with (
        Relay(tls=tls, certificate=made_certificate) as relay,  # type: ignore[arg-type]
        submission(relay.rules(), made_certificate.trust()) as out,
    ):
        out.submit(FROM, TO, MAIL)
    assert relay.mails[0].encrypted


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("unknown authority", "self-signed certificate"),
        ("other name", "not valid for '127.0.0.1'"),
        ("expired", "certificate has expired"),
    ],
)
def test_a_wrong_certificate_is_refused_and_nothing_leaves_in_clear(
    made_certificate: Certificate, tmp_path: Path, tls: str, fault: str, named: str
) -> None:
    """F13."""
    used = {
        "unknown authority": lambda: made_certificate,
        "other name": lambda: certificate(tmp_path, "other.example"),
        "expired": lambda: certificate(tmp_path, expired=True),
    }[fault]()
    trust = None if fault == "unknown authority" else used.trust()
    with (
        Relay(tls=tls, certificate=used, users={"support": "pässword"}) as relay,  # type: ignore[arg-type]
        Proxy(relay.port) as proxy,
        submission(
            relay.rules(port=proxy.port, sign_in=SignIn(user="support", password=Secret(env="PASSWORD"))),
            trust,
        ) as out,
        pytest.raises(RelayUnusable, match=f"the relay's certificate cannot be trusted: .*{named}"),
    ):
        out.submit(FROM, TO, MAIL)
    assert relay.mails == []
    assert b"AUTH" not in proxy.up
    assert b"MAIL" not in proxy.up


@pytest.mark.parametrize("replies", [{}, {"EHLO": "250 relay.example"}])
def test_a_relay_without_starttls_gets_no_mail(replies: dict[RelayStage, str]) -> None:
    with Relay(replies=dict(replies)) as relay:
        wanted = relay.rules().model_copy(update={"tls": "starttls"})
        with submission(wanted) as out, pytest.raises(RelayUnusable, match="does not offer STARTTLS"):
            out.submit(FROM, TO, MAIL)
    assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.parametrize("mechanisms", [("PLAIN",), ("LOGIN",), ("LOGIN", "PLAIN")])
def test_signing_in_with_a_password(mechanisms: tuple[str, ...]) -> None:
    sign_in = SignIn(user="support", password=Secret(env="PASSWORD"))
    with (
        Relay(users={"support": "pässword"}, mechanisms=mechanisms) as relay,
        submission(relay.rules(sign_in=sign_in)) as out,
    ):
        out.submit(FROM, TO, MAIL)
    assert relay.mails[0].user == "support"


def test_signing_in_with_a_token() -> None:
    sign_in = SignIn(user="support@example.com", token=Secret(env="TOKEN"))
    with (
        Relay(tokens={"support@example.com": "ya29.token"}) as relay,
        submission(relay.rules(sign_in=sign_in)) as out,
    ):
        out.submit(FROM, TO, MAIL)
    assert relay.mails[0].user == "support@example.com"


@pytest.mark.parametrize(
    ("relay", "sign_in", "text"),
    [
        # The password was changed at the provider.
        (Relay(users={"support": "other"}), SignIn(user="support", password=Secret(env="PASSWORD")), "535"),
        (
            Relay(users={"support": "other"}, mechanisms=("LOGIN",)),
            SignIn(user="support", password=Secret(env="PASSWORD")),
            "535",
        ),
        # The token has expired; the reason comes as a challenge first.
        (Relay(tokens={"support": "new"}), SignIn(user="support", token=Secret(env="TOKEN")), "535"),
        # The relay offers nothing that a password fits.
        (
            Relay(tokens={"support": "x"}, mechanisms=("XOAUTH2",)),
            SignIn(user="support", password=Secret(env="PASSWORD")),
            "offers neither",
        ),
        (Relay(replies={"AUTH": "454 4.7.0 try later"}), SignIn(user="support", token=Secret(env="TOKEN")), "454"),
        (Relay(), SignIn(user="support", password=Secret(env="MISSING")), "MISSING is not set"),
        # Signing in was forgotten in rules.toml.
        (Relay(users={"support": "x"}), SignIn(), "530"),
    ],
)
def test_a_refused_sign_in_makes_the_relay_unusable(relay: Relay, sign_in: SignIn, text: str) -> None:
    with relay, submission(relay.rules(sign_in=sign_in)) as out, pytest.raises(RelayUnusable, match=text) as failed:
        out.submit(FROM, TO, MAIL)
    assert relay.mails == []
    assert "pässword" not in failed.value.diagnostic
    assert "ya29" not in failed.value.diagnostic


def test_no_password_goes_to_another_machine_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailbot.delivery.submission.signin._is_this_machine", lambda _smtp: False)
    sign_in = SignIn(user="support", password=Secret(env="PASSWORD"))
    with (
        Relay(users={"support": "pässword"}) as relay,
        submission(relay.rules(sign_in=sign_in)) as out,
        pytest.raises(RelayUnusable, match="no password is sent"),
    ):
        out.submit(FROM, TO, MAIL)
    assert not any(command.startswith("AUTH") for command in relay.commands)


# --- what leaves ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        MAIL + b"bare\nline\r\n",
        MAIL + b"bare\rline\r\n",
        MAIL + b"one\rof each\n",
        MAIL + b"nul\x00\r\n",
        b"\n" + MAIL,
        MAIL + b"\r",
        MAIL + b"\n",
    ],
)
def test_what_is_not_crlf_does_not_leave(raw: bytes) -> None:
    """F14: a lenient server would take a bare LF for an end of line, and LF.LF for the end of the mail."""
    with (
        Relay() as relay,
        submission(relay.rules()) as out,
        pytest.raises(PermanentFailure, match="bare CR, LF or NUL"),
    ):
        out.submit(FROM, TO, raw)
    assert relay.connections == 0


@pytest.mark.parametrize(
    ("reverse_path", "recipient"),
    [
        (FROM, "ann@example.net>\r\nRCPT TO:<eve@example.org"),
        (FROM, "ann@example.net> NOTIFY=NEVER"),
        (FROM, "<ann@example.net>"),
        (FROM, "ann"),
        (FROM, ""),
        (FROM, "ann@"),
        (FROM, "ann@b@example.net"),
        ("support@example.com\r\nDATA", TO),
    ],
)
def test_an_address_brings_no_command_with_it(reverse_path: str, recipient: str) -> None:
    with Relay() as relay, submission(relay.rules()) as out, pytest.raises(PermanentFailure, match="address"):
        out.submit(reverse_path, recipient, MAIL)
    assert relay.connections == 0


def test_on_the_wire_only_the_last_line_is_a_lone_dot() -> None:
    raw = b".\r\n" + MAIL + b".\r\n.x\r\n..\r\nno line end"
    with Relay() as relay, Proxy(relay.port) as proxy:
        with submission(relay.rules(port=proxy.port)) as out:
            out.submit(FROM, TO, raw)
        sent = bytes(proxy.up)
    text = sent.partition(b"DATA\r\n")[2].partition(b"quit")[0]
    assert text.count(b"\r\n.\r\n") == 1
    assert text.endswith(b"no line end\r\n.\r\n")
    assert text.count(b"\n") == text.count(b"\r") == text.count(b"\r\n")
    assert relay.mails[0].raw == raw + b"\r\n"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b".", b"..\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b"\r\n.\r\n.\r\n", b"\r\n..\r\n..\r\n"),
    ],
)
def test_transparency(raw: bytes, expected: bytes) -> None:
    assert with_transparency(raw) == expected


def test_parameters_are_sent_only_where_needed() -> None:
    with Relay() as relay, submission(relay.rules()) as out:
        out.submit(FROM, TO, MAIL)
        out.submit(FROM, "ann@bücher.example", MAIL + "Grüße\r\n".encode())
        out.submit(FROM, "jürgen@example.net", MAIL)
        out.submit(FROM, TO, "Subject: Störung\r\n".encode() + MAIL)
    sizes = [next(option for option in mail.options if option.startswith("SIZE=")) for mail in relay.mails]
    assert sizes[0] == f"SIZE={len(MAIL)}"
    rest = [[option for option in mail.options if not option.startswith("SIZE=")] for mail in relay.mails]
    assert rest == [[], ["BODY=8BITMIME"], ["SMTPUTF8"], ["BODY=8BITMIME", "SMTPUTF8"]]
    assert relay.mails[1].recipients == ("ann@xn--bcher-kva.example",)
    assert relay.mails[2].recipients == ("jürgen@example.net",)


def test_an_internationalised_address_needs_a_relay_that_knows_it() -> None:
    with Relay(smtputf8=False) as relay, submission(relay.rules()) as out:
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            out.submit(FROM, "jürgen@example.net", MAIL)
        out.submit(FROM, TO, MAIL)
    assert len(relay.mails) == 1


def test_probing_signs_in_and_sends_nothing() -> None:
    sign_in = SignIn(user="support", password=Secret(env="PASSWORD"))
    with Relay(users={"support": "pässword"}) as relay, submission(relay.rules(sign_in=sign_in)) as out:
        out.probe()
        out.submit(FROM, TO, MAIL)
    assert len(relay.mails) == 1
    with (
        Relay(users={"support": "other"}) as relay,
        submission(relay.rules(sign_in=sign_in)) as out,
        pytest.raises(RelayUnusable),
    ):
        out.probe()


# --- the table ------------------------------------------------------------------------------------------------------

LOST = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")


@pytest.mark.parametrize(
    ("error", "session", "envelope", "final"),
    [
        # What happened: its meaning before any mail is at stake, during the envelope and text, after the final dot.
        (smtplib.SMTPResponseException(450, b"x"), RelayUnusable, TransientFailure, TransientFailure),
        (smtplib.SMTPResponseException(421, b"x"), RelayUnusable, SlowDown, SlowDown),
        (smtplib.SMTPResponseException(550, b"x"), RelayUnusable, PermanentFailure, PermanentFailure),
        (smtplib.SMTPAuthenticationError(535, b"x"), RelayUnusable, RelayUnusable, RelayUnusable),
        (smtplib.SMTPResponseException(530, b"x"), RelayUnusable, RelayUnusable, RelayUnusable),
        (smtplib.SMTPResponseException(-1, b"x"), RelayUnusable, TransientFailure, UnclearResult),
        (smtplib.SMTPResponseException(25, b""), RelayUnusable, TransientFailure, UnclearResult),
        (smtplib.SMTPResponseException(354, b"x"), RelayUnusable, TransientFailure, UnclearResult),
        (smtplib.SMTPResponseException(500, "Line too long."), RelayUnusable, TransientFailure, UnclearResult),
        (LOST, RelayUnusable, TransientFailure, UnclearResult),
        (TimeoutError("timed out"), RelayUnusable, TransientFailure, UnclearResult),
        (ConnectionResetError(104, "reset"), RelayUnusable, TransientFailure, UnclearResult),
        (BrokenPipeError(32, "pipe"), RelayUnusable, TransientFailure, UnclearResult),
        (ssl.SSLError(1, "bad record"), RelayUnusable, TransientFailure, UnclearResult),
        (ssl.SSLEOFError(8, "eof"), RelayUnusable, TransientFailure, UnclearResult),
        (socket.gaierror(-2, "Name or service not known"), RelayUnusable, TransientFailure, UnclearResult),
        (ConnectionRefusedError(111, "refused"), RelayUnusable, TransientFailure, UnclearResult),
        (OSError(113, "No route to host"), RelayUnusable, TransientFailure, UnclearResult),
        (smtplib.SMTPNotSupportedError("x"), RelayUnusable, TransientFailure, UnclearResult),
        (RuntimeError("unknown"), RelayUnusable, TransientFailure, UnclearResult),
        # Already judged: stays what it is.
        (PermanentFailure("p", 550), PermanentFailure, PermanentFailure, PermanentFailure),
    ],
)
def test_what_an_error_means(
    error: Exception,
    session: type[DeliveryFailure],
    envelope: type[DeliveryFailure],
    final: type[DeliveryFailure],
) -> None:
    kinds = [type(failure_of(error, stage)) for stage in (Stage.SESSION, Stage.ENVELOPE, Stage.FINAL)]
    assert kinds == [session, envelope, final]
    assert failure_of(error, Stage.FINAL).diagnostic


def test_a_diagnostic_is_one_clean_line() -> None:
    failure = failure_of(smtplib.SMTPResponseException(550, b"5.1.1 no\r\n\x1b[31m\xff" + b"x" * 9_999), Stage.ENVELOPE)
    assert failure.diagnostic.startswith("550 5.1.1 no [31m\N{REPLACEMENT CHARACTER}xxx")
    assert len(failure.diagnostic) == 500
