"""The first lines of what an agent wrote: commands stand there, one below the other or side by side, and then the text.

What a mail program on a telephone puts before a "#" is forgiven: spaces of all kinds, what cannot be seen, the mark of
a list, a quotation mark, bold. A line that begins with "#" and is no command is a problem and never text. So is one
that stands below a quotation: some mail programs wrap the lines that they quote and leave the rest of one without a
mark, so that it may be the customer's words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import regex

from mailbot.deciding.agents.commands.arguments import bare, read
from mailbot.deciding.agents.commands.kinds import COMMANDS, Command, MarkSpam
from mailbot.deciding.agents.commands.moment import Moment, UnclearError
from mailbot.deciding.agents.commands.orders import Orders, Problem, Step, Understood, settled
from mailbot.deciding.words import clean
from mailbot.reading.quotation.quotemarks import is_quoted
from mailbot.rules.nearest import nearest

_MOST = 40
_MOST_MARKED = 200
_LONGEST_SHOWN = 80
_LONGEST_WORD = 40
_UNSEEN = r"\p{Cf}\ufe00-\ufe0f\u20e3\u115f\u1160\u3164\uffa0"
_HASH = "#\uff03\ufe5f"
_BULLETS = r"\u2022\u00b7\u25e6\u25aa\u2023\u25cf\u25cb\u2013\u2014*-"
_MARKS = "*_\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb`"
_BEGINS = regex.compile(rf"[\s{_UNSEEN}]*+(?:[{_BULLETS}][\s{_UNSEEN}]*+)?[{_MARKS}{_UNSEEN}]{{0,8}}+[{_HASH}]")
_NEXT = regex.compile(rf"(?<=[\s,;])[{_MARKS}{_UNSEEN}]{{0,8}}+[{_HASH}](?=[{_UNSEEN}]{{0,4}}\p{{L}})")
_WORD = regex.compile(rf"[{_UNSEEN}]{{0,8}}+(?P<word>[\w{_UNSEEN}'\u2019-]{{1,200}}+)(?P<rest>.*)", regex.DOTALL)
_GLUE = regex.compile(r"\A[:=,.;!]+")
_SEEN = regex.compile(rf"[^\s{_UNSEEN}]")
_AND = regex.compile(r"(?:\A|[\s,;]++)(?:and|then|&|\+)[\s,;]*\Z", regex.IGNORECASE)
BELOW_A_QUOTATION = "it stands below a quotation; commands stand above all else"


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands from one "#" to before the next: as it was written, its kind (None: no command), and what follows."""

    written: str
    word: str
    kind: type[Command] | None
    rest: str


def parse(reply_text: str, moment: Moment) -> Orders:
    """Return the commands on the first lines of the newly written text, and the text below them.

    Never raises. A text that does not begin with a "#" comes back as it is.
    """
    pieces: list[_Piece] = []
    end = 0
    for start, line in lines(reply_text):
        if not begins_with_command(line):
            break
        end = start + len(line)
        pieces += _pieces(line, _MOST + 1 - len(pieces))
        if len(pieces) > _MOST:
            many = Problem(shown(line), f"these are more than {_MOST} commands in one mail")
            return Orders((many,))
    return _orders(pieces, reply_text, end, moment)


def says_send(reply_text: str) -> bool:
    """Return whether the whole text is the word that lets a held mail go: "send"."""
    return len(reply_text) <= _LONGEST_SHOWN and bare(reply_text).strip("#").casefold() == "send"


def _orders(pieces: list[_Piece], whole: str, end: int, moment: Moment) -> Orders:
    if not pieces:
        below_quote = _below_a_quotation(whole)
        problem = Problem(shown(below_quote), BELOW_A_QUOTATION)
        return Orders((problem,) if below_quote else (), whole, _as_text(whole))
    below = next((whole[start:] for start, _ in lines(whole, end)), "")
    if not has_own_words(below):
        below = ""
    private = [place for place, piece in enumerate(pieces) if piece.kind and piece.kind.private]
    if private:
        last = pieces[private[-1]]
        pieces[private[-1]] = replace(last, rest=f"{last.rest.rstrip()}{whole[end:]}")
        below = ""
    steps = [_step(piece, moment) for piece in pieces]
    spam = next((piece for piece in pieces if piece.kind is MarkSpam), None)
    if spam and below:
        steps.append(Problem(spam.written, "spam gets no answer; leave out either #spam or the text below"))
    return Orders(settled(steps), below, _as_text(whole))


