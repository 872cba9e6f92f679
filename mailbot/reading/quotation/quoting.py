"""What was newly written, what is quoted or forwarded, and the signature.

Everything below a separator, a copied header block or an attribution without quote marks is
history. Runs of "> " lines are history too, together with the attribution above them; but
where answers stand between them, the quoted line above an answer stays with it, because alone
the answer would mean nothing. When nothing newly written would be left, everything is shown:
losing words is worse than showing too many. What is forwarded is kept apart, even where there are no other words: it is
sure then whose they are not. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from mailbot.reading.quotation import forwarding
from mailbot.reading.quotation.quotemarks import (
    attribution_start,
    block_end,
    header_block,
    is_field,
    is_marker,
    is_quoted,
    is_separator,
    visible,
)
from mailbot.reading.quotation.signature import is_mobile, signature_start

_MAX_LINES = 50_000
# Nobody writes more lines by hand; further down no attribution is looked for.
_MOST_WRITTEN = 5_000
_KEPT_ABOVE_ANSWER = 6
_INTERLEAVED = 2
_ATTRIBUTION_LINES = 4
_WRAPPED_END = re.compile(r">[ \t]*(?::|(?:[^\W\d_]+ ){0,3}[^\W\d_]+[ \t]?:)[ \t]*$")
_BANNER = re.compile(
    r"(?i)^[ \t*_>\[!#-]*(?:caution|warning|external|achtung|attention"
    r"|\[?ext(?:ern(?:al)?)?\]?)\b.{0,80}\b(?:external|outside|extern|externe|originated)\b"
)

# A signature without anything above it is taken for words, lest they be lost.
_SIGNATURE_ALONE = re.compile(r"\s*-- ?\n")


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a text; `reply` is the whole text when it is unsure what is new, "" when all of it was forwarded."""

    reply: str
    quoted: str = ""
    signature: str = ""
    forwarded: str = ""


@dataclass(slots=True)
class _Run:
    """Neighbouring lines of one kind: own words, or a quotation with its attribution."""

    quoted: bool
    lines: list[str]
    attributed: bool = False

    @property
    def blank(self) -> bool:
        """Whether there is nothing but white space in it."""
        return not any(line.strip(" \t>") for line in self.lines)


def split(text: str, *, forwarded: bool = False, strict: bool = False) -> Parts:
    """Return the parts of a body text; `forwarded` says that by its subject the message was.

    Where nothing is left as newly written, all of it is, so that nothing is lost; `strict` leaves it at nothing, and
    keeps no more of what is quoted than answers need, also where there is one with words above the quotation.
    """
    lines = _mended(text.split("\n"))
    if len(lines) > _MAX_LINES:
        return Parts(text.strip("\n"))
    banner = _banner_end(lines)
    cut, passed_on = _history_start(lines, forwarded=forwarded)
    runs = _runs(lines[banner:cut])
    history = [] if passed_on else lines[cut:]
    below = _joined(lines[cut:]) if passed_on else ""
    number = len(runs)
    signature = _take_signatures(runs)
    while runs and (runs[-1].quoted or runs[-1].blank):
        history = runs.pop().lines + history
    if signature or len(runs) < number:
        # Other lines are the last own words then.
        signature = _take_signatures(runs) + signature
    reply, quoted = _weigh(runs, strict=strict)
    shown = _joined(reply)
    if strict and _SIGNATURE_ALONE.match(shown):
        signature, shown = shown.split("\n"), ""
    if not shown.strip() and not below and not strict:
        return Parts(text.strip("\n"))
    return Parts(shown, _joined(lines[:banner] + quoted + history), _joined(signature), below)


def _mended(lines: list[str]) -> list[str]:
    """Join an attribution that was wrapped before its closing bracket: `<ann@example.org` and `>:`."""
    if not any(line.startswith(">") for line in lines):
        return lines
    out: list[str] = []
    for line in lines:
        if out and line.startswith(">") and _WRAPPED_END.match(line) and out[-1].rfind("<") > out[-1].rfind(">") >= -1:
            out[-1] += line
        else:
            out.append(line)
    return out


