"""Whether each pager can page its agent, and nobody else."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from mailbot.config.check import PLAIN, Check, is_address, is_this_machine, not_writable
from mailbot.config.merging import Finding
from mailbot.config.secret import read_secret, trouble_with
from mailbot.deciding.agents.team import is_desk
from mailbot.deciding.duetimes import MOST_PAGERS
from mailbot.deciding.signing import key_of
from mailbot.deciding.tenants import listed_tenants
from mailbot.errors import ConfigError, quoted
from mailbot.rules import Agent, Pager, Secret
from mailbot.rules.lines import Place

_WAYS = ("mail", "webhook", "command")
_SIGNED = ("plain", "slack")
_KEY_HINT = "the receiver checks signatures with the same one"
_SIGNED_BY = 'write secret = { file = "secrets/pager" }'


def pagers(check: Check) -> Iterator[Finding]:
    """Yield what is wrong with the pagers of each agent."""
    for index, agent in enumerate(check.rules.agent):
        if len(agent.pager) > MOST_PAGERS:
            place = ("agent", index, "pager", MOST_PAGERS)
            yield check.error(
                *place, text=f"is one more than the {MOST_PAGERS} that an agent can have", hint="leave it out"
            )
        for number, pager in enumerate(agent.pager):
            yield from _pager(check, agent, pager, ("agent", index, "pager", number))


def on_call(check: Check) -> Iterator[Finding]:
    """Yield who takes turns and has no pager, where others have one."""
    agents = {agent.id: agent for agent in check.rules.agent}
    if not any(agent.pager for agent in agents.values()):
        return
    for number, who in enumerate(check.rules.oncall.rota):
        if who in agents and not agents[who].pager:
            text = f"{agents[who].name} takes turns and has no pager: at night only a mail comes, which wakes nobody"
            hint = "write [[agent.pager]] for them"
            yield check.warning("oncall", "rota", number, text=text, hint=hint, given=(("agent",),))


def turns(check: Check) -> Iterator[Finding]:
    """Yield who is still paged by one way after another when the next one is called: the last ways come late."""
    rules = check.rules
    called = [one for one in rules.agent if one.outsourced or one.id in rules.oncall.rota]
    most = max(called, key=lambda one: len(one.pager), default=None)
    if most is None or len(called) == 1:
        return
    if (len(most.pager) - 1) * rules.oncall.next_pager > rules.oncall.next_after:
        text = f"the next one is called before all {len(most.pager)} pagers of {most.name} were tried"
        hint = "write a shorter next_pager, or a longer next_after"
        yield check.warning("oncall", "next_pager", text=text, hint=hint, given=(("oncall", "next_after"),))


def _pager(check: Check, agent: Agent, pager: Pager, place: Place) -> Iterator[Finding]:
    given = tuple((*place, way) for way in (*_WAYS, "form", "secret"))
    ways = [way for way in _WAYS if getattr(pager, way)]
    if len(ways) != 1:
        text = f"names {' and '.join(ways)}: nobody knows by which to page" if ways else "names no way to page"
        hint = f"write exactly one of {', '.join(_WAYS[:-1])} and {_WAYS[-1]}; repeat [[agent.pager]] for each"
        yield check.error(*place, text=text, hint=hint, given=given)
    if pager.mail:
        yield from _mail(check, agent, pager.mail, (*place, "mail"))
    if pager.webhook is not None:
        yield from _webhook(check, pager, place)
    elif pager.form != "plain":
        text = f'"{pager.form}" is a form of webhooks'
        yield check.error(*place, "form", text=text, hint="write webhook = …, or leave form out", given=given)
    if pager.command:
        yield from _command(check, pager.command[0], (*place, "command"))
    if pager.secret is not None:
        yield from _secret(check, pager, pager.secret, (*place, "secret"))
        if not pager.webhook and ways:
            text = f"a pager by {ways[0]} needs none"
            yield check.warning(*place, "secret", text=text, hint="leave it out", given=given)


def _mail(check: Check, agent: Agent, address: str, place: Place) -> Iterator[Finding]:
    customers = listed_tenants(address, check.rules)
    if not is_address(address):
        yield check.error(*place, text=f'"{address}" is no mail address', hint='write "name@domain"')
    elif reason := not_writable(address):
        yield check.error(*place, text=reason, hint=PLAIN)
    elif is_desk(address, check.rules):
        text = f"{address} comes back to this mailbox: it pages nobody"
        yield check.error(*place, text=text, hint=f"name an address that only {agent.name} reads")
    elif customers:
        text = f"{address} belongs to {customers[0].id}, who would be paged with what other customers write"
        yield check.error(*place, text=text, hint="name only your own people")


def _webhook(check: Check, pager: Pager, place: Place) -> Iterator[Finding]:
    if pager.webhook is None:
        return
    given = ((*place, "form"),)
    text, hint = trouble_with(pager.webhook, check.folder)
    if pager.webhook.url:
        text, hint = not_a_receiver(pager.webhook.url, pager.form)
    if text:
        yield check.error(*place, "webhook", text=text, hint=hint, given=given)
    elif pager.form == "pagerduty" and pager.secret is None:
        text = "nothing says to which service a page goes"
        hint = f"{_SIGNED_BY}, with the integration key in that file"
        yield check.error(*place, "secret", text=text, hint=hint, given=given)
    elif pager.form == "plain" and pager.secret is None and not is_here(pager.webhook.url):
        text = "pages are not signed: whoever knows the URL can page, too"
        yield check.warning(*place, "secret", text=text, hint=_SIGNED_BY, given=given)


def not_a_receiver(url: str, form: str) -> tuple[str, str]:
    """Return why no page can be posted to a URL and what to write, both "" where one can; never the URL itself."""
    parts = _parts(url)
    if parts is None or parts.scheme not in {"https", "http"} or not parts.hostname:
        return "is no URL", 'write "https://…"'
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        return "pages would cross the network for all to read", 'write "https://…"; "http://" is for this machine only'
    if parts.username is not None or parts.password is not None:
        return "names a user or a password", "let `secret` say where the token is"
    if not url.isascii() or re.search(r"[\s\x00-\x1f\x7f]", url):
        return "has a space or another letter that no URL has", "copy it anew"
    if form == "ntfy" and not re.fullmatch(r"(?:/[^/]+)*/[-_A-Za-z0-9]{1,64}", parts.path):
        return "ends with no topic of ntfy's", 'write "https://ntfy.sh/your-topic"'
    return "", ""


def is_here(url: str) -> bool:
    """Return whether a URL is this machine's own."""
    parts = _parts(url)
    return parts is not None and is_this_machine(parts.hostname or "")


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _command(check: Check, program: str, place: Place) -> Iterator[Finding]:
    if program_of(program, check.folder) is not None:
        return
    path = check.folder / Path(program).expanduser()
    if "/" in program and path.is_file() and not os.access(path, os.X_OK):
        yield check.error(*place, 0, text="this program may not be run", hint=f"chmod +x {program}")
    else:
        text = f"there is no program {quoted(program)}"
        hint = "write its whole path; the program and each of its arguments are an item of the list"
        yield check.error(*place, 0, text=text, hint=hint)


def program_of(program: str, folder: Path) -> str | None:
    """Return the program to run, None where there is none: a path that is not absolute starts in the folder."""
    return shutil.which(folder / Path(program).expanduser() if "/" in program else program)


def _secret(check: Check, pager: Pager, secret: Secret, place: Place) -> Iterator[Finding]:
    text, hint = trouble_with(secret, check.folder)
    if text:
        yield check.error(*place, text=text, hint=hint)
    elif pager.webhook is not None and pager.form in _SIGNED and not secret.command:
        try:
            key_of(read_secret(secret, check.folder))
        except ConfigError as error:
            yield check.error(*place, text=error.problems[0].text, hint="put the secret on its first line")
        except ValueError as error:
            yield check.error(*place, text=str(error), hint=_KEY_HINT, given=((*place[:-1], "form"),))
