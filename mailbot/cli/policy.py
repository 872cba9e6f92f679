"""`policy`: what you promise your customers, to read, to put on a web page, and to send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli import common, opening
from mailbot.cli.changes import agreed, hand_over
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.desk.mails.promising import Telling
    from mailbot.render import PolicyFacts
    from mailbot.rules import Rules, Tenant

_NAMES = {
    "critical.response": "critical answer",
    "critical.resolution": "critical end",
    "high.response": "high answer",
    "high.resolution": "high end",
    "normal.response": "normal answer",
    "normal.resolution": "normal end",
    "low.response": "low answer",
    "low.resolution": "low end",
    "emergency_number": "emergency number",
    "status_page": "status page",
}
_FEW = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        policy,
        "mailbot policy  what everybody is promised",
        "mailbot policy --tenant acme --language de",
        "mailbot policy --html policy.html  for your website",
        "mailbot policy --send  to all who were not told this yet",
    )


def policy(
    context: typer.Context,
    tenant: Annotated[str, typer.Option("--tenant", metavar="ID", help="What this customer is promised.")] = "",
    language: Annotated[str, typer.Option("--language", metavar="XX", help="en, de, fr, es or pt.")] = "",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a web page.")] = None,
    mail: Annotated[Path | None, typer.Option("--mail", metavar="FILE", help="Write the mail as it would go.")] = None,
    *,
    send: Annotated[bool, typer.Option("--send", help="Mail it to all who were not told this version yet.")] = False,
    confirmed: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,
    as_json: common.JsonOption = False,
) -> None:
    """Show what you promise in writing: times, hours, numbers, and how you are reached at 2 a.m. on Sunday."""
    from mailbot.render import LANGUAGES
    from mailbot.render.policies import policy_facts

    forms = [
        name for name, wanted in (("--html", html), ("--mail", mail), ("--send", send), ("--json", as_json)) if wanted
    ]
    if len(forms) > 1:
        common.error(f"{' and '.join(forms)} are several things; ask for one")
        raise typer.Exit(common.EX_USAGE)
    rules = common.place(context).rules()
    whose = rules.tenant_by_id(tenant)
    if tenant and whose is None:
        opening.no_tenant(tenant, rules)
    if language and language not in LANGUAGES:
        common.error(f"--language: there are {', '.join(LANGUAGES)}")
        raise typer.Exit(common.EX_USAGE)
    if not (rules.partner.brand and rules.partner.address):
        common.error("rules.toml names no brand or no support address yet; see `mailbot check`")
        raise typer.Exit(common.EX_CONFIG)
    if send:
        _send(context, rules, tenant, confirmed=confirmed)
        return
    language = language or rules.locale(whose).language
    facts = policy_facts(rules, whose, common.now(), language)
    if as_json:
        common.print_json(_as_object(facts, tenant))
    else:
        _render(context, facts, language, rules, whose, html, mail)


def _render(
    context: typer.Context,
    facts: PolicyFacts,
    language: str,
    rules: Rules,
    tenant: Tenant | None,
    html: Path | None,
    mail: Path | None,
) -> None:
    """Write or print it; leave with EX_CANTCREAT where a file cannot be written."""
    from mailbot.desk.mails.promising import draft
    from mailbot.render import Templates, render, web_page

    templates, zone = Templates(common.place(context).folder / "templates"), rules.locale(tenant).zone
    try:
        if html is not None:
            html.write_text(web_page(templates, "policy-page", facts, language, zone).html, encoding="utf-8")
            return
        rendered = render(templates, "customer-policy", facts, language, zone)
        if mail is not None:
            mail.write_bytes(draft(rules, tenant, rendered, language, facts.now))
            return
    except OSError as error:
        common.error(f"{error.filename}: {error.strerror}")
        raise typer.Exit(common.EX_CANTCREAT) from error
    common.out.print(f"[bold]Subject:[/] {common.escape(rendered.subject)}")
    common.out.print()
    sys.stdout.write(rendered.text)


def _as_object(facts: PolicyFacts, tenant: str) -> dict[str, Any]:
    """Return it as plain values, for programs."""
    from mailbot.deciding.promises import told, version

    named, night = told(facts.promised), facts.night
    return {
        "tenant": tenant or None,
        "version": version(named),
        "told": named,
        "on_call": facts.promised.on_call,
        "answering_service": facts.promised.answering_service,
        "alerted": facts.promised.alerted,
        "night_at": night.at,
        "night_opens_at": night.opens_at,
        "night_answer_by": night.answer_by,
        "closed": [{"first": one.first, "last": one.last, "name": one.name} for one in facts.closed],
    }


def _send(context: typer.Context, rules: Rules, tenant: str, *, confirmed: bool) -> None:
    """Show who is to be told what, ask, and have it told."""
    from mailbot.desk.mails import promising
    from mailbot.store import promised

    with opening.the_log(context, None) as view:
        tellings = tuple(promising.untold(promised.told(view.conn, view.partner), rules, tenant))
    nobody = promising.unreachable(rules, tenant)
    for one in nobody:
        common.error(
            f"{one.name} ({one.id}) has no address to write to; "
            'write contact = "Name <name@their.domain>" under its [[tenant]]'
        )
    if not tellings:
        common.say("All have been told." if rules.tenant and not nobody else "Nobody else is to be told.")
        return
    common.print_table(("TENANT", "TO…", "VERSION", "WHAT IS NEW…"), map(_row, tellings))
    if not confirmed and not agreed(f"Send {common.counted(len(tellings), 'mail')}?"):
        raise typer.Exit(1)
    hand_over(
        context,
        {"verb": "policy", "tellings": [[one.tenant.id, one.address, one.version] for one in tellings]},
    )


def _row(one: Telling) -> tuple[str, ...]:
    from mailbot.desk.mails.promising import news

    if one.before is None:
        what = "told for the first time"
    else:
        names = [_NAMES.get(name, name) for name in news(one)]
        more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
        what = (", ".join(names[:_FEW]) + more) or "the last mail did not arrive"
    return common.escape(one.tenant.id), common.escape(one.address), one.version, common.escape(what)
