"""A relay on loopback that takes mail by SMTP, records it, and misbehaves as a test asks it to.

    with Relay() as relay:
        relay.recipients["nobody@example.net"] = "550 5.1.1 no such mailbox"
        …
        assert relay.mails[0].reverse_path == ""

What it offers is real: aiosmtpd on a socket, TLS with a certificate made for the test, sign-in
with a password or an OAuth token.
"""

# ruff: noqa: N802 - aiosmtpd fixes the names of its hooks

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from base64 import b64decode
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, AnyStr, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailbot import rules
from tests.secrecy import WATCH
from tests.servers.ports import HeldPort

Stage = Literal["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "FINAL"]
Replies = str | list[str]


@dataclass(frozen=True)
class Mail:
    """One mail that the relay took, or whose reply it kept to itself. `raw` is without transparency dots."""

    reverse_path: str
    recipients: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]
    ehlo: str
    user: str
    connection: int
    encrypted: bool


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate; `trust` is the client's context that trusts nothing else."""

    chain: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        return context

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.chain))


_AUTHORITY = """[ca]
default_ca = test
[test]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
"""


def certificate(folder: Path, *names: str, expired: bool = False) -> Certificate:
    """Make a certificate for these names (default: this machine), valid for two days, or in 2024 only."""
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    subject_names = ",".join(f"DNS:{name}" for name in names) or "DNS:localhost,IP:127.0.0.1"
    asked = [
        "openssl",
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        f"/CN={folder.name[:60]}",
    ]
    asked += ["-addext", f"subjectAltName={subject_names}", "-keyout", str(made.key)]
    if not expired:
        subprocess.run([*asked, "-x509", "-days", "2", "-out", str(made.chain)], check=True, capture_output=True)
        return made
    request, authority = folder / "request.pem", folder / "authority"
    subprocess.run([*asked, "-out", str(request)], check=True, capture_output=True)
    authority.write_text(_AUTHORITY.format(folder=folder))
    (folder / "index").touch()
    signed = ["openssl", "ca", "-batch", "-selfsign", "-config", str(authority), "-keyfile", str(made.key)]
    signed += ["-startdate", "20240101000000Z", "-enddate", "20241231000000Z", "-notext", "-in", str(request)]
    subprocess.run([*signed, "-out", str(made.chain)], check=True, capture_output=True)
    return made


@dataclass
class Relay:
    """The relay. Every knob may be turned while it runs.

    `replies` answers a stage with that reply instead of taking it: a string always, a list one
    by one and then no more ("" lets one through). `recipients` does so for one recipient.
    `pause` is called with the stage before each reply to a mail, in a thread of its own. Connections
    beyond `most_connections` are greeted with 421. `silent` takes the mail and never replies to its
    final dot. `users` and `tokens` (user to secret) make signing in a must.
    """

    tls: Literal["implicit", "starttls", "none"] = "none"
    certificate: Certificate | None = None
    users: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ("LOGIN", "PLAIN", "XOAUTH2")
    smtputf8: bool = True
    eight_bit: bool = True
    pipelining: bool = False
    greeting: str = ""
    replies: dict[Stage, Replies] = field(default_factory=dict)
    recipients: dict[str, Replies] = field(default_factory=dict)
    silent: bool = False
    pause: Callable[[Stage], object] | None = None
    most_connections: int = 1000
    port: int = 0
    mails: list[Mail] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __enter__(self) -> Self:
        self._held = HeldPort()
        self.port = self._held.number
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._held.close()

    def rules(self, **more: Any) -> rules.Relay:
        """What stands in rules.toml for this relay."""
        return rules.Relay.model_validate({"host": self.host, "port": self.port, "tls": self.tls, **more})

    def start(self) -> None:
        """Listen, at the same port as before after a `stop`."""
        self._came = threading.Condition()
        self._dialogues: set[_Dialogue] = set()
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        self.port = ready.result()

    def stop(self) -> None:
        """Close the port and every connection."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def wait_for(self, number: int, timeout_s: float = 60) -> list[Mail]:
        """Return the mails once there are that many; fail after the timeout."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.mails) >= number, timeout_s), (
                f"{len(self.mails)} mails came, {number} were expected"
            )
            return list(self.mails)

    def reply_for(self, stage: Stage, recipient: str = "") -> str:
        """Take the scripted reply for a stage, "" for none."""
        for script in (self.recipients.get(recipient), self.replies.get(stage)):
            reply = (script.pop(0) if script else "") if isinstance(script, list) else script
            if reply:
                return reply
        return ""

    def keep(self, mail: Mail) -> None:
        WATCH.left(mail.recipients, mail.reverse_path, mail.raw)
        with self._came:
            self.mails.append(mail)
            self._came.notify_all()

    async def _serve(self, ready: Future[int]) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        context = self.certificate.server() if self.certificate is not None else None
        implicit = context if self.tls == "implicit" else None
        server = await self._loop.create_server(
            lambda: _Dialogue(self, context), self.host, self.port, ssl=implicit, reuse_address=True
        )
        ready.set_result(server.sockets[0].getsockname()[1])
        await self._stopping.wait()
        server.close()
        while self._dialogues:
            for dialogue in self._dialogues:
                if isinstance(dialogue.transport, asyncio.WriteTransport):
                    dialogue.transport.abort()
            await asyncio.sleep(0.001)


