"""Whether somebody can keep what is promised while we are closed."""

from __future__ import annotations

from collections.abc import Iterator

from mailbot.config.check import Check
from mailbot.config.merging import Finding
from mailbot.deciding.agents.team import by_relay
from mailbot.deciding.promises import ends_while_closed, on_call
from mailbot.rules import SEVERITIES, Severity, Tenant
from mailbot.rules.lines import Place

_JUDGED_BY: tuple[Place, ...] = (("agent",), ("team",), ("oncall", "rota"), ("partner", "hours"), ("partner", "zone"))


def promised_at_night(check: Check) -> Iterator[Finding]:
    """Yield the answers that are promised for a time at which we are closed and nobody is on call."""
    rules = check.rules
    if rules.oncall.rota and not by_relay(rules):
        # That nobody is called is said already.
        return
    shared: set[Severity] = set()
    if not on_call(rules, None):
        shared = {severity for severity in SEVERITIES if ends_while_closed(rules, None, severity)}
        for severity in SEVERITIES:
            if severity in shared:
                place: Place = ("severity", severity.value, "clock")
                text = "an answer is promised at night, too, and nobody is on call"
                hint = _hint(check, 'clock = "business" here')
                yield check.warning(*place, text=text, hint=hint, given=(*_JUDGED_BY, (*place[:2], "response")))
    for index, tenant in enumerate(rules.tenant):
        if not on_call(rules, tenant):
            yield from _of_tenant(check, tenant, index, shared)


def _of_tenant(check: Check, tenant: Tenant, index: int, shared: set[Severity]) -> Iterator[Finding]:
    """Yield the first severity of which this tenant alone is promised an answer that nobody gives."""
    found = [one for one in SEVERITIES if one not in shared and ends_while_closed(check.rules, tenant, one)]
    if not found:
        return
    text = f"{tenant.name} is promised an answer at night ({found[0]}), and nobody who may act for it is on call"
    hint = _hint(check, "promise it times that you can keep")
    yield check.warning("tenant", index, text=text, hint=hint, given=_JUDGED_BY)


def _hint(check: Check, otherwise: str) -> str:
    agents = check.rules.agent
    if agents and not by_relay(check.rules):
        return f"have your agents get customers' mail (see [team]) and take turns (see [oncall]), or {otherwise}"
    rota = f'write rota = ["{agents[0].id}"]' if agents else "list yourselves under [[agent]] and write rota"
    return f"{rota} under [oncall], or {otherwise}"
