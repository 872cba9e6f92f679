"""`parse` and `classify`: what mailbot reads in a message, without keeping or answering it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import track

from mailbot.cli import common
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.intake.files import StoredMessage
    from mailbot.reading.model import Border
    from mailbot.rules import Rules

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Messages: .eml files, mboxes, Maildirs, or folders of them."),
]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, parse, "mailbot parse mail.eml", "mailbot parse --json inbox/*.eml | jq .reply_text")
    add(app, classify, "mailbot classify ~/Maildir", "mailbot classify --json past.mbox | jq .severity")


def parse(
    context: typer.Context, paths: Paths, mailbox: common.MailboxOption = "", *, as_json: common.JsonOption = False
) -> None:
    """Show what is read in each message: sender, new text, attachments, verdicts."""
    from mailbot.desk import border_of

    rules = common.place(context).rules()
    border = border_of(rules, common.mailbox(mailbox, rules))

    def show(path: str, row: dict[str, Any]) -> None:
        sender = row["sender"] or {}
        verdict = row["automatic"]["kind"] or "a person"
        common.out.print(f"[bold]{common.escape(path)}[/]  {common.escape(row['subject'] or '(no subject)')}")
        common.out.print(f"  from {common.escape(sender.get('address', 'no clear sender'))} · {verdict}")
        for line in row["reply_text"].strip().splitlines()[:6]:
            common.out.print(f"  [dim]│[/] {common.escape(line)}")
        if row["error"]:
            common.out.print(f"  [red]{common.escape(row['error'])}[/]")

    _each(paths, lambda stored: _parsed(stored, border), show, as_json=as_json)


def classify(
    context: typer.Context, paths: Paths, mailbox: common.MailboxOption = "", *, as_json: common.JsonOption = False
) -> None:
    """Show each message's tenant, severity and playbook, and the words that decided."""
    from mailbot.desk import border_of

    rules = common.place(context).rules()
    border = border_of(rules, common.mailbox(mailbox, rules))

    def show(path: str, row: dict[str, Any]) -> None:
        playbook = row["playbook"] or "-"
        common.out.print(
            f"{common.escape(row['severity']):<9}{playbook:<20}{row['tenant'] or '-':<16}{common.escape(path)}"
        )
        for hit in row["evidence"]:
            words = common.escape(hit["words"])
            common.out.print(f"[dim]         {hit['rule']}: “{words}” in the {hit['where']}[/]")

    _each(paths, lambda stored: _classified(stored, rules, border), show, as_json=as_json)


def _each(
    paths: list[Path],
    work: Callable[[StoredMessage], dict[str, Any]],
    show: Callable[[str, dict[str, Any]], None],
    *,
    as_json: bool,
) -> None:
    """Do the work on every message; leave with EX_NOINPUT if a path is missing."""
    missing = [path for path in paths if not path.exists()]
    for path in missing:
        common.error(f"{path}: no such file or folder")
    for stored in _messages([path for path in paths if path.exists()], quiet=as_json):
        row = work(stored)
        if as_json:
            common.print_json(row)
        else:
            show(row["path"], row)
    if missing:
        raise typer.Exit(common.EX_NOINPUT)


def _messages(paths: list[Path], *, quiet: bool) -> Iterator[StoredMessage]:
    from mailbot.intake.files import messages_in

    found = messages_in(paths)
    if quiet and common.err.is_terminal:
        yield from track(found, "Reading", console=common.err, transient=True)
    else:
        yield from found


def _parsed(stored: StoredMessage, border: Border) -> dict[str, Any]:
    from mailbot.errors import MessageError
    from mailbot.reading.contract import as_contract
    from mailbot.reading.message import read
    from mailbot.reading.model import Envelope, Message

    try:
        message = read(stored.raw, Envelope(stored.reverse_path), border)
    except MessageError as error:
        message = Message(error=str(error))
    return as_contract(stored.path, message)


def _classified(stored: StoredMessage, rules: Rules, border: Border) -> dict[str, Any]:
    from mailbot.deciding.classify import classify as classify_message
    from mailbot.deciding.tenants import tenant_of
    from mailbot.errors import MessageError
    from mailbot.reading.message import read
    from mailbot.reading.model import Envelope, Message

    envelope = Envelope(stored.reverse_path)
    try:
        message = read(stored.raw, envelope, border)
    except MessageError as error:
        message = Message(error=str(error))
    found = classify_message(message, rules)
    tenant = tenant_of(message, envelope, rules).tenant
    return {
        "path": stored.path,
        "tenant": tenant.id if tenant else None,
        "severity": str(found.severity),
        "playbook": str(found.playbook) if found.playbook else None,
        "evidence": [{"rule": hit.rule, "where": hit.where, "words": hit.words} for hit in found.evidence],
    }
