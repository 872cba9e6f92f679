"""By which doors mail comes and goes, and how to sign in at them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from mailbot.rules.recognising import Table
from mailbot.rules.values import Connections, Count, Id, Interval, Line, NameServer, Port, Switch


class Secret(Table):
    """Where a secret is to be found; exactly one of the three. The secret itself is never here.

    `command` is run without a shell and prints the password or token as its first line.
    """

    env: str = ""
    file: str = ""
    command: str = ""

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if sum(map(bool, (self.env, self.file, self.command))) != 1:
            raise ValueError("name exactly one place: env, file or command")
        if self.env and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.env):
            raise ValueError("env is the name of an environment variable, never the secret itself")
        return self


class WebAddress(Secret):
    """A URL, written as text, or where it is to be found: that of Slack or of an ntfy topic is a secret."""

    url: str = Field(default="", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _as_text(cls, written: object) -> object:
        return {"url": written} if isinstance(written, str) else written

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if sum(map(bool, (self.url, self.env, self.file, self.command))) != 1:
            raise ValueError('write a URL, or exactly one place where it is: { env = "NAME" }, file or command')
        return self


class SignIn(Table):
    """How to sign in to a server: `user` and either a password or an OAuth token (XOAUTH2)."""

    user: str = ""
    password: Secret | None = None
    token: Secret | None = None


SENT_MAIL = "sent mail"
"""How a folder of sent mail is called whose name only its server knows."""


class Mailbox(Table):
    """An IMAP mailbox to watch.

    `folders` are read; `junk` is looked at for listed tenants' mail only; in `sent` stands what our own people write
    from this mailbox ("auto" is the folder that the server marks as such, "" looks at none). `move_to`, if set, is
    where a message goes once its ticket is committed. `authserv_ids` name whose
    Authentication-Results count; `provider` presets them. `received_above` is how many
    Received fields the border writes above its own, None where it removes forged ones itself.
    """

    id: Id = "support"
    host: Line
    port: Port = 993
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    sign_in: SignIn
    folders: tuple[str, ...] = ("INBOX",)
    junk: str = ""
    sent: str = "auto"
    move_to: str = ""
    provider: Literal["", "gmail", "microsoft", "dovecot"] = ""
    authserv_ids: tuple[str, ...] = ()
    received_above: Count | None = None
    poll: Interval = timedelta(seconds=60)
    reconcile: Interval = timedelta(hours=6)


class Listener(Table):
    """A door for mail by SMTP or LMTP; an empty `smtp` or `lmtp` keeps it shut ("127.0.0.1:2525")."""

    smtp: str = ""
    lmtp: str = ""
    recipients: tuple[str, ...] = ()
    trusted_relays: tuple[str, ...] = ("127.0.0.1", "::1")
    authserv_ids: tuple[str, ...] = ()
    received_above: Count | None = None
    max_recipients: Count = 50
    max_sessions: Count = 200
    max_sessions_per_client: Count = 20
    max_messages_a_minute: Count = 60
    max_errors: Count = 20
    timeout: Interval = timedelta(minutes=5)


class Dkim(Table):
    """Whether signatures of mail for which nobody vouches are verified, and whom to ask for their keys.

    `nameservers` are IP addresses, each alone or with a port; none are the machine's own.
    """

    verify: Switch = True
    nameservers: tuple[NameServer, ...] = ()


class Route(Table):
    """A server that takes mail by SMTP submission."""

    host: Line = ""
    port: Port = 587
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    sign_in: SignIn = Field(default_factory=SignIn)
    timeout: Interval = timedelta(seconds=60)
    final_reply_timeout: Interval = timedelta(minutes=10)


class Relay(Route):
    """The server that takes our outgoing mail; without a `host` mail goes to the Maildir `maildir`.

    `connections` is how many mails are handed over side by side. `fallback` takes mail to our own
    people, and no other, while the relay takes none. `plus_addressing` says whether support+token@
    reaches us; "auto" uses what `mailbot check --connect` found out. `null_reverse_path` likewise for `<>`.
    """

    connections: Connections = 4
    fallback: Route = Field(default_factory=Route)
    maildir: str = "data/outgoing"
    plus_addressing: Literal["auto", "yes", "no"] = "auto"
    null_reverse_path: Literal["auto", "yes", "no"] = "auto"