def _as_text(whole: str) -> str:
    """Return a text without the lines that are meant as commands, "" where nothing of his own is left.

    Above all text what is nearest to a command is meant as one. Where one keeps words among our own people, all of them
    are theirs; of more commands, or lines that begin as one does, than anybody writes nothing is left either.
    """
    kept: list[str] = []
    place, own, commands, marked = 0, False, 0, 0
    for start, line in lines(whole):
        is_marked = begins_with_command(line)
        kind = _meant(line, nearly=not own) if is_marked else None
        commands += kind is not None
        marked += is_marked
        if commands > _MOST or marked > _MOST_MARKED or (kind and kind.private):
            return ""
        if kind:
            if own:
                kept.append(whole[place:start])
            place = start + len(line) + 1
        else:
            own = own or not is_quoted(line)
    return "".join((*kept, whole[place:])) if own else ""


def _meant(line: str, *, nearly: bool) -> type[Command] | None:
    """Return the command that a line with the mark is, or nearly is; one that keeps words first; None for text."""
    kinds = [piece.kind or (_near(piece) if nearly else None) for piece in _pieces(line, _MOST)]
    return next((kind for kind in kinds if kind and kind.private), kinds[0])


def _step(piece: _Piece, moment: Moment) -> Step:
    if piece.kind is None:
        return _unknown(piece)
    try:
        return Understood(piece.written, read(piece.kind, piece.rest, moment))
    except UnclearError as unclear:
        return Problem(piece.written, str(unclear), unclear.near)


def _unknown(piece: _Piece) -> Problem:
    near = _near(piece)
    return Problem(piece.written, "this is no command", near.example if near else "")


def _near(piece: _Piece) -> type[Command] | None:
    """Return the command that what is none comes nearest to; a space may stand behind its "#"."""
    if piece.word:
        return nearest_command(piece.word)
    first = bare(piece.rest).split(" ")[0].casefold()
    return (COMMANDS.get(first) or nearest_command(first)) if first else None


def nearest_command(word: str, among: Mapping[str, type[Command]] = COMMANDS) -> type[Command] | None:
    """Return the command that a word is nearest to, or that others call so."""
    said = next((kind for kind in among.values() if word in kind.others_say.split()), None)
    near = "" if said else nearest(word, among)
    return among[near] if near else said


def _pieces(line: str, most: int) -> Iterator[_Piece]:
    """Yield the pieces of a line that begins with a "#"; the last of `most` has all that is left."""
    begun = _BEGINS.match(line)
    starts = [begun.end() if begun else 0]
    ends: list[int] = []
    for found in _NEXT.finditer(line, starts[0]):
        if len(starts) == most:
            break
        ends.append(found.start())
        starts.append(found.end())
    last: _Piece | None = None
    for start, end in zip(starts, [*ends, len(line)], strict=True):
        piece = _piece(line[start:end], followed=end < len(line))
        if last and last.kind and last.kind.free and piece.kind is None and not nearest(piece.word, COMMANDS):
            last = replace(last, written=f"{last.written} {piece.written}", rest=f"{last.rest}#{line[start:end]}")
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def _piece(segment: str, *, followed: bool) -> _Piece:
    found = _WORD.fullmatch(segment)
    word, rest = (clean(found["word"]).casefold(), _GLUE.sub("", found["rest"])) if found else ("", segment)
    kind = COMMANDS.get(word)
    if followed and kind and not kind.free:
        rest = _AND.sub("", rest)
    return _Piece(shown(f"#{segment}"), word[:_LONGEST_WORD], kind, rest)


def begins_with_command(line: str) -> bool:
    """Return whether a line begins with a "#"."""
    return _BEGINS.match(line) is not None


def lines(text: str, place: int = 0) -> Iterator[tuple[int, str]]:
    """Yield each line from a place on that has anything to see, and where it begins."""
    while found := _SEEN.search(text, place):
        seen = found.start()
        start = max(place, text.rfind("\n", place, seen) + 1)
        end = text.find("\n", seen)
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        place = end + 1


def has_own_words(text: str) -> bool:
    """Return whether a text has words that are not quoted."""
    return any(not is_quoted(line) for _, line in lines(text))


def _below_a_quotation(text: str) -> str:
    """Return the first own line, if it begins with a "#" and a quotation stands above it, else ""."""
    above = False
    for _, line in lines(text):
        if is_quoted(line):
            above = True
        else:
            return line if above and begins_with_command(line) else ""
    return ""


def command_below(text: str) -> str:
    """Return the first own line of a text that would be a command if no words stood above it, "" for none."""
    own = (line for _, line in lines(text) if begins_with_command(line) and not is_quoted(line))
    return next((shown(line) for line in own if any(piece.kind for piece in _pieces(line, 1))), "")


def shown(text: str) -> str:
    """Return what was written on one line, cut short, as it is shown to whoever wrote it."""
    line = " ".join(clean(text[: _LONGEST_SHOWN * 2]).split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[: _LONGEST_SHOWN - 1]}\u2026"
