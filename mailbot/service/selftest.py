"""`mailbot check --connect`: sign in everywhere, ask DNS, and mail ourselves.

Two mails go out through the real relay and are looked for in the real mailbox: one to a
sub-address of the support address (support+token@…), one with the null reverse-path. What
comes back is used from the daemon's next start on; what the provider refuses or loses is not:
without sub-addresses the reply token travels in the Message-ID only, without a null reverse-path
automatic mail carries the support address. What was found is kept in the log's facts. Where everything works, a
desk that runs here tries at once what it waits for.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from mailbot import config
from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.context import OUTSIDE
from mailbot.delivery.pagers import can_be_reached
from mailbot.delivery.submission import Submission
from mailbot.desk import verifies_dkim
from mailbot.desk.keylookup import LIMIT_SECONDS, KeyLookup
from mailbot.errors import DeliveryFailure, MailbotError, MessageError, PermanentFailure, Problem
from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.probe import probe
from mailbot.reading.fields.address import a_label, canonical, domain_of
from mailbot.reading.message import read
from mailbot.reading.model import Mailbox
from mailbot.rules import Mailbox as WatchedMailbox
from mailbot.rules import Route, Rules
from mailbot.service.control import ask
from mailbot.service.folder import do

_ARRIVES_WITHIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 1.0
_TEXT = """This is a test mail that the support desk sent to itself while it was being set up.
Nothing needs to be done with it.
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Telling:
    """Who hears what: `say` what was found out, `under_way` what is waited for just now, again and again."""

    say: Say
    under_way: Say
    wait_seconds: float


@dataclass(frozen=True, slots=True)
class _Probe:
    """One test mail: which fact it proves, and its way."""

    fact: str
    what: str
    message_id: str
    reverse_path: str
    recipient: str
    otherwise: str


def connect(
    folder: Path,
    rules: Rules,
    now: Callable[[], datetime],
    say: Say,
    *,
    under_way: Say = lambda _text: None,
    wait_seconds: float = _ARRIVES_WITHIN_SECONDS,
) -> tuple[Problem, ...]:
    """Try every connection that `run` would make; return what keeps them from working.

    `say` gets one sentence for each thing that works, as it is found out; `under_way` what is waited for meanwhile.
    """
    problems = _try_all(folder, rules, now, _Telling(say, under_way, wait_seconds))
    if all(problem.warning for problem in problems):
        with suppress(MailbotError):
            if waited := ask(folder / "data", {"verb": "resume"}):
                say(f"the desk that runs here tries again at once: {waited}")
    return problems


def _try_all(
    folder: Path,
    rules: Rules,
    now: Callable[[], datetime],
    telling: _Telling,
) -> tuple[Problem, ...]:
    say = telling.say
    secret = partial(config.read_secret, folder=folder)
    domain = domain_of(rules.partner.address)
    problems: list[Problem] = []
    for mailbox in rules.mailbox:
        telling.under_way(f"signing in to {mailbox.host}")
        found = probe(mailbox, secret, is_ours=_ours(rules))
        for sentence in found.good:
            say(f"{_key(mailbox)}: {sentence}")
        problems += [_problem(_key(mailbox), text) for text in found.bad]
        problems += [_problem(_key(mailbox), text, warning=True) for text in found.hints]
    problems += _find_keys(rules, telling)
    problems += _reach_pagers(folder, rules, telling)
    if not rules.relay.host:
        say("relay: none configured; outgoing mail is written to a folder")
        return tuple(problems)
    fallback = rules.relay.fallback
    if fallback.host:
        problems += _let_in("relay.fallback", fallback, Submission(fallback, secret, domain), telling)
    submission = Submission(rules.relay, secret, domain)
    if refused := _let_in("relay", rules.relay, submission, telling):
        return (*problems, *refused)
    unreadable = {problem.key for problem in problems if not problem.warning}
    readable = [mailbox for mailbox in rules.mailbox if _key(mailbox) not in unreadable]
    if not readable:
        say("no mailbox can be read, so test mails could not be seen to arrive: none sent")
        return tuple(problems)
    facts, more = _mail_ourselves(rules, submission, readable, secret, now, telling)
    problems += more
    try:
        do(folder, {"verb": "facts", "facts": facts}, now())
    except MailbotError as error:
        problems.append(_problem("facts", f"what was found could not be kept: {error}"))
    return tuple(problems)


