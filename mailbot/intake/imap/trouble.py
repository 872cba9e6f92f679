"""What goes wrong between us and an IMAP server, in words that say what to do next."""

from __future__ import annotations

import re
import socket
import ssl

from mailbot.errors import MailbotError
from mailbot.rules import Mailbox

_BY_PROVIDER = {
    "gmail": (
        "Google takes no account password here: use an app password, or `token` with a command that prints an "
        "access token; see docs/connecting.md"
    ),
    "microsoft": (
        "Microsoft 365 takes no passwords over IMAP: use `token` with a command that prints an access token, and "
        "switch IMAP on for this mailbox; see docs/connecting.md"
    ),
}

# RFC 5530 has the codes. Gmail says "[OVERQUOTA] Account exceeded command or bandwidth limits", Microsoft 365 "BAD User
# is authenticated but not connected" once the token has expired.
_ABOUT_THE_ACCOUNT = re.compile(
    r"\[(?:AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|LIMIT)\]|bandwidth limit|throttl|but not connected",
    re.IGNORECASE,
)


class ImapTrouble(MailbotError):
    """Something about a mailbox that keeps us from its mail; `next_step` is for the operator, or empty."""

    def __init__(self, text: str, next_step: str = "") -> None:
        """Keep both; the text names the server, the folder or the command."""
        super().__init__(f"{text} ({next_step})" if next_step else text)
        self.text = text
        self.next_step = next_step


class ConnectionLost(ImapTrouble):
    """No connection, or none that can be trusted any more: connect again, after a pause."""


class SignInRefused(ImapTrouble):
    """The server does not let us in: connect again after a longer pause, or it will lock the account."""


class SessionRefused(ImapTrouble):
    """The server refuses whatever we ask (a token that expired, a limit of the account): connect again.

    The command is not to blame, and no message that it named.
    """


class CommandRefused(ImapTrouble):
    """The server said NO or BAD to one command, or answered nonsense; the connection itself goes on."""


def explain_connecting(error: Exception, mailbox: Mailbox) -> ConnectionLost:
    """Return why no connection came about, with what to look at."""
    server = f"{mailbox.host} port {mailbox.port}"
    if isinstance(error, socket.gaierror):
        return ConnectionLost(
            f"the name {mailbox.host} cannot be resolved: {error.strerror}",
            "check `host` in rules.toml, and whether this machine has a network and a name server",
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectionLost(
            f"{server} refuses connections",
            'check `port`: 993 goes with tls = "implicit", 143 with tls = "starttls"',
        )
    if isinstance(error, TimeoutError):
        return ConnectionLost(f"{server} did not answer in time", "check `host`, `port` and the firewall in between")
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectionLost(
            f"the certificate of {server} is not valid for it: {error.verify_message}",
            "write `host` as the certificate names it, or have the certificate renewed; mailbot does not sign in "
            "to a server that it cannot verify",
        )
    if isinstance(error, ssl.SSLError):
        return ConnectionLost(
            f"{server} does not speak TLS as expected: {error.reason or error}",
            'check `port` and `tls`: 993 goes with tls = "implicit", 143 with tls = "starttls"',
        )
    return ConnectionLost(f"{server}: {_words(error)}", "")


def explain_sign_in(error: Exception, mailbox: Mailbox) -> SignInRefused:
    """Return why the sign-in failed, with what to change."""
    next_step = _BY_PROVIDER.get(
        mailbox.provider, "check `user`, and that its password or token is the one of this mailbox"
    )
    return SignInRefused(f"{mailbox.host} refuses to sign in {mailbox.sign_in.user}: {_words(error)}", next_step)


def explain_command(error: Exception, what: str) -> CommandRefused | SessionRefused:
    """Return that the server refused or garbled `what`, or that it refuses everything."""
    words = _words(error)
    if _ABOUT_THE_ACCOUNT.search(words):
        return SessionRefused(f"{what}: {words}", "it is tried again by itself, after a pause")
    # IMAPClient begins with "select failed: ", which says less than `what`.
    next_step = "`mailbot check --connect` lists the folders that are there" if what.startswith("opening") else ""
    return CommandRefused(f"{what}: {words}", next_step)


def explain_loss(error: Exception, what: str) -> ConnectionLost:
    """Return that the connection ended, or fell silent, during `what`."""
    if isinstance(error, TimeoutError):
        return ConnectionLost(f"the server fell silent during {what}")
    return ConnectionLost(f"the connection ended during {what}: {_words(error)}")


def _words(error: Exception) -> str:
    # imaplib wraps the server's words in the form of a bytes literal: b'[ALERT] …'
    text = str(error).strip()
    if text[:2] in {"b'", 'b"'}:
        text = text[2:-1]
    return text or type(error).__name__
