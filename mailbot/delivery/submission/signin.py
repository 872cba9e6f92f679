"""Signing in to the relay: PLAIN or LOGIN with a password, XOAUTH2 with a token."""

from __future__ import annotations

import smtplib
from base64 import b64encode
from collections.abc import Callable
from ipaddress import ip_address

from mailbot.delivery.submission.failures import is_success
from mailbot.errors import RelayUnusable
from mailbot.rules import Route, Secret

Secrets = Callable[[Secret], str]


def sign_in(smtp: smtplib.SMTP, relay: Route, secrets: Secrets) -> None:
    """Sign in if a user is configured.

    Raise RelayUnusable, SMTPAuthenticationError, or what looking up a secret raises.
    """
    who = relay.sign_in
    if not who.user:
        return
    if relay.tls == "none" and not _is_this_machine(smtp):
        raise RelayUnusable('with tls = "none" no password is sent to another machine; set tls = "starttls"')
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if who.token is not None:
        bearer = f"user={who.user}\x01auth=Bearer {secrets(who.token)}\x01\x01"
        # The answer to a refused token's 334, which carries the reason, is an empty line.
        _authenticate(smtp, f"XOAUTH2 {_base64(bearer)}", "")
        return
    password = secrets(who.password) if who.password is not None else ""
    if "PLAIN" in offered:
        credentials = f"\x00{who.user}\x00{password}"
        _authenticate(smtp, f"PLAIN {_base64(credentials)}")
    elif "LOGIN" in offered:
        _authenticate(smtp, "LOGIN", _base64(who.user), _base64(password))
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


def _is_this_machine(smtp: smtplib.SMTP) -> bool:
    return smtp.sock is not None and ip_address(smtp.sock.getpeername()[0].partition("%")[0]).is_loopback
