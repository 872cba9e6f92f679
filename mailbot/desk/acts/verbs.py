"""The verbs of requests that agents make, by mail as by the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mailbot.desk.acts import (
    adding,
    admitting,
    escalating,
    filing,
    leave,
    merging,
    onincident,
    seeing,
    steering,
    tracing,
    waiting,
    whose,
)
from mailbot.desk.acts.requests import Done, Work
from mailbot.desk.acts.undoing import undo

STEERING: Mapping[str, Callable[[Work], Done]] = {
    "close": steering.close,
    "reopen": steering.reopen,
    "note": steering.note,
    "called": steering.called,
    "set": steering.set_,
    "take": steering.take,
    "ok": seeing.ok,
    "assign": steering.assign,
    "escalate": escalating.escalate,
    "wait": waiting.wait,
    "merge": merging.merge,
    "allow": admitting.allow,
    "mute": leave.mute,
    "away": leave.away,
    "for": whose.requester,
    "vendor": filing.file,
    "incident": onincident.on_incident,
    "why": tracing.why,
    "add": adding.add,
    "undo": undo,
}
"""What does each of them."""