def _find_keys(rules: Rules, telling: _Telling) -> list[Problem]:
    """Ask DNS for a key that nobody has, where keys are looked up; return what keeps it from answering."""
    ways_in = [mailbox.id for mailbox in rules.mailbox]
    if rules.listen.smtp or rules.listen.lmtp:
        ways_in.append(OUTSIDE)
    if not any(verifies_dkim(rules, way) for way in ways_in):
        return []
    telling.under_way("asking DNS for a key")
    name = f"mailbot-check._domainkey.{domain_of(rules.partner.address)}"
    if name in KeyLookup().find([name], rules.dkim.nameservers):
        telling.say("dkim: DNS answers, so that signatures of senders can be verified")
        return []
    silent = f"DNS gives no answer within {LIMIT_SECONDS:.0f} s"
    text = f"{silent}: no signature can be verified, and unknown senders get no answer"
    hint = "see to this machine's name servers, or name others under [dkim]; without DNS write verify = false there"
    return [_problem("dkim", text, hint=hint, warning=True)]


def _reach_pagers(folder: Path, rules: Rules, telling: _Telling) -> Iterator[Problem]:
    """Connect to where pages are posted, and ring nowhere; yield what keeps pages from leaving."""
    for agent in rules.agent:
        for number, pager in enumerate(agent.pager, 1):
            key = f"agent[{agent.id}].pager[#{number}]"
            telling.under_way(f"connecting to pager {number} of {agent.name}")
            try:
                if found := can_be_reached(pager, folder):
                    telling.say(f"{key}: {found}")
            except DeliveryFailure as error:
                yield _problem(key, str(error), hint="mend webhook or secret there; `mailbot oncall test` rings it")


def _ours(rules: Rules) -> Callable[[str], bool]:
    """Return what knows the addresses of our own people: ours, and all at our domain unless anybody can be there."""
    addresses = frozenset(map(canonical, (rules.partner.address, *rules.partner.aliases)))
    domains = frozenset(map(domain_of, addresses)) - frozenset(map(a_label, rules.public_domains))
    return lambda address: canonical(address) in addresses or domain_of(address) in domains


def _let_in(key: str, route: Route, submission: Submission, telling: _Telling) -> list[Problem]:
    """Sign in to a server that takes our mail; return what keeps it from letting us in."""
    telling.under_way(f"signing in to {route.host}")
    try:
        submission.probe()
    except DeliveryFailure as error:
        return [_problem(key, str(error), hint=_mend(key, route, error))]
    telling.say(f"{key}: {route.host} lets us in")
    return []


def _mend(key: str, route: Route, error: DeliveryFailure) -> str:
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return f"write host under [{key}] as the certificate names it, or have the certificate of {route.host} renewed"
    if error.code is None:
        return f"check host, port and tls under [{key}], and that the server runs"
    return f"check sign_in under [{key}]: the user, and that the password or token is of that account"


def _mail_ourselves(
    rules: Rules,
    submission: Submission,
    mailboxes: list[WatchedMailbox],
    secret: Callable[..., str],
    now: Callable[[], datetime],
    telling: _Telling,
) -> tuple[dict[str, str], list[Problem]]:
    """Send the test mails and wait for them; return the facts and what is worth a warning.

    What a passing trouble kept from being found out is no fact.
    """
    facts: dict[str, str] = {}
    sent: list[_Probe] = []
    problems: list[Problem] = []
    wait_seconds = telling.wait_seconds
    telling.under_way("sending the test mails")
    with Connections(mailboxes, secret) as inboxes:
        for one in _probes(rules):
            try:
                submission.submit(one.reverse_path, one.recipient, _mail(rules, one, now()))
                sent.append(one)
            except PermanentFailure as error:
                facts[one.fact] = "no"
                problems.append(_problem("relay", f"{one.what} was refused: {error}; {one.otherwise}", warning=True))
            except DeliveryFailure as error:
                text = f"{one.what} could not be sent now: {error}; what was known of it stays, so try this check again"
                problems.append(_problem("relay", text, warning=True))
        submission.close()
        if sent:
            telling.say(f"the test mails are sent; waiting up to {wait_seconds:.0f} s for them to arrive")
        arrived = inboxes.wait_for({one.message_id for one in sent}, wait_seconds, telling.under_way)
    for one in sent:
        if one.message_id in arrived:
            facts[one.fact] = "yes"
            telling.say(f"{one.what} came back: used from the next start of `mailbot run`")
        else:
            facts[one.fact] = "no"
            text = f"{one.what} did not arrive within {wait_seconds:.0f} s; {one.otherwise}"
            next_step = "look for it in the spam folder; if the provider is merely slow, try this check again"
            problems.append(_problem("mailbox", text, hint=next_step, warning=True))
    return facts, problems


