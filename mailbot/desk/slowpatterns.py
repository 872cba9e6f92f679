"""Regular expressions of the rules that took too long on a message: told once, until they are other ones."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailbot.deciding.classify import TOO_SLOW
from mailbot.deciding.effects import NoticeKind
from mailbot.deciding.understanding import Understood
from mailbot.desk import Desk
from mailbot.rules import Rules
from mailbot.store import conditions
from mailbot.store.conditions import Condition

_log = structlog.get_logger(__name__)

# On much longer texts the best of them may take its time.
_LONGEST_JUDGED = 100_000
_NEXT_STEP = "mend it or take it out: let no repetition hold another one, as in (a+)+; `mailbot check` may show it"


def note_slow_patterns(conn: Connection, desk: Desk, understood: Understood, now: datetime) -> None:
    """Note which expressions took too long on a message, and have our own people told of those not told of yet."""
    evidence = [one for one in understood.classified.evidence if one.words.startswith(TOO_SLOW)]
    if not evidence or len(understood.message.reply_text) > _LONGEST_JUDGED:
        return
    known = conditions.of(conn, desk.partner, conditions.PATTERNS)
    told = known.reason.split("; ") if known else []
    slow = [f"the regex of {one.rule} {one.words.removeprefix('skipped, ')}" for one in evidence]
    new = [one for one in dict.fromkeys(slow) if one not in told]
    if not new:
        return
    since = known.since if known else now
    conditions.put(
        conn, desk.partner, Condition(conditions.PATTERNS, since, "; ".join([*told, *new]), _NEXT_STEP, told=True)
    )
    text = f"{'; '.join(new)}. The message was decided on without it. Next: {_NEXT_STEP}."
    desk.tell(conn, NoticeKind.PATTERN_SLOW, text=text, now=now)
    _log.warning("pattern-slow", patterns=new, next_step=_NEXT_STEP)


def are_the_same(one: Rules, other: Rules) -> bool:
    """Return whether two sets of rules have the same expressions in the same places."""
    return one.pattern_places == other.pattern_places and _expressions(one) == _expressions(other)


def _expressions(rules: Rules) -> list[str]:
    found = [rule.regex for table in rules.severity.values() for rule in table.rule]
    return found + [rule.regex for table in rules.playbook.values() for rule in table.rule]
