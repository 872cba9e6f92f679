"""`parse` and `classify`: what mailbot reads in a message, without keeping or answering it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer
from rich.progress import track
from rich.text import Text

from mailbot.cli import common, explaining
from mailbot.cli.help import add
from mailbot.cli.opening import no_tenant

if TYPE_CHECKING:
    from mailbot.intake.files import StoredMessage
    from mailbot.reading.model import Border, Envelope, Message
    from mailbot.rules import Rules, Tenant

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH...", help="Messages: .eml files, mboxes, Maildirs, or folders of them.")
]
_QUOTED_LINES = 6
_FIRST_COLUMN, _SECOND_COLUMN, _THIRD_COLUMN = 10, 18, 14


class Show(Protocol):
    """Prints what was found in one message."""

    def __call__(self, row: dict[str, Any], *, first: bool) -> None:
        """Print it; `first` is the first of them all."""


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, parse, "mailbot parse mail.eml", "mailbot parse --json inbox/*.eml | jq .reply_text")
    add(
        app,
        classify,
        "mailbot classify ~/Maildir",
        "mailbot classify --explain mail.eml  and what spoke against other rules",
        "mailbot classify --tenant acme mail.eml  as if its people wrote it",
        "mailbot classify --json past.mbox | jq .severity",
    )


def parse(
    context: typer.Context, paths: Paths, mailbox: common.MailboxOption = "", *, as_json: common.JsonOption = False
) -> None:
    """Show what is read in each message: sender, new text, attachments, verdicts."""
    from mailbot.desk import border_of

    rules = common.place(context).rules()
    border = border_of(rules, common.mailbox(mailbox, rules))

    _each(paths, lambda stored: _parsed(stored, border), _print_parsed, as_json=as_json)


def _print_parsed(row: dict[str, Any], *, first: bool) -> None:
    if not first:
        common.out.print()
    sender = (row["sender"] or {}).get("address", "no clear sender")
    kind = row["automatic"]["kind"]
    common.say(f"[bold]{common.escape(row['subject'] or '(no subject)')}[/]")
    facts = {
        "file": row["path"],
        "from": f"{sender} · {f'a machine ({kind})' if kind else 'a person'}",
        "attached": _attached(row),
        "invites to": "; ".join(f"{one['summary']} {one['start']}".strip() for one in row["invitations"]),
        "signed": row["protection"]["signed"],
        "encrypted": row["protection"]["encrypted"],
    }
    for name, value in facts.items():
        if value:
            common.say(common.escape(value), f"  {name:11}")
    if row["error"]:
        common.say(f"[red]{common.escape(row['error'])}[/]", "  ")
        return
    if row["reply_text"].strip() or not row["forwarded_text"]:
        _print_words(row["reply_text"])
    if row["forwarded_text"]:
        common.say("Forwarded:", "  ")
        _print_words(row["forwarded_text"])


def _print_words(words: str) -> None:
    lines = words.strip().splitlines()
    common.print_quoted("\n".join(lines[:_QUOTED_LINES]))
    if len(lines) > _QUOTED_LINES:
        common.say(f"[dim]│ … {len(lines) - _QUOTED_LINES} more lines; --json has all[/]", "  ")


def _attached(row: dict[str, Any]) -> str:
    """Return the names of the files, also of those packed into others, and how many pictures stand in the text."""
    from mailbot.deciding.content import counted_pictures

    files = [one["name"] for one in row["attachments"] if one["role"] == "file"]
    parcels = [one for one in row["attachments"] if one["role"] == "packed"]
    files += [f"{one['name']} ({', '.join(one['inside']) or 'packed by Outlook'})" for one in parcels]
    pictures = sum(one["role"] == "picture" for one in row["attachments"])
    return "; ".join(filter(None, (", ".join(files), counted_pictures(pictures))))


def classify(
    context: typer.Context,
    paths: Paths,
    mailbox: common.MailboxOption = "",
    *,
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="ID", help="As if the people of this tenant wrote: its own words count.")
    ] = "",
    why: Annotated[
        bool,
        typer.Option("--explain", help="Also the rules that hit and did not decide, and what spoke against others."),
    ] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Show each message's tenant, severity and playbook, and the words that decided."""
    from mailbot.desk import border_of

    rules = common.place(context).rules()
    border = border_of(rules, common.mailbox(mailbox, rules))
    of = rules.tenant_by_id(tenant)
    if tenant and of is None:
        no_tenant(tenant, rules)

    _each(paths, lambda stored: _classified(stored, rules, border, of, others=why), _print_classified, as_json=as_json)


