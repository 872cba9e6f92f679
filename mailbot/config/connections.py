"""Whether mail can come in and go out: mailboxes, listener, relay, and the secrets they need."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from mailbot.config.check import Check, is_this_machine, not_addresses
from mailbot.config.merging import Finding
from mailbot.config.secret import trouble_with
from mailbot.rules import Mailbox, Route, SignIn
from mailbot.rules.lines import Place

_USUAL_TLS = {993: "implicit", 143: "starttls", 465: "implicit", 587: "starttls"}
_SIGN_IN_HINT = 'write sign_in.password = { file = "secrets/password" }'


def doors(check: Check) -> Iterator[Finding]:
    """Yield an error when mail cannot come in at all."""
    rules = check.rules
    if not (rules.mailbox or rules.listen.smtp or rules.listen.lmtp):
        text = "no way for mail to come in: neither a mailbox nor a listener is configured"
        hint = 'add a [[mailbox]] to watch, or write lmtp = "127.0.0.1:2424" under [listen]'
        yield check.error("mailbox", text=text, hint=hint, given=(("listen",),))


def mailboxes(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with the mailboxes to watch."""
    yield from check.double_ids("mailbox", check.rules.mailbox, 'give each an id of its own, like id = "sales"')
    for index, box in enumerate(check.rules.mailbox):
        place: Place = ("mailbox", index)
        if not box.host:
            yield check.error(*place, "host", text="names no server")
        if not box.folders:
            yield check.error(*place, "folders", text="names no folder to read", hint='write folders = ["INBOX"]')
        if box.move_to and box.move_to in box.folders:
            text = f'mail would be moved to "{box.move_to}", which is read'
            hint = "name a folder that is not among `folders`"
            yield check.error(*place, "move_to", text=text, hint=hint, given=((*place, "folders"),))
        if not box.sign_in.user:
            yield check.error(*place, "sign_in", "user", text="no user to sign in as")
        elif (box.sign_in.password is None) == (box.sign_in.token is None):
            yield check.error(*place, "sign_in", text="needs either a password or a token", hint=_SIGN_IN_HINT)
        yield from _connection(check, box, *place)


def _connection(check: Check, server: Mailbox | Route, *place: str | int) -> Iterator[Finding]:
    """Yield what is wrong with the encryption and the secrets of a connection."""
    usual = _USUAL_TLS.get(server.port)
    if usual and server.tls not in {usual, "none"}:
        text = f'port {server.port} usually goes with tls = "{usual}"'
        yield check.warning(*place, "tls", text=text, given=((*place, "port"),))
    if server.tls == "none" and server.sign_in.user and not is_this_machine(server.host):
        text = "the password would cross the network for all to read"
        hint = 'write tls = "implicit" or "starttls"'
        yield check.error(*place, "tls", text=text, hint=hint, given=((*place, "host"),))
    yield from _secrets(check, server.sign_in, *place)


def _secrets(check: Check, sign_in: SignIn, *place: str | int) -> Iterator[Finding]:
    for name, secret in (("password", sign_in.password), ("token", sign_in.token)):
        if secret is not None:
            text, hint = trouble_with(secret, check.folder)
            if text:
                yield check.error(*place, "sign_in", name, text=text, hint=hint)


def listener(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with our own doors."""
    listen = check.rules.listen
    for door, where in (("smtp", listen.smtp), ("lmtp", listen.lmtp)):
        if not where:
            continue
        host, _, port = where.rpartition(":")
        if not host or not port.isdigit() or int(port) not in range(65536):
            yield check.error("listen", door, text=f'"{where}" is no place to listen', hint='write "127.0.0.1:2525"')
        elif not is_this_machine(host):
            text = "other machines can hand in mail here, unencrypted"
            yield check.warning("listen", door, text=text, hint="keep it behind your mail server or a firewall")
    # Port 0 is any free one, another for each.
    if listen.smtp and listen.smtp == listen.lmtp and not listen.smtp.endswith(":0"):
        yield check.error("listen", "lmtp", text="SMTP and LMTP cannot share one port", hint="give LMTP another")
    yield from not_addresses(check, listen.recipients, "listen", "recipients")
    for index, relay in enumerate(listen.trusted_relays):
        try:
            ip_network(relay, strict=False)
        except ValueError:
            hint = 'write "192.0.2.7" or "192.0.2.0/24"'
            yield check.error(
                "listen", "trusted_relays", index, text=f'"{relay}" is no IP address or network', hint=hint
            )


def operating(check: Check) -> Iterator[Finding]:
    """Yield an error when others could see how the desk is."""
    where = check.rules.operate.http
    host, _, port = where.rpartition(":")
    if where and not (port.isdigit() and int(port) in range(65536) and is_this_machine(host)):
        text = f'"{where}" is no address and port of this machine alone'
        yield check.error("operate", "http", text=text, hint='write "127.0.0.1:9464"')


def relay(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with the way out."""
    server = check.rules.relay
    if not server.host:
        text = f"no relay configured: outgoing mail is only written to {check.folder / server.maildir}"
        yield check.warning("relay", "host", text=text, hint="name the server that sends your mail under [relay]")
        return
    yield from _route(check, server, "relay")
    if server.fallback.host:
        yield from _route(check, server.fallback, "relay", "fallback")
    if server.fallback.host == server.host:
        text = "this is the relay itself: when it is away, so is its fallback"
        yield check.warning("relay", "fallback", "host", text=text, hint="name a server of another provider")


def _route(check: Check, server: Route, *place: str) -> Iterator[Finding]:
    secrets = [secret for secret in (server.sign_in.password, server.sign_in.token) if secret is not None]
    if server.sign_in.user and len(secrets) != 1:
        yield check.error(*place, "sign_in", text="needs either a password or a token", hint=_SIGN_IN_HINT)
    if secrets and not server.sign_in.user:
        yield check.error(*place, "sign_in", "user", text="no user to sign in as")
    yield from _connection(check, server, *place)
