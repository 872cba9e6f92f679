"""The provider's spam verdict, as the receiving side stamped it.

Only the topmost occurrence of a field counts; a sender who forges one can merely accuse himself.
"""

from __future__ import annotations

import re

from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.model import Spam

_YES = re.compile(r"(?i)\A\s*(?:yes|true|spam|1)\b")
_FIELDS = (
    ("x-spam-flag", _YES),
    ("x-spam-status", re.compile(r"(?i)\A\s*yes\b")),
    ("x-spam", _YES),
    ("x-rspamd-action", re.compile(r"(?i)\A\s*(?:reject|add header|rewrite subject|soft reject)\b")),
    ("x-spamd-result", re.compile(r"(?i)\A\s*default:\s*true\b")),
    ("x-rspamd-flag", _YES),
    ("x-forefront-antispam-report", re.compile(r"(?i)(?:^|;)\s*SCL:\s*[5-9]\b")),
    ("x-ms-exchange-organization-scl", re.compile(r"\A\s*[5-9]\b")),
    ("x-gm-spam", re.compile(r"\A\s*1\b")),
    ("x-dspam-result", re.compile(r"(?i)\A\s*spam\b")),
    ("x-bogosity", re.compile(r"(?i)\A\s*(?:spam|yes)\b")),
    ("x-barracuda-spam-status", re.compile(r"(?i)\A\s*yes\b")),
    ("x-kasspamfilter-status", re.compile(r"(?i)\A\s*spam\b")),
    ("x-spambayes-classification", re.compile(r"(?i)\A\s*spam\b")),
)


def read_spam(section: HeaderSection) -> Spam:
    """Return whether the provider called it spam and the field that says so, in lower case."""
    for name, pattern in _FIELDS:
        if name in section and pattern.search(section.first(name)[:2_000]):
            return Spam(is_spam=True, by=name)
    return Spam()
