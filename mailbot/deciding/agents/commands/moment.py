"""What reading an agent's words needs to know, and how a word finds the thing that it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

from mailbot.deciding.words import clean, comparable_words
from mailbot.rules import SEVERITIES, Agent, Playbook, Rules
from mailbot.rules.nearest import nearest

_MOST_SHOWN = 4
_LONGEST_NAME = 100


class UnclearError(Exception):
    """What an agent wrote cannot be read; the text says why, `near` what it may have been meant to be."""

    def __init__(self, text: str, near: str = "") -> None:
        super().__init__(text)
        self.near = near


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that agents may name: its id, and other names of it."""

    id: str
    names: tuple[str, ...] = ()


_PLAYBOOKS = (
    Named(Playbook.OUTBOUND_CALLS, ("outbound", "calls")),
    Named(Playbook.VOICEMAIL_EMAIL, ("voice mail",)),
    Named(Playbook.CALLER_ID_NAME, ("cnam", "caller name")),
    Named(Playbook.PHONE_REGISTRATION, ("register", "registering", "registered")),
    Named(Playbook.PORT_IN, ("porting in",)),
    Named(Playbook.PORT_OUT, ("porting out", "port away")),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """When, where and by whom words are read: an aware `now`, the agent's zone, the partner's country (ISO 3166).

    `agents` and `tenants` are those that this agent may know of: hints name them.
    """

    now: datetime
    zone: ZoneInfo
    country: str = "US"
    agents: tuple[Named, ...] = ()
    tenants: tuple[Named, ...] = ()
    vendors: tuple[Named, ...] = ()
    playbooks: tuple[Named, ...] = _PLAYBOOKS
    severities: tuple[Named, ...] = tuple(Named(severity) for severity in SEVERITIES)

    @classmethod
    def of(cls, agent: Agent | None, rules: Rules, now: datetime) -> Self:
        """Return the moment of one of us, who hears of nobody's tenants but his own; an operator (None) of all.

        An answering service hears of nobody.
        """
        if agent and agent.outsourced:
            return cls(now, rules.partner.zone, rules.partner.country)
        own = agent.tenants if agent else ()
        tenants = (tenant for tenant in rules.tenant if not own or tenant.id in own)
        return cls(
            now,
            rules.partner.zone,
            rules.partner.country,
            agents=tuple(Named(one.id, (one.name, *one.addresses)) for one in rules.agent),
            tenants=tuple(Named(tenant.id, (tenant.name,)) for tenant in tenants),
            vendors=tuple(Named(vendor.id, (vendor.name, *vendor.addresses)) for vendor in rules.vendor),
        )

    @property
    def today(self) -> date:
        """The day that the agent's calendar shows."""
        return self.now.astimezone(self.zone).date()


def named(given: str, known: Iterable[Named], what: str) -> str:
    """Return the id of the one known thing that is meant: by its id, a name, or words that only it has.

    Raise UnclearError when there is none or more than one; `what` is what it should have been ("agent").
    """
    known = tuple(known)
    if not given:
        raise UnclearError(f"it needs {_a(what)}" + (f": {_one_of(known)}" if known else ""))
    words = comparable_words(clean(given[:_LONGEST_NAME]))
    found = (
        [thing for thing in known if thing.id.casefold() == given.casefold()]
        or [thing for thing in known if words and words in _spellings(thing)]
        or [thing for thing in known if words and any(set(words) <= set(name) for name in _spellings(thing))]
    )
    if len(found) == 1:
        return found[0].id
    if found:
        raise UnclearError(f'"{given[:_LONGEST_NAME]}" could be {_one_of(found)}')
    by_name = {name: thing.id for thing in known for name in (*thing.names, thing.id)}
    near = nearest(given[:_LONGEST_NAME], by_name)
    hint = by_name[near] if near else ""
    more = "" if hint or not known else f"; it can be {_one_of(known)}"
    raise UnclearError(f'"{given[:_LONGEST_NAME]}" is no {what}{more}', hint)


def _spellings(thing: Named) -> list[tuple[str, ...]]:
    return [comparable_words(clean(name)) for name in (thing.id, *thing.names)]


def _one_of(things: Iterable[Named]) -> str:
    ids = [thing.id for thing in things]
    shown = ids[:_MOST_SHOWN] + (["others"] if len(ids) > _MOST_SHOWN else [])
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown)


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"
