"""Signing in: TLS first, then a password or an OAuth token, asked for afresh each time.

Without TLS only this very machine is spoken to. A token goes by XOAUTH2, which Google and Microsoft 365 take, or by
OAUTHBEARER (RFC 7628) where that alone is offered; a password by PLAIN (RFC 4616), which takes any character, or LOGIN.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from mailbot.config.check import is_this_machine
from mailbot.errors import ConfigError, MailbotError, Problem
from mailbot.intake.imap.client import CapabilityError, Client, IMAPClientAbortError, IMAPClientError
from mailbot.intake.imap.trouble import ConnectionLost, SignInRefused, explain_connecting, explain_loss, explain_sign_in
from mailbot.rules import Mailbox, Secret


def check_protection(mailbox: Mailbox) -> None:
    """Raise ConfigError if the password and the mail would cross a network without TLS."""
    if mailbox.tls != "none" or is_this_machine(mailbox.host):
        return
    text = f'tls = "none" would send the password to {mailbox.host} in the clear'
    raise ConfigError((_problem(mailbox, "tls", text, 'use "implicit" (port 993) or "starttls" (port 143)'),))


def start_tls(client: Client, mailbox: Mailbox, context: ssl.SSLContext) -> None:
    """Switch to TLS, or raise ConnectionLost: nothing secret may follow in the clear."""
    try:
        client.starttls(context)
    except CapabilityError as error:
        raise ConnectionLost(
            f"{mailbox.host} port {mailbox.port} offers no STARTTLS, and the password must not go in the clear",
            'use port 993 with tls = "implicit"',
        ) from error
    except (OSError, IMAPClientError) as error:
        raise explain_connecting(error, mailbox) from error


def sign_in(client: Client, mailbox: Mailbox, secrets: Callable[[Secret], str]) -> None:
    """Sign in with a fresh secret; raise SignInRefused, ConnectionLost, or ConfigError when there is no secret."""
    user = mailbox.sign_in.user
    secret = mailbox.sign_in.token or mailbox.sign_in.password
    if secret is None:
        raise ConfigError((_problem(mailbox, "sign_in", "neither a password nor a token is given"),))
    try:
        word = secrets(secret)
    except (MailbotError, OSError) as error:
        raise SignInRefused(f"the password or token of {user} is not to be had: {error}") from error
    try:
        if mailbox.sign_in.token:
            _with_token(client, user, word)
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(user, word)
        else:
            client.login(user, word)
    except (IMAPClientAbortError, OSError) as error:
        raise explain_loss(error, "signing in") from error
    except (IMAPClientError, ValueError) as error:
        # IMAPClient makes a LoginError of a lost connection, too.
        if isinstance(error.__context__, IMAPClientAbortError):
            raise explain_loss(error.__context__, "signing in") from error
        raise explain_sign_in(error, mailbox) from error


def _with_token(client: Client, user: str, token: str) -> None:
    if client.has_capability("AUTH=OAUTHBEARER") and not client.has_capability("AUTH=XOAUTH2"):
        client.oauthbearer_login(user, token)
    else:
        client.oauth2_login(user, token)


def _problem(mailbox: Mailbox, key: str, text: str, hint: str = "") -> Problem:
    return Problem(file="rules.toml", key=f"mailbox.{mailbox.id}.{key}", text=text, hint=hint)
