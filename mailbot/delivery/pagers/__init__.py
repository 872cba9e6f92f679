"""The way of a page: by whatever its agent's pager is, as the rules in force have it when it leaves.

A page stands in the outbox for one pager of one agent, "dana/2". Each pager is a receiver of its own, so that one
that is down says nothing about another: nothing here makes the whole queue wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import structlog

from mailbot.config import read_secret
from mailbot.config.pagers import not_a_receiver, program_of
from mailbot.deciding.agents.team import agent_by_id
from mailbot.deciding.paging import Page
from mailbot.deciding.signing import key_of, signature
from mailbot.delivery.pagers import command, webhook
from mailbot.delivery.transport import Accepted
from mailbot.errors import ConfigError, PermanentFailure, TransientFailure
from mailbot.render import Templates
from mailbot.render.pages import PageFacts, page_octets
from mailbot.rules import Agent, Pager, Rules, Secret

_log = structlog.get_logger("mailbot.delivery.pagers")

# Receivers that take the secret itself; the others get what it signs.
_TOKEN, _ROUTING_KEY = "ntfy", "pagerduty"


@dataclass(frozen=True, slots=True)
class InForce:
    """What pages leave by: the rules and templates in force, and the folder that they stand in."""

    rules: Rules
    templates: Templates
    folder: Path


class Pagers:
    """Hands pages over, one at a time; a transport like the relay."""

    def __init__(
        self,
        in_force: Callable[[], InForce],
        now: Callable[[], datetime],
        *,
        before: Callable[[], None] = lambda: None,
        answer_within: float = webhook.SECONDS,
        ended_within: float = command.SECONDS,
    ) -> None:
        """`in_force` is asked for each page, and `before` right before one leaves: what it raises keeps it from that.

        The limits, in seconds, are for a receiver's answer and for a program.
        """
        self._in_force = in_force
        self._now = now
        self._before = before
        self._answer_within = answer_within
        self._ended_within = ended_within

    def submit(self, _reverse_path: str, recipient: str, raw: bytes) -> Accepted:
        """Hand over one page to one pager, "dana/2".

        Raise PermanentFailure, TransientFailure or UnclearResult; what they say repeats no secret.
        """
        in_force = self._in_force()
        agent, pager = _receiver(in_force.rules, recipient)
        try:
            page = Page.from_json(raw)
        except ValueError as error:
            raise PermanentFailure(f"what is stored is no page: {error}") from error
        if pager.command:
            return self._run(in_force.folder, agent, pager, page)
        return self._post(in_force, agent, pager, page)

    def rest(self) -> None:
        """Nothing is open."""

    def close(self) -> None:
        """Nothing is open."""

    def _post(self, in_force: InForce, agent: Agent, pager: Pager, page: Page) -> Accepted:
        if pager.webhook is None:
            raise PermanentFailure("this pager is none any more that pages are posted to")
        url = _read(pager.webhook, in_force.folder)
        why, _ = not_a_receiver(url, pager.form)
        if why:
            raise PermanentFailure(f"what `webhook` names {why}")
        secret = _read(pager.secret, in_force.folder) if pager.secret else ""
        topic = ""
        if pager.form == "ntfy":
            url, topic = _without_topic(url)
        facts = PageFacts(
            kind=page.kind,
            title=f"{in_force.rules.partner.brand}: {'over' if page.over else page.kind.value}",
            text=page.text,
            key=page.key,
            at=page.at.isoformat(),
            brand=in_force.rules.partner.brand,
            to=agent.name,
            ok=page.ok,
            over=page.over,
            topic=topic,
            credential=secret if pager.form == _ROUTING_KEY else "",
        )
        body, problem = page_octets(in_force.templates, pager.form, facts)
        if problem:
            _log.error("template-failed", problem=problem)
        fields = self._fields(pager, page, secret, body)
        self._before()
        return webhook.post(webhook.Post(url, body, fields, (secret, topic)), self._answer_within)

    def _run(self, folder: Path, agent: Agent, pager: Pager, page: Page) -> Accepted:
        program = program_of(pager.command[0], folder)
        if program is None:
            raise PermanentFailure("there is no such program")
        said = {"ID": page.id, "KIND": page.kind, "TEXT": page.text, "KEY": page.key, "OK": page.ok, "TO": agent.id}
        said |= {"AT": page.at.isoformat(), "OVER": "yes" if page.over else ""}
        variables = {f"MAILBOT_PAGE_{name}": value for name, value in said.items()}
        self._before()
        return command.run((program, *pager.command[1:]), folder, page.text, variables, self._ended_within)

    def _fields(self, pager: Pager, page: Page, secret: str, body: bytes) -> dict[str, str]:
        """Return what stands above the page: who it is from, as its receiver can prove it."""
        timestamp = int(self._now().timestamp())
        fields = {"webhook-id": page.id, "webhook-timestamp": str(timestamp)}
        if pager.form == _TOKEN and secret:
            fields["Authorization"] = f"Bearer {secret}"
        elif pager.form != _ROUTING_KEY and secret:
            fields["webhook-signature"] = signature(_key(secret), page.id, timestamp, body)
        return fields


def can_be_reached(pager: Pager, folder: Path) -> str:
    """Try a pager as far as that rings nowhere; return what was found to work, "" where nothing can be tried.

    Raise DeliveryFailure with what keeps pages from leaving by it.
    """
    if pager.webhook is None:
        return ""
    url = _read(pager.webhook, folder)
    why, _ = not_a_receiver(url, pager.form)
    if why:
        raise PermanentFailure(f"what `webhook` names {why}")
    secret = _read(pager.secret, folder) if pager.secret else ""
    if secret and pager.form not in {_TOKEN, _ROUTING_KEY}:
        _key(secret)
    place = urlsplit(url).hostname
    if webhook.is_by_proxy(url):
        return f"pages to {place} go over a proxy, which is not tried"
    webhook.reach(url)
    return f"{place} can be reached"


def _key(secret: str) -> bytes:
    try:
        return key_of(secret)
    except ValueError as error:
        raise PermanentFailure(str(error)) from error


def _receiver(rules: Rules, recipient: str) -> tuple[Agent, Pager]:
    who, _, number = recipient.rpartition("/")
    agent = agent_by_id(who, rules)
    if agent is None or not number.isdigit() or not 0 < int(number) <= len(agent.pager):
        raise PermanentFailure("this pager stands in the rules no more")
    return agent, agent.pager[int(number) - 1]


def _read(secret: Secret, folder: Path) -> str:
    try:
        return read_secret(secret, folder)
    except ConfigError as error:
        raise TransientFailure("; ".join(problem.text for problem in error.problems)) from error


def _without_topic(url: str) -> tuple[str, str]:
    """Return where ntfy takes pages as JSON, the folder of its topics, and the topic of this URL."""
    parts = urlsplit(url)
    folder, _, topic = parts.path.rpartition("/")
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/", "", "")), topic
