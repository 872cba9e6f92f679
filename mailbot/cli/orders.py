"""The commands that agents write into their mail, on the command line: the same words, and the same code."""

from __future__ import annotations

import sys
from base64 import b64encode
from mimetypes import guess_type
from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli import common
from mailbot.cli.changes import As, Number, Numbers, Reason, Yes, hand_over, hand_over_each
from mailbot.cli.help import add

_Words = Annotated[list[str], typer.Argument(metavar="WORDS...", help="As in a mail.")]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    add(app, take, "mailbot take 1042 --as dana", "mailbot take 1042 1043 --as dana")
    add(app, ok, "mailbot ok 1042 --as dana")
    add(app, assign, "mailbot assign 1042 bob")
    add(app, escalate, 'mailbot escalate 1042 "calls drop after ten minutes" --as dana')
    add(app, tenant, "mailbot tenant 1042 acme", "mailbot tenant 1042 acme --yes")
    add(app, severity, "mailbot severity 1042 high", 'mailbot severity 1042 low --reason "only the hold music"')
    add(app, playbook, "mailbot playbook 1042 register")
    add(app, called, 'mailbot called 1042 "02:25 the router is back" --as dana')
    add(app, wait, "mailbot wait 1042 carrier until 12 dec")
    add(
        app,
        vendor,
        'mailbot vendor 1042 carrier --text "Please look at the route." --as dana',
        "mailbot vendor 1042 carrier --as dana --yes",
    )
    add(app, merge, "mailbot merge 1042 1041", "mailbot merge 1042 1041 --yes")
    add(app, for_, "mailbot for 1042 jane@acme.example", "mailbot for 1042 jane@acme.example --yes", name="for")
    add(
        app,
        new,
        'mailbot new for jane@acme.example --subject "Your number moves on Friday" --as dana < words.txt',
        'mailbot new for jane@acme.example --subject "The plan" --text "It is attached." --attach plan.pdf --yes',
    )
    add(app, allow, "mailbot allow 1042 sam@acme.example")
    add(app, spam, "mailbot spam 1042 1043")
    add(app, mute, "mailbot mute 1042 1d --as dana")
    add(app, away, "mailbot away until mon --as dana")
    add(app, undo, "mailbot undo", "mailbot undo --as dana")


def take(context: typer.Context, numbers: Numbers, agent: As = "", reason: Reason = "") -> None:
    """Make tickets an agent's."""
    hand_over_each(
        context, [{"verb": "take", "ticket": number, "agent": agent, "reason": reason} for number in numbers]
    )


def ok(context: typer.Context, numbers: Numbers, agent: As = "", reason: Reason = "") -> None:
    """Say that an agent has seen outages: nobody else is called about them, and their customers are told so once."""
    hand_over_each(context, [{"verb": "ok", "ticket": number, "agent": agent, "reason": reason} for number in numbers])


def assign(
    context: typer.Context,
    number: Number,
    to: Annotated[str, typer.Argument(metavar="AGENT", help="The colleague, by id or name.")],
    agent: As = "",
    reason: Reason = "",
) -> None:
    """Give a ticket to a colleague."""
    _order(context, number, f"#assign {to}", agent, reason)


def escalate(
    context: typer.Context,
    number: Number,
    words: Annotated[list[str] | None, typer.Argument(metavar="[WORDS...]", help="What they are to know.")] = None,
    agent: As = "",
) -> None:
    """Hand a ticket to the next tier, with words for them."""
    _order(context, number, f"#escalate {' '.join(words or ())}", agent, "")


def tenant(
    context: typer.Context,
    number: Number,
    whose: Annotated[str, typer.Argument(metavar="TENANT", help="The customer, by id or name.")],
    agent: As = "",
    *,
    confirmed: Yes = False,
    reason: Reason = "",
) -> None:
    """Say whose ticket it is; promised times follow."""
    _order(context, number, f"#tenant {whose}", agent, reason, confirmed=confirmed)


def severity(
    context: typer.Context,
    number: Number,
    level: Annotated[str, typer.Argument(metavar="LEVEL", help="critical, high, normal or low.")],
    agent: As = "",
    reason: Reason = "",
) -> None:
    """Say how bad it is; promised times follow."""
    _order(context, number, f"#severity {level}", agent, reason)


def playbook(
    context: typer.Context,
    number: Number,
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help='The common issue: "register", "port in" and so on.')],
    agent: As = "",
    reason: Reason = "",
) -> None:
    """Say which common issue it is."""
    _order(context, number, f"#playbook {issue}", agent, reason)