def _probes(rules: Rules) -> Iterator[_Probe]:
    address = rules.partner.address
    local_part, _, domain = address.rpartition("@")
    token = secrets.token_hex(12)
    yield _Probe(
        "plus_addressing",
        "a mail to a sub-address (plus address)",
        f"{token}.plus@{domain}",
        address,
        f"{local_part}+{token}@{domain}",
        "the reply token travels in the Message-ID only",
    )
    yield _Probe(
        "null_reverse_path",
        "a mail with the null reverse-path",
        f"{token}.null@{domain}",
        "",
        address,
        "automatic mail carries the support address as its reverse-path",
    )


def _mail(rules: Rules, one: _Probe, now: datetime) -> bytes:
    return compose(
        OutgoingMail(
            from_=Mailbox(rules.partner.brand, rules.partner.address),
            to=Mailbox("", one.recipient),
            content=content_of("Test of the support mailbox", _TEXT),
            message_id=one.message_id,
            date=now,
            auto_submitted="auto-generated",
        )
    )


class Connections:
    """The mailboxes' folders, open for looking at what arrives from now on."""

    def __init__(self, mailboxes: list[WatchedMailbox], secret: Callable[..., str]) -> None:
        """Open nothing yet; entering the context does."""
        self._mailboxes = mailboxes
        self._secret = secret
        self._open: list[tuple[Connection, Mapping[str, int]]] = []

    def __enter__(self) -> Self:
        """Connect, and note each folder's next UID."""
        for mailbox in self._mailboxes:
            connection = Connection.open(mailbox, self._secret).__enter__()
            names = [*mailbox.folders, *([mailbox.junk] if mailbox.junk else [])]
            self._open.append((connection, {name: connection.examine(name).uidnext or 1 for name in names}))
        return self

    def __exit__(self, *_error: object) -> None:
        """Sign out."""
        for connection, _ in self._open:
            connection.__exit__(None, None, None)

    def wait_for(self, message_ids: set[str], seconds: float, under_way: Say) -> set[str]:
        """Return which of these arrived in any of the folders within the time; `under_way` hears how it goes."""
        deadline = time.monotonic() + seconds
        arrived: set[str] = set()
        while not message_ids <= arrived and time.monotonic() < deadline:
            left = max(0.0, deadline - time.monotonic())
            under_way(f"{len(arrived)} of {len(message_ids)} test mails have arrived; {left:.0f} s left")
            for connection, folders in self._open:
                for name, first_uid in folders.items():
                    arrived |= message_ids & _message_ids(connection, name, first_uid)
            if not message_ids <= arrived:
                time.sleep(_LOOK_EVERY_SECONDS)
        return arrived


def _message_ids(connection: Connection, folder: str, first_uid: int) -> set[str]:
    state = connection.examine(folder)
    found: set[str] = set()
    for raw in connection.header_sections(connection.search(first_uid, state.exists)).values():
        try:
            message = read(raw)
        except MessageError:
            continue
        found |= {message.message_id or ""}
    return found


def _key(mailbox: WatchedMailbox) -> str:
    """Return how the mailbox is named in what is said, and in the problems with it."""
    return f"mailbox {mailbox.id}"


def _problem(key: str, text: str, *, hint: str = "", warning: bool = False) -> Problem:
    return Problem(file=config.OPERATOR_FILE, key=key, text=text, hint=hint, warning=warning)
