"""What our own people are told of a message besides its words: what it holds, and what of it cannot be read.

None of it goes to a customer, and none of it counts for severity. The reasons say it without names, for they are kept
for good; the text of the entry says it with names, in remarks in square brackets behind what the sender wrote.
"""

from __future__ import annotations

import re

from mailbot.deciding.effects import Reason
from mailbot.reading.model import File, Message, Role

_REMARK = re.compile(
    r"\[(?:This mail is (?:encrypted|wrapped)|\d+ files?:|packed by Outlook into|invitation(?: withdrawn)?:) .*\]"
)
_FILES = re.compile(r"\[\d+ files?: .*\]")
_MOST_FORWARDED = 20_000
_MOST_NAMED = 8
_LONGEST_NAME = 60
_MEGA = 1_000_000


def reasons(message: Message) -> tuple[Reason, ...]:
    """Return what is notable about the message's form, a sentence for each."""
    protection = message.protection
    notable = {
        "files": _counted(message),
        "invitation": bool(message.invitations) and "it holds an invitation",
        "forwarded": message.forwarded_text and "it passes on what somebody else wrote",
        "packed": _packed(message) is not None and "Outlook packed its files into a winmail.dat",
        "encrypted": protection.encrypted and f"it is encrypted ({protection.encrypted}) and cannot be read here",
        "unreadable": protection.unreadable and "its words are wrapped in a way that cannot be read here",
        "failed": message.error and f"reading it failed in part ({message.error})",
        "signed": protection.signed and f"it is signed ({protection.signed}); such signatures are not checked here",
    }
    return tuple(Reason(f"content.{code}", text) for code, text in notable.items() if text)


def told_text(message: Message, ticket: int | None) -> str:
    """Return the text of the message's entry: what a reader sees, an attached message's text, and the remarks."""
    forwarded = "" if message.forwarded_text in message.text else message.forwarded_text[:_MOST_FORWARDED]
    remarks = (_why_unreadable(message, ticket), *_invitations(message), _files(message), _packed(message) or "")
    return "\n\n".join(
        filter(None, (message.text, forwarded, "\n".join(f"[{remark}]" for remark in remarks if remark)))
    )


def without_remarks(text: str) -> tuple[str, str]:
    """Return an entry's text without the remarks at its end, and these."""
    above, _, last = text.rpartition("\n\n")
    if all(_REMARK.fullmatch(line) for line in last.split("\n")):
        return above, last
    return text, ""


def without_names_of_files(text: str) -> str:
    """Return an entry's text without the remark that names its files, for who is told of each of them otherwise."""
    above, remarks = without_remarks(text)
    others = "\n".join(line for line in remarks.split("\n") if not _FILES.fullmatch(line))
    return "\n\n".join(filter(None, (above, others)))


def lacks_words(message: Message) -> bool:
    """Return whether words of the sender's may be in it that could not be read, though they are not encrypted."""
    packed = not message.text and _packed(message) is not None
    return message.protection.unreadable or packed or bool(message.error)


def brings_files(message: Message) -> bool:
    """Return whether it brings more than words: pictures in the text and signatures are no files."""
    return any(one.role not in {Role.PICTURE, Role.SIGNATURE} for one in message.attachments)


def counted_pictures(number: int) -> str:
    """Return how many pictures stand in the text, "" for none."""
    return f"{number} {'picture' if number == 1 else 'pictures'} in the text" if number else ""


def brought_along(files: tuple[File, ...], pictures: int) -> str:
    """Return what goes along with words, as ", with plan.pdf (12 kB) and 1 picture in the text", "" for nothing."""
    named = [f"{_short(one.name)} ({_size(len(one.octets))})" for one in files]
    listed = [*named, *filter(None, [counted_pictures(pictures)])]
    return f", with {' and '.join(filter(None, (', '.join(listed[:-1]), listed[-1])))}" if listed else ""


def with_files(text: str, files: tuple[File, ...]) -> str:
    """Return the text of an entry whose words went out with these files, which a remark names."""
    remark = f"{len(files)} {'file' if len(files) == 1 else 'files'}: {_listed([one.name for one in files])}"
    return f"{text}\n\n[{remark}]" if files else text


def _size(octets: int) -> str:
    return f"{octets / 1e6:.1f} MB" if octets >= _MEGA else f"{max(1, round(octets / 1e3))} kB"


def _counted(message: Message) -> str:
    """Return "2 files; 1 picture in the text", "" where there is neither."""
    files, pictures = (sum(one.role is role for one in message.attachments) for role in (Role.FILE, Role.PICTURE))
    counted = f"{files} {'file' if files == 1 else 'files'}" if files else ""
    return "; ".join(filter(None, (counted, counted_pictures(pictures))))


def _files(message: Message) -> str:
    """Return "2 files: bill.pdf, list.csv", "" for none."""
    names = [one.name for one in message.attachments if one.role is Role.FILE]
    return f"{len(names)} {'file' if len(names) == 1 else 'files'}: {_listed(names)}" if names else ""


def _invitations(message: Message) -> list[str]:
    """Return "invitation: Router swap, 2026-01-05 09:15 Europe/Berlin, by Ann <ann@acme.example>" for each."""
    return [
        ("invitation withdrawn: " if one.method == "cancel" else "invitation: ")
        + (
            ", ".join(filter(None, (one.summary, one.start, one.organiser and f"by {one.organiser}")))
            or "of what, it does not say"
        )
        for one in message.invitations
    ]


def _packed(message: Message) -> str | None:
    """Return "packed by Outlook into winmail.dat, which most programs cannot open: bill.pdf", None without one."""
    parcels = [one for one in message.attachments if one.role is Role.PACKED]
    if not parcels:
        return None
    names = [name for one in parcels for name in one.inside]
    return "packed by Outlook into winmail.dat, which most programs cannot open" + (
        f": {_listed(names)}" if names else ""
    )


def _listed(names: list[str]) -> str:
    return ", ".join(map(_short, names[:_MOST_NAMED])) + (" …" if len(names) > _MOST_NAMED else "")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 12]}…{name[-11:]}"


def _why_unreadable(message: Message, ticket: int | None) -> str:
    """Return the sentence that stands where the words would be, "" where they can be read."""
    protection = message.protection
    if not protection.encrypted and not protection.unreadable:
        return ""
    how = f"encrypted ({protection.encrypted})" if protection.encrypted else "wrapped in its signature"
    where = f": `mailbot show {ticket} --raw` prints it" if ticket is not None else ""
    return f"This mail is {how} and cannot be read here. The original is kept as it came{where}."
