"""What a change did to a ticket, in a few words for our own people, and what an agent wrote beside his commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailbot.deciding.agents.team import name_of
from mailbot.rules import Rules

_STATES = {"closed": "closed", "open": "open again"}


def changed(change: Mapping[str, Any], rules: Rules) -> str:
    """Return what an entry of that `change` made of its ticket's columns, "" for nothing that people see."""
    words = [_STATES[change["state"]]] if change.get("state") in _STATES else []
    words += [f"{name} is now {change[name]}" for name in ("severity", "tenant") if name in change]
    if "assignee" in change:
        words.append(f"{name_of(change['assignee'], rules) or 'nobody'} has it")
    words += [f"escalated to tier {change['tier']}"] if change.get("tier") else []
    if "waits_until" in change and change["waits_until"] is None and "state" not in change:
        words.append("waits no longer")
    if change.get("vendor_case"):
        words.append(f"they call it {change['vendor_case']}")
    if change.get("merged_into"):
        words.append(f"merged into #{change['merged_into']}")
    if "incident" in change:
        words.append(f"about incident {change['incident']}" if change["incident"] else "about no incident any more")
    words += [f"flagged {', '.join(change['flags'])}"] if change.get("flags") else []
    return ", ".join(words)


def without_commands(text: str) -> str:
    """Return what an agent wrote, without the lines of his commands but for the words of a note."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line.removeprefix("#note").strip() for line in lines if line[:1] != "#" or line[:6] == "#note ")
