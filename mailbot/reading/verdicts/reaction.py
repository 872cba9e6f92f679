"""Reactions: an emoji that a program sends on a tap, as a mail that says in words who reacted.

Gmail puts it into a part of its own. Outlook marks what it sends to people who do not use it with nothing but the
sentence, in English whatever the language of the mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from mailbot.reading.parts.structure import Part

_GMAIL = "text/vnd.google.email-reaction+json"
_SAID_BY_GMAIL = re.compile(r"(?i)\bgmail\b")
_LONGEST = 1_000
_SAID_BY_OUTLOOK = " reacted to your message"


def is_reaction(root: Part, reply_text: str, names: Collection[str]) -> bool:
    """Return whether the mail is an emoji that a person tapped, and no words of theirs; `names` are those in From."""
    if len(reply_text) > _LONGEST:
        return False
    lines = [line.strip() for line in reply_text.splitlines() if re.search(r"\w", line)]
    if any(part.type == _GMAIL for part in root.leaves()):
        # One sentence in the language of the mailbox, which names Gmail, and the link to its page.
        words = [line for line in lines if not line.startswith("<http")]
        return not words or (len(words) == 1 and bool(_SAID_BY_GMAIL.search(words[0])))
    return len(lines) == 1 and any(name and lines[0].rstrip(":") == name + _SAID_BY_OUTLOOK for name in names)
