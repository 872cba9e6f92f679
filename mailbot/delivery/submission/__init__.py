"""Handing one mail to the relay by SMTP (RFC 5321, 6409), and saying exactly what became of it.

The relay is reached over TLS with its certificate verified; there is no way back to plain
text. `tls = "none"` is for a relay on this machine or in the operator's own net, and even then
no password or token goes to another machine in clear. Signing in is by PLAIN or LOGIN, or by
XOAUTH2 when a token is configured; secrets are looked up anew at each sign-in.

What went wrong decides what happens to the mail, and one function says so (`failures.failure_of`):
- before any mail is at stake (connect, TLS, sign-in): the relay is unusable, no mail to blame;
- a reply 5yz about this mail is permanent, 4yz and a broken connection are transient;
- from the first octet of the final CRLF.CRLF until the complete reply, everything but a reply
  leaves the result unclear (RFC 1047). Until that dot the relay cannot have taken the mail.

The dot is sent apart from the text, so that a connection that breaks inside a long text is not
unclear. The relay has `final_reply_timeout` to answer it (10 minutes, RFC 5321 section 4.5.3.2.6).

Mail leaves as CRLF lines only; anything else is refused here, before its first octet. A
connection is used again for the next mail, and is replaced, once, if the relay closed it meanwhile.
One object is for one thread.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address

from mailbot.delivery.submission.failures import Stage, expect, failure_of, is_success
from mailbot.delivery.transport import Accepted, check_wire_form, one_line, with_a_labels, with_transparency
from mailbot.errors import (
    MailbotError,
    PermanentFailure,
    RelayUnusable,
)
from mailbot.rules import Relay, Secret

__all__ = ["Accepted", "Offer", "Secrets", "Submission"]

Secrets = Callable[[Secret], str]

_IDLE = timedelta(seconds=60)
_GOODBYE = timedelta(seconds=1)
_CLOSING = 421


@dataclass(frozen=True, slots=True)
class Offer:
    """What the relay offers: its EHLO keywords in lower case, and whether it takes a null reverse-path."""

    extensions: frozenset[str]
    null_reverse_path: bool


class Submission:
    """A connection to the relay, opened when it is needed."""

    def __init__(self, relay: Relay, secrets: Secrets, own_domain: str, *, trust: ssl.SSLContext | None = None) -> None:
        """`own_domain` is our EHLO name; `trust` replaces the system's certificate authorities."""
        self._relay = relay
        self._secrets = secrets
        self._own_domain = own_domain
        self._given_trust = trust
        self._smtp: smtplib.SMTP | None = None
        self._used_at_s = 0.0

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Whose certificates count; reading the system's takes a while, so only where TLS is used."""
        return self._given_trust or ssl.create_default_context()

    def submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Hand over one mail for one recipient; "" is the null reverse-path.

        Raise PermanentFailure, TransientFailure, RelayUnusable or UnclearResult.
        """
        check_wire_form(reverse_path, recipient, raw)
        reused = self._smtp is not None and time.monotonic() - self._used_at_s < _IDLE.total_seconds()
        if not reused:
            self.close()
        try:
            return self._submit(reverse_path, recipient, raw)
        except _GoneMeanwhile:
            self.close()
            return self._submit(reverse_path, recipient, raw)

    def probe(self, reverse_path: str) -> Offer:
        """Sign in and ask whether the relay takes a null reverse-path; no mail is sent. Raise RelayUnusable.

        `reverse_path` is tried first, so that a relay that refuses everything now is not mistaken.
        """
        smtp = self._session()
        extensions = frozenset(smtp.esmtp_features)
        try:
            usual, _ = smtp.docmd("MAIL", f"FROM:<{reverse_path}>")
            smtp.docmd("RSET")
            null, _ = smtp.docmd("MAIL", "FROM:<>")
            smtp.docmd("RSET")
        except (smtplib.SMTPException, OSError) as error:
            raise failure_of(error, Stage.SESSION) from error
        finally:
            self.close()
        refused = usual // 100 == 2 and null // 100 == 5  # noqa: PLR2004 - RFC 5321 section 4.2.1
        return Offer(extensions, not refused)

    def rest(self) -> None:
        """Close the connection if it has not been used for a while; call it when nothing is due."""
        if self._smtp is not None and time.monotonic() - self._used_at_s >= _IDLE.total_seconds():
            self.close()

    def close(self) -> None:
        """End the connection politely if that takes no waiting; afterwards `submit` opens a new one."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            _set_timeout(smtp, _GOODBYE)
            smtp.quit()
        with suppress(OSError):
            smtp.close()

    def _submit(self, reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        fresh = self._smtp is None
        smtp = self._session()
        stage = Stage.ENVELOPE
        try:
            self._envelope(smtp, reverse_path, recipient, raw, fresh=fresh)
            smtp.send(with_transparency(raw))
            stage = Stage.FINAL
            _set_timeout(smtp, self._relay.final_reply_timeout)
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
            if not is_success(code):
                raise smtplib.SMTPDataError(code, text)
            _set_timeout(smtp, self._relay.timeout)
        except (smtplib.SMTPException, OSError) as error:
            self._recover(smtp, error)
            raise failure_of(error, stage) from error
        self._used_at_s = time.monotonic()
        return Accepted(code, one_line(text))

    def _envelope(self, smtp: smtplib.SMTP, reverse_path: str, recipient: str, raw: bytes, *, fresh: bool) -> None:
        """Say MAIL, RCPT and DATA. Raise _GoneMeanwhile when an older connection turns out closed."""
        options = _mail_options(smtp, reverse_path, recipient, raw)
        try:
            code, text = smtp.docmd("MAIL", f"FROM:<{with_a_labels(reverse_path)}>{options}")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if fresh:
                raise
            raise _GoneMeanwhile from error
        if code == _CLOSING and not fresh:  # the relay's idle timeout, RFC 5321 section 3.8
            raise _GoneMeanwhile
        expect(2, code, text)
        expect(2, *smtp.docmd("RCPT", f"TO:<{with_a_labels(recipient)}>"))
        expect(3, *smtp.docmd("DATA"))

    def _recover(self, smtp: smtplib.SMTP, error: Exception) -> None:
        """Make the connection fit for the next mail after a refusal, or drop it."""
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
        if 400 <= code < 600 and code != _CLOSING:  # noqa: PLR2004 - 4yz, 5yz
            with suppress(smtplib.SMTPException, OSError):
                _set_timeout(smtp, self._relay.timeout)
                if is_success(smtp.rset()[0]):
                    self._used_at_s = time.monotonic()
                    return
        self.close()

    def _session(self) -> smtplib.SMTP:
        """Return a connection that is signed in; raise RelayUnusable."""
        if self._smtp is not None:
            return self._smtp
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connected()
            self._sign_in(smtp)
        except (smtplib.SMTPException, OSError, ValueError, MailbotError) as error:
            if smtp is not None:
                smtp.close()
            raise failure_of(error, Stage.SESSION) from error
        self._smtp = smtp
        self._used_at_s = time.monotonic()
        return smtp

    def _connected(self) -> smtplib.SMTP:
        relay, timeout_s = self._relay, self._relay.timeout.total_seconds()
        if relay.tls == "implicit":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                relay.host, relay.port, self._own_domain, timeout=timeout_s, context=self._trust
            )
        else:
            smtp = smtplib.SMTP(relay.host, relay.port, self._own_domain, timeout=timeout_s)
        try:
            if smtp.sock is not None:
                # The final dot is a small packet of its own and must not wait for an acknowledgement.
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            smtp.ehlo_or_helo_if_needed()
            if relay.tls == "starttls":
                self._start_tls(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _start_tls(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            raise RelayUnusable("the relay does not offer STARTTLS, and mail does not go there in clear")
        smtp.starttls(context=self._trust)
        smtp.ehlo_or_helo_if_needed()

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        sign_in = self._relay.sign_in
        if not sign_in.user:
            return
        if self._relay.tls == "none" and not _is_this_machine(smtp):
            raise RelayUnusable('with tls = "none" no password is sent to another machine; set tls = "starttls"')
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if sign_in.token is not None:
            bearer = f"user={sign_in.user}\x01auth=Bearer {self._secrets(sign_in.token)}\x01\x01"
            # The answer to a refused token's 334, which carries the reason, is an empty line.
            _authenticate(smtp, f"XOAUTH2 {_base64(bearer)}", "")
            return
        password = self._secrets(sign_in.password) if sign_in.password is not None else ""
        if "PLAIN" in offered:
            credentials = f"\x00{sign_in.user}\x00{password}"
            _authenticate(smtp, f"PLAIN {_base64(credentials)}")
        elif "LOGIN" in offered:
            _authenticate(smtp, "LOGIN", _base64(sign_in.user), _base64(password))
        else:
            raise RelayUnusable("the relay offers neither AUTH PLAIN nor AUTH LOGIN on this connection")


def _authenticate(smtp: smtplib.SMTP, command: str, *answers: str) -> None:
    """Say AUTH (RFC 4954), answering each challenge in turn. smtplib's own way takes ASCII passwords only."""
    code, text = smtp.docmd("AUTH", command)
    for answer in answers:
        if code != 334:  # noqa: PLR2004 - a challenge
            break
        code, text = smtp.docmd(answer)
    if not is_success(code):
        raise smtplib.SMTPAuthenticationError(code, text)


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii")


class _GoneMeanwhile(Exception):
    """The relay had closed the idle connection."""


def _mail_options(smtp: smtplib.SMTP, reverse_path: str, recipient: str, raw: bytes) -> str:
    """Return the parameters of MAIL; SMTPUTF8 only where an address or a header field needs it."""
    options = f" SIZE={len(raw)}" if smtp.has_extn("size") else ""
    if not raw.isascii() and smtp.has_extn("8bitmime"):
        options += " BODY=8BITMIME"
    needed = not f"{with_a_labels(reverse_path)}{with_a_labels(recipient)}".isascii()
    if needed or not raw.partition(b"\r\n\r\n")[0].isascii():
        if not smtp.has_extn("smtputf8"):
            raise PermanentFailure("the relay takes no internationalised addresses (SMTPUTF8)")
        options += " SMTPUTF8"
    smtp.command_encoding = "utf-8" if needed else "ascii"
    return options


def _set_timeout(smtp: smtplib.SMTP, timeout: timedelta) -> None:
    if smtp.sock is not None:
        smtp.sock.settimeout(timeout.total_seconds())


def _is_this_machine(smtp: smtplib.SMTP) -> bool:
    return smtp.sock is not None and ip_address(smtp.sock.getpeername()[0].partition("%")[0]).is_loopback
