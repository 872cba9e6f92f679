"""`site`: the public pages, written now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli import common, opening
from mailbot.cli.help import add

if TYPE_CHECKING:
    from mailbot.deciding.incidents import Incident

_FEW = 5
To = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="Write them there instead, to look at them before they count."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    add(
        app,
        site,
        "mailbot site  the help pages and the status page, into the folder of [site]",
        "mailbot site --to /tmp/pages  to look at them first",
    )


def site(context: typer.Context, to: To = None, *, as_json: common.JsonOption = False) -> None:
    """Write the help pages and the status page now; a running desk writes them by itself when something changes."""
    from mailbot.config.publishing import ELSEWHERE, not_for_pages
    from mailbot.render import Templates
    from mailbot.render.public.folder import files
    from mailbot.service.publishing import publish, with_pictures

    place = common.place(context)
    rules = place.rules()
    if not rules.partner.brand:
        common.error("rules.toml names no brand yet; see `mailbot check`")
        raise typer.Exit(common.EX_CONFIG)
    if to is None and not rules.site.folder:
        common.error('rules.toml names no folder for these pages; write folder = "site" under [site], or add --to DIR')
        raise typer.Exit(common.EX_CONFIG)
    folder = to or place.folder / rules.site.folder
    if why := not_for_pages(folder, place.folder):
        common.error(f"{why}; {ELSEWHERE}")
        raise typer.Exit(common.EX_CANTCREAT)
    made = files(Templates(place.folder / "templates"), rules, _incidents(context), common.now())
    try:
        done = publish(folder, with_pictures(made, place.folder))
    except OSError as error:
        common.error(f"{error.filename or folder}: {error.strerror}")
        raise typer.Exit(common.EX_CANTCREAT) from error
    for problem in made.problems:
        common.error(f"a template of yours failed, the shipped one was used: {problem}")
    if as_json:
        common.print_json({"folder": str(folder), **common.row(done)})
        return
    said = [f"{common.counted(len(done.written), 'file')} written"]
    said += [f"{len(done.removed)} removed"] if done.removed else []
    said += [f"{done.same} as they were"] if done.same else []
    common.say(f"{', '.join(said)}, in {common.escape(str(folder))}")
    if done.left:
        named = ", ".join(done.left[:_FEW]) + (f" and {len(done.left) - _FEW} more" if len(done.left) > _FEW else "")
        common.error(f"not ours, and left as they are: {named}; move them, or give the pages another folder")


def _incidents(context: typer.Context) -> tuple[Incident, ...]:
    """Return the incidents of the log; none where there is no log yet."""
    from mailbot.service.folder import NoLogError
    from mailbot.store import incidents

    try:
        with opening.the_log(context, None) as view:
            return incidents.history(view.conn, view.partner)
    except NoLogError:
        return ()
