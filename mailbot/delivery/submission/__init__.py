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
unclear, and right before it the caller is asked whether the mail may still leave. The relay has
`final_reply_timeout` to answer it (10 minutes, RFC 5321 section 4.5.3.2.6). Where it offers
PIPELINING (RFC 2920), MAIL, RCPT and DATA go together.

Mail leaves as CRLF lines only; anything else is refused here, before its first octet. A
connection is used again for the next mail, and is replaced, once, if the relay closed it meanwhile.
One object is for one thread.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cached_property

from mailbot.delivery.submission.failures import CLOSING, Stage, expect, failure_of, is_success, leaves_session_usable
from mailbot.delivery.submission.signin import Secrets, sign_in
from mailbot.delivery.transport import Accepted, check_wire_form, one_line, with_a_labels, with_transparency
from mailbot.errors import MailbotError, PermanentFailure, RelayUnusable
from mailbot.rules import Route

_IDLE = timedelta(seconds=60)
_GOODBYE = timedelta(seconds=1)


def _may_leave() -> None:
    pass


class Submission:
    """A connection to the relay, opened when it is needed."""

    def __init__(
        self,
        relay: Route,
        secrets: Secrets,
        own_domain: str,
        *,
        trust: ssl.SSLContext | None = None,
        before_final: Callable[[], None] = _may_leave,
    ) -> None:
        """`own_domain` is our EHLO name; `trust` replaces the system's certificate authorities.

        `before_final` is called right before the final dot; what it raises keeps the mail from leaving.
        """
        self._before_final = before_final
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

    def probe(self) -> None:
        """Sign in, and end the connection; no mail is sent. Raise RelayUnusable."""
        self._session()
        self.close()

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
            self._require_leave()
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

    def _require_leave(self) -> None:
        try:
            self._before_final()
        except BaseException:
            # Without its dot the relay has no mail.
            self._abandon()
            raise

    def _envelope(self, smtp: smtplib.SMTP, reverse_path: str, recipient: str, raw: bytes, *, fresh: bool) -> None:
        """Say MAIL, RCPT and DATA. Raise _GoneMeanwhile when an older connection turns out closed."""
        options = _mail_options(smtp, reverse_path, recipient, raw)
        mail = f"MAIL FROM:<{with_a_labels(reverse_path)}>{options}"
        said = [mail, f"RCPT TO:<{with_a_labels(recipient)}>", "DATA"]
        together = smtp.has_extn("pipelining")
        try:
            smtp.send("".join(f"{command}\r\n" for command in (said if together else said[:1])))
            code, text = smtp.getreply()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if fresh:
                raise
            raise _GoneMeanwhile from error
        if code == CLOSING and not fresh:  # the relay's idle timeout, RFC 5321 section 3.8
            raise _GoneMeanwhile
        if together:
            self._expect_all(smtp, (code, text))
            return
        expect(2, code, text)
        expect(2, *smtp.docmd(said[1]))
        expect(3, *smtp.docmd(said[2]))

    def _expect_all(self, smtp: smtplib.SMTP, first: tuple[int, bytes]) -> None:
        """Read the replies to RCPT and DATA as well, then judge all three in their order."""
        replies = [first]
        while len(replies) < 3 and replies[-1][0] != CLOSING:  # noqa: PLR2004 - MAIL, RCPT, DATA
            replies.append(smtp.getreply())
        try:
            for hundreds, reply in zip((2, 2, 3), replies, strict=False):
                expect(hundreds, *reply)
        except smtplib.SMTPResponseException:
            if replies[-1][0] // 100 == 3:  # noqa: PLR2004 - 354 although there is no recipient
                self._abandon()
            raise

    def _recover(self, smtp: smtplib.SMTP, error: Exception) -> None:
        """Make the connection fit for the next mail after a refusal, or drop it."""
        if self._smtp is smtp and leaves_session_usable(error):
            with suppress(smtplib.SMTPException, OSError):
                _set_timeout(smtp, self._relay.timeout)
                if is_success(smtp.rset()[0]):
                    self._used_at_s = time.monotonic()
                    return
        self.close()

    def _abandon(self) -> None:
        """Drop the connection without a word: the relay waits for a text and would take any for one."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _session(self) -> smtplib.SMTP:
        """Return a connection that is signed in; raise RelayUnusable."""
        if self._smtp is not None:
            return self._smtp
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connected()
            sign_in(smtp, self._relay, self._secrets)
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
