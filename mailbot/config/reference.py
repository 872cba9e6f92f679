"""docs/rules.md: every key of rules.toml, what it means and what it is by itself.

Meanings are the comments of the shipped rules.toml, so that both texts are one; which keys
there are, and of what type, the models say. Regenerate with
`python -m mailbot.config.reference > docs/rules.md`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from mailbot.config.lines import Place, lines_of
from mailbot.config.merging import Source
from mailbot.config.shape import all_keys, header, keys_at

_EXAMPLE = re.compile(r"#(?=[\w\[])")
