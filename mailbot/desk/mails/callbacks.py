"""Whom to call back on which number: what a message itself gives, and what the rules have on file."""

from __future__ import annotations

from collections.abc import Iterable

from mailbot.deciding.cautions import takeover_words
from mailbot.deciding.effects import Flag
from mailbot.deciding.tenants import contact_of
from mailbot.render import CallBack
from mailbot.rules import Playbook, Rules, Tenant

DOUBTS = frozenset({Flag.UNVERIFIED, Flag.UNCLEAR_SENDER, Flag.AUTHENTICATION_FAILED})
"""The flags of a message of which nothing proves who sent it."""


def asked_for(texts: tuple[str, ...], flags: Iterable[Flag], playbook: Playbook | None, rules: Rules) -> str:
    """Return by which words a message that nothing proves asks for what hands over an account or a number, else ""."""
    if DOUBTS.isdisjoint(flags):
        return ""
    issue = rules.playbook.get(playbook) if playbook is Playbook.PORT_OUT else None
    return takeover_words(texts, rules) or (issue.title if issue else "")


def number_on_file(tenant: Tenant | None) -> CallBack | None:
    """Return where the rules say that the tenant is to be called, None where they do not."""
    return next(iter((*listed_number(tenant), *first_line(tenant))), None)


def listed_number(tenant: Tenant | None) -> tuple[CallBack, ...]:
    """Return where the tenant is to be called back, nothing where the rules do not say."""
    if tenant is None or not tenant.callback_number:
        return ()
    return (CallBack(tenant.callback_number, f"listed for {contact_of(tenant).name or tenant.name}"),)


def first_line(tenant: Tenant | None) -> tuple[CallBack, ...]:
    """Return the first line of the tenant's own, nothing where none is listed."""
    return tuple(CallBack(line, f"a line of {tenant.name}") for line in tenant.phone_numbers[:1]) if tenant else ()