def called(context: typer.Context, number: Number, words: _Words, agent: As = "") -> None:
    """Count a call with the customer as an answer: when it was, if not just now, and what was said."""
    _order(context, number, f"#called {' '.join(words)}", agent, "")


def wait(context: typer.Context, number: Number, words: _Words, agent: As = "") -> None:
    """Have a ticket wait for something until a day; the customer is told the day, and on it the ticket comes back."""
    _order(context, number, f"#wait {' '.join(words)}", agent, "")


def vendor(
    context: typer.Context,
    number: Number,
    whom: Annotated[str, typer.Argument(metavar="VENDOR", help="The vendor, by id or name.")],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="Words of yours that go there as well.")] = "",
    agent: As = "",
    *,
    confirmed: Annotated[bool, typer.Option("--yes", help="Send it.")] = False,
) -> None:
    """File a ticket with a carrier or another vendor by mail. Without --yes you are shown what would go."""
    request = {"verb": "order", "ticket": number, "line": f"#vendor {whom}", "words": text, "agent": agent}
    hand_over(context, {**request, "confirmed": confirmed})


def merge(
    context: typer.Context,
    number: Number,
    into: Annotated[int, typer.Argument(metavar="M", parser=common.number, help="The ticket that it goes into.")],
    agent: As = "",
    *,
    confirmed: Yes = False,
    reason: Reason = "",
) -> None:
    """Make a ticket one with another. Across customers nobody gets anything of the other."""
    _order(context, number, f"#merge {into}", agent, reason, confirmed=confirmed)


def for_(
    context: typer.Context,
    number: Annotated[
        int, typer.Argument(metavar="N", parser=common.number, help="The ticket, or the message that was passed on.")
    ],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The customer's.")],
    agent: As = "",
    *,
    confirmed: Yes = False,
    reason: Reason = "",
) -> None:
    """Say whose it is: a ticket that an agent opened, or a mail that he passed on and that waits for his word."""
    request = {"verb": "whose", "ticket": number, "line": f"#for {address}", "agent": agent, "reason": reason}
    hand_over(context, {**request, "confirmed": confirmed})


def new(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="for ADDRESS", help="Whom you write to.")],
    subject: Annotated[str, typer.Option("--subject", metavar="TEXT", help="The subject.")] = "",
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="The words (default: from standard input).")] = "",
    attached: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file that goes along; several are fine.")
    ] = None,
    agent: As = "",
    *,
    confirmed: Annotated[bool, typer.Option("--yes", help="Send it.")] = False,
) -> None:
    """Open a ticket for a customer and write to them. Without --yes you are shown whom it would reach."""
    files = [
        {
            "name": path.name,
            "type": guess_type(path.name)[0] or "application/octet-stream",
            "octets": b64encode(path.read_bytes()).decode(),
        }
        for path in attached or ()
    ]
    said = text or ("" if sys.stdin.isatty() else sys.stdin.read())
    request = {"verb": "new", "line": f"#new {' '.join(words)}", "subject": subject, "text": said, "files": files}
    hand_over(context, {**request, "agent": agent, "confirmed": confirmed})


def allow(
    context: typer.Context,
    number: Number,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who may read and write in the ticket.")],
    agent: As = "",
    *,
    confirmed: Yes = False,
    reason: Reason = "",
) -> None:
    """Let an address into a ticket: it gets the answers from then on."""
    _order(context, number, f"#allow {address}", agent, reason, confirmed=confirmed)


def spam(context: typer.Context, numbers: Numbers, agent: As = "", reason: Reason = "") -> None:
    """Say that tickets are spam, and close them."""
    requests = [{"verb": "order", "ticket": one, "line": "#spam", "agent": agent, "reason": reason} for one in numbers]
    hand_over_each(context, requests)


def mute(context: typer.Context, number: Number, words: _Words, agent: As = "") -> None:
    """Send an agent nothing more of a ticket for a while."""
    _order(context, number, f"#mute {' '.join(words)}", agent, "")


def away(context: typer.Context, words: _Words, agent: As = "") -> None:
    """Send an agent no customers' mail until a day."""
    _order(context, None, f"#away {' '.join(words)}", agent, "")


def undo(context: typer.Context, agent: As = "") -> None:
    """Take back what you, or with --as an agent, did last; for a day."""
    hand_over(context, {"verb": "undo", "agent": agent})


def _order(
    context: typer.Context, number: int | None, line: str, agent: str, reason: str, *, confirmed: bool = False
) -> None:
    """Have a line be read and done as in an agent's mail."""
    request = {"verb": "order", "ticket": number, "line": line, "agent": agent, "reason": reason}
    hand_over(context, {**request, "confirmed": confirmed})