def _banner_end(lines: list[str]) -> int:
    """Return the line after what a gateway or telephone put on top: not the sender's words."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines and (_BANNER.match(lines[first][:400]) or is_mobile(lines[first])) and _has_words(lines[first + 1 :]):
        return first + 1
    return 0


def _take_signatures(runs: list[_Run]) -> list[str]:
    """Cut the signature off the last own words; whole runs that are nothing else go."""
    if not runs or runs[-1].quoted:
        return []
    others = any(not run.quoted and not run.blank for run in runs[:-1])
    start = signature_start(runs[-1].lines, alone=not others)
    if start is None:
        return []
    signature, runs[-1].lines = runs[-1].lines[start:], runs[-1].lines[:start]
    return signature


def _weigh(runs: list[_Run], *, strict: bool) -> tuple[list[str], list[str]]:
    """Return the lines that are the reply, with the quoted lines it needs, and the lines that are quoted.

    Of what is quoted between two answers all is kept; `strict` keeps what the lower one answers, and takes words
    above the first quotation for one.
    """
    answers = sum(1 for run, below in pairwise(runs) if run.quoted and not below.quoted and not below.blank)
    answers += strict and bool(runs) and not runs[0].quoted and not runs[0].blank
    reply: list[str] = []
    quoted: list[str] = []
    for number, run in enumerate(runs):
        if not run.quoted:
            reply += run.lines
        elif answers < _INTERLEAVED and (run.attributed or number == 0):
            # One answer below one quotation: bottom posting.
            quoted += run.lines
            reply += [""] if reply else []
        elif run.attributed or (strict and answers >= _INTERLEAVED):
            kept = _last_paragraph(run.lines)
            quoted += run.lines[: len(run.lines) - len(kept)]
            reply += kept
        else:
            reply += run.lines
    return reply, quoted


def _history_start(lines: list[str], *, forwarded: bool) -> tuple[int, bool]:
    """Return the number of the first line of the history below the answer, and whether that was forwarded.

    The count of lines for none. What would leave no words above it is no history, unless it was forwarded: some
    programs copy header lines to the top.
    """
    written = False
    beyond = 0
    for number, line in enumerate(lines[:_MOST_WRITTEN]):
        stripped = visible(line).strip()
        if not stripped or is_quoted(line) or number < beyond:
            continue
        start = _introduction(lines, number, stripped)
        passed_on = start is not None and forwarding.begins_at(lines, start, by_subject=forwarded)
        if start is not None and (passed_on or written or _has_words(lines[:start])):
            return start, passed_on
        if start is not None:
            beyond = block_end(lines, number + 1)
        elif not written and not is_mobile(line):
            # The lines of a wrapped attribution are looked at again when its end is reached.
            written = number > _ATTRIBUTION_LINES
    return len(lines), False


def _introduction(lines: list[str], number: int, stripped: str) -> int | None:
    """Return where the introduction of a quotation begins that this line ends or begins, else None."""
    line = lines[number]
    if is_separator(lines, number) or is_marker(line):
        return number
    if stripped[-1] in ":：>*_" and not _quote_follows(lines, number):
        start = attribution_start(lines, number, before_quote=False)
        if start is not None:
            return start
    if (":" in line[:60] or "：" in line[:40]) and is_field(line):
        return header_block(lines, number)
    return None


def _has_words(lines: list[str]) -> bool:
    return any(line.strip() and not is_quoted(line) and not is_mobile(line) for line in lines)


def _quote_follows(lines: list[str], number: int) -> bool:
    """Whether the next line with words is quoted."""
    for line in lines[number + 1 : number + 5]:
        if line.strip():
            return is_quoted(line)
    return False


def _runs(lines: list[str]) -> list[_Run]:
    """Part own words and quotations; empty lines go with what stands above, attributions with the quotation."""
    runs: list[_Run] = []
    for number, line in enumerate(lines):
        quoted = is_quoted(line)
        empty = not line.strip()
        goes_on = empty and (not runs[-1].quoted or _quote_follows(lines, number)) if runs else False
        if runs and (runs[-1].quoted == quoted or goes_on):
            runs[-1].lines.append(line)
        else:
            run = _Run(quoted, [])
            if quoted and runs and number < _MOST_WRITTEN:
                _take_attribution(runs, run)
            run.lines.append(line)
            runs.append(run)
    return [run for run in runs if run.lines]


def _take_attribution(runs: list[_Run], run: _Run) -> None:
    """Move the attribution that ends the own words above into the quotation."""
    above = runs[-1].lines
    end = len(above) - 1
    while end >= 0 and not above[end].strip() and len(above) - end < 4:  # noqa: PLR2004 - at most two empty lines between
        end -= 1
    if end < 0 or not above[end].strip():
        return
    start = attribution_start(above, end, before_quote=True)
    if start is None:
        return
    run.lines = above[start:]
    runs[-1].lines = above[:start]
    run.attributed = True


def _last_paragraph(lines: list[str]) -> list[str]:
    """Return the quoted lines right above an answer, back to the last empty one."""
    kept: list[str] = []
    for line in reversed(lines):
        if not line.strip(" \t>") and kept and any(one.strip(" \t>") for one in kept):
            break
        if not is_quoted(line) and line.strip():
            break
        kept.insert(0, line)
        if len(kept) >= _KEPT_ABOVE_ANSWER:
            break
    return kept


def _joined(lines: list[str]) -> str:
    """Join without empty lines at the ends."""
    return "\n".join(lines).strip("\n").rstrip()
