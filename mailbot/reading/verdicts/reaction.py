"""Reactions: an emoji that a program sends on a tap, as a mail that says in words who reacted.

Gmail puts it into a part of its own. Outlook marks what it sends to people who do not use it with nothing but the
sentence, in English whatever the language of the mailbox.
"""

from __future__ import annotations

import re

from mailbot.reading.parts.structure import Part

_GMAIL = "text/vnd.google.email-reaction+json"
_OUTLOOK = re.compile(r"\S[^\n]{0,100} reacted to your message:?")


def is_reaction(root: Part, reply_text: str) -> bool:
    """Return whether the mail is an emoji that a person tapped, and no words of theirs."""
    if any(part.type == _GMAIL for part in root.leaves()):
        return True
    lines = [line.strip() for line in reply_text.splitlines() if re.search(r"\w", line)]
    return len(lines) == 1 and bool(_OUTLOOK.fullmatch(lines[0]))