def _print_classified(row: dict[str, Any], *, first: bool) -> None:
    if first:
        common.out.print("[bold dim]" + _columns("SEVERITY", "PLAYBOOK", "TENANT", "SUBJECT") + "[/]")
    cells = (row["severity"], row["playbook"] or "-", row["tenant"] or "-", row["subject"] or "(no subject)")
    common.out.print(common.escape(_columns(*cells)), soft_wrap=True)
    for line in (row["path"], *explaining.told(row)):
        common.say(f"[dim]{common.escape(line)}[/]", " " * _FIRST_COLUMN)


def _columns(severity: str, playbook: str, tenant: str, subject: str) -> str:
    """Return one line as wide as the terminal. Messages come one by one: there are no widths to wait for."""
    line = Text()
    for cell, wide in ((severity, _FIRST_COLUMN - 2), (playbook, _SECOND_COLUMN), (tenant, _THIRD_COLUMN)):
        shown = Text(cell)
        shown.truncate(wide, overflow="ellipsis", pad=True)
        line.append_text(shown).append("  ")
    line.append(subject)
    line.truncate(common.width(), overflow="ellipsis")
    return line.plain


def _each(paths: list[Path], work: Callable[[StoredMessage], dict[str, Any]], show: Show, *, as_json: bool) -> None:
    """Do the work on every message, and say where there is none; leave with EX_NOINPUT if a path is missing."""
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        common.error(f"{path}: no such file or folder")
    count = 0
    for path in paths:
        before = count
        for stored in _messages([path] if path.exists() else [], quiet=as_json):
            count += 1
            row = work(stored)
            if as_json:
                common.print_json(row)
            else:
                show(row, first=count == 1)
        if path.exists() and count == before:
            common.error(f"{path}: there is no message in it")
    if missing:
        raise typer.Exit(common.EX_NOINPUT)


def _messages(paths: list[Path], *, quiet: bool) -> Iterator[StoredMessage]:
    from mailbot.intake.files import messages_in

    found = messages_in(paths)
    if quiet and common.err.is_terminal:
        yield from track(found, "Reading", console=common.err, transient=True)
    else:
        yield from found


def _read(stored: StoredMessage, border: Border) -> tuple[Message, Envelope]:
    from mailbot.errors import MessageError
    from mailbot.reading.message import read
    from mailbot.reading.model import Envelope, Message

    envelope = Envelope(stored.reverse_path)
    try:
        return read(stored.raw, envelope, border), envelope
    except MessageError as error:
        return Message(error=str(error)), envelope


def _parsed(stored: StoredMessage, border: Border) -> dict[str, Any]:
    from mailbot.reading.contract import as_contract

    return as_contract(stored.path, _read(stored, border)[0])


def _classified(
    stored: StoredMessage, rules: Rules, border: Border, of: Tenant | None, *, others: bool
) -> dict[str, Any]:
    from mailbot.deciding.explaining import explain
    from mailbot.deciding.tenants import tenant_of
    from mailbot.deciding.understanding import tenant_with_words

    message, envelope = _read(stored, border)
    explanation = explain(message, rules, of or tenant_with_words(message, envelope, rules))
    found = explanation.found
    tenant = of or tenant_of(message, envelope, rules).tenant
    return {
        "path": stored.path,
        "subject": message.subject,
        "tenant": tenant.id if tenant else None,
        "severity": str(found.severity),
        "playbook": str(found.playbook) if found.playbook else None,
        "evidence": explaining.evidence_rows(found.evidence),
        **(explaining.other_rows(explanation) if others else {}),
    }