class _Handler:
    async def handle_exception(self, error: Exception) -> str:
        return f"451 4.3.0 {error!r}"


class _Dialogue(SMTP):
    line_length_limit = 1 << 20

    def __init__(self, relay: Relay, context: ssl.SSLContext | None) -> None:
        relay.connections += 1
        self._relay = relay
        self._number = relay.connections
        super().__init__(
            _Handler(),
            enable_SMTPUTF8=relay.smtputf8,
            hostname="relay.example",
            ident="ESMTP",
            tls_context=context if relay.tls == "starttls" else None,
            require_starttls=relay.tls == "starttls",
            auth_require_tls=False,
            auth_exclude_mechanism={"LOGIN", "PLAIN", "XOAUTH2"} - set(relay.mechanisms),
            authenticator=self._sign_in,
            loop=asyncio.get_running_loop(),
        )
        self._user = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._relay._dialogues.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._relay._dialogues.discard(self)
        super().connection_lost(error)

    async def push(self, status: AnyStr) -> None:
        if isinstance(status, str):
            if status.startswith("220 relay.example"):
                too_many = len(self._relay._dialogues) > self._relay.most_connections
                status = "421 4.7.0 Too many connections" if too_many else self._relay.greeting or status
            if status.startswith("250-SIZE") and self._relay.pipelining:
                await super().push("250-PIPELINING")
            if status == "250-8BITMIME" and not self._relay.eight_bit:
                return
        await super().push(status)

    async def _scripted(self, stage: Stage, arg: str | None) -> bool:
        self._relay.commands.append(f"{stage} {arg or ''}".strip())
        if self._relay.pause is not None and stage in {"MAIL", "RCPT", "DATA"}:
            await asyncio.to_thread(self._relay.pause, stage)
        recipient = (arg or "").partition("<")[2].partition(">")[0] if stage == "RCPT" else ""
        reply = self._relay.reply_for(stage, recipient)
        if reply == "close":
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.abort()
        elif reply:
            await self.push(reply)
        return bool(reply)

    async def smtp_EHLO(self, arg: str) -> None:
        if not await self._scripted("EHLO", arg):
            await super().smtp_EHLO(arg)

    async def smtp_HELO(self, arg: str) -> None:
        if not await self._scripted("EHLO", arg):
            await super().smtp_HELO(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._scripted("AUTH", arg.partition(" ")[0]):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self._scripted("MAIL", arg):
            return
        # aiosmtpd's own auth_required warns when a password is asked for without TLS.
        if (self._relay.users or self._relay.tokens) and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
        else:
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._scripted("RCPT", arg):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self._scripted("DATA", arg):
            self._handle_hooks["DATA"] = self._final
            await super().smtp_DATA(arg)

    async def _final(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        relay = self._relay
        if relay.pause is not None:
            await asyncio.to_thread(relay.pause, "FINAL")
        reply = relay.reply_for("FINAL")
        if reply and reply != "close":
            return reply
        assert isinstance(envelope.content, bytes)
        mail = Mail(
            reverse_path="" if envelope.mail_from == "<>" else envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            raw=envelope.content,
            options=tuple(envelope.mail_options),
            ehlo=session.host_name or "",
            user=self._user,
            connection=self._number,
            encrypted=relay.tls == "implicit" or session.ssl is not None,
        )
        relay.keep(mail)
        if reply == "close":
            assert isinstance(self.transport, asyncio.WriteTransport)
            self.transport.abort()
        if relay.silent:
            await asyncio.sleep(3600)
        return "250 2.0.0 taken"

    def _sign_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user = data.login.decode()
        success = self._relay.users.get(user) == data.password.decode()
        self._user = user if success else ""
        return AuthResult(success=success, handled=False)

    async def auth_XOAUTH2(self, _server: SMTP, args: Sequence[str]) -> AuthResult:
        fields = b64decode(args[1]).decode().split("\x01")
        user, bearer = fields[0].removeprefix("user="), fields[1].removeprefix("auth=Bearer ")
        if self._relay.tokens.get(user) == bearer:
            self._user = user
            return AuthResult(success=True)
        # As Gmail does: the reason as a challenge, which the client answers with an empty line.
        await self.push("334 eyJzdGF0dXMiOiI0MDEifQ==")
        await self._reader.readline()
        return AuthResult(success=False, handled=False)
