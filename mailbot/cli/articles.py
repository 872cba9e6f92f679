"""`articles`: what customers can read for themselves, what of it helped, and what they ask that nobody wrote up yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from mailbot.cli import common, opening
from mailbot.cli.figures import week_of
from mailbot.cli.help import Group, add
from mailbot.errors import quoted

if TYPE_CHECKING:
    from mailbot.desk.mails.askedalike import AskedAlike
    from mailbot.figures.drafting import Draft
    from mailbot.figures.questions import Repeat
    from mailbot.rules import Article, Rules
    from mailbot.store.offered import Helped

_WEEKS = 13
_MOST_WEEKS = 520
_MOST_NUMBERS = 8
_READ_AT = "A running desk offers them from now on, and `mailbot site` writes their pages."
_READ_NOWHERE = "They are offered once [site] in rules.toml says where their texts can be read."

WeeksOption = Annotated[
    int,
    typer.Option(
        "--weeks", metavar="N", min=1, max=_MOST_WEEKS, help=f"Look at so many weeks, up to now (default: {_WEEKS})."
    ),
]
WeekOption = Annotated[str, typer.Option("--week", metavar="WEEK", help="One ISO week alone, such as 2026-W46.")]


def register(app: typer.Typer) -> None:
    """Add the family's commands."""
    articles = typer.Typer(
        cls=Group,
        help="What customers can read for themselves, how often it was offered and solved something, and what several "
        "of them asked that no article answers yet.",
        invoke_without_command=True,
        epilog="mailbot articles\nmailbot articles --week last\nmailbot articles --json | jq .key",
    )
    articles.callback()(list_)
    add(
        articles,
        start,
        "mailbot articles start  all of them, in the languages of your customers",
        "mailbot articles start outgoing-calls --language de",
    )
    add(
        articles,
        draft,
        "mailbot articles draft 1  the question that most customers asked",
        "mailbot articles draft hold-music --week 2026-W46",
    )
    app.add_typer(articles, name="articles")


def list_(
    context: typer.Context,
    week: WeekOption = "",
    weeks: WeeksOption = _WEEKS,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="How many questions at most (default: 10).")
    ] = 10,
    log: opening.LogOption = None,
    *,
    as_json: common.JsonOption = False,
) -> None:
    """List the articles, and what several customers asked that none answers."""
    if context.invoked_subcommand is not None:
        return
    from mailbot.desk.mails.askedalike import drafted, starter_of
    from mailbot.service.folder import NoLogError

    try:
        alike, rules, done = _looked_up(context, week, weeks, log)
    except NoLogError:
        if log is not None:
            raise
        _list_uncounted(common.place(context).rules(), as_json=as_json)
        return
    wanted = list(drafted(alike, rules))[:limit]
    starting = {made.key: starter_of(repeat, rules, made.language) for repeat, made in wanted}
    if as_json:
        for row in _articles(rules, done):
            common.print_json(row)
        for place, (repeat, made) in enumerate(wanted, 1):
            common.print_json(_question_object(place, repeat, made, starting[made.key]))
        return
    _print_articles(rules, done)
    common.out.print()
    _print_questions(wanted, starting, rules, week)


def _list_uncounted(rules: Rules, *, as_json: bool) -> None:
    """List the articles of a folder without a log: they can be looked over before the first mail comes."""
    from mailbot.store.offered import Helped

    none = Helped({}, {})
    if as_json:
        for row in _articles(rules, none):
            common.print_json(row)
        return
    _print_articles(rules, none)
    common.say(f"Nothing is counted yet: that begins with {common.command('run')}.")


def _print_articles(rules: Rules, done: Helped) -> None:
    """Print a line for each article, whatever languages it has."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for row in _articles(rules, done):
        by_name.setdefault(row["name"], []).append(row)
    rows = [
        (
            common.escape(name),
            " ".join(row["language"] for row in among),
            _counts(among, "offered"),
            _counts(among, "solved"),
            ", ".join(dict.fromkeys(filter(None, map(_state, among)))) or _unrecognised(among),
            common.escape(_title(among, rules.partner.language)),
        )
        for name, among in by_name.items()
    ]
    if rows:
        common.print_table(("ARTICLE", "IN", "OFFERED", "SOLVED", "", "TITLE…"), rows)
    else:
        common.say(f"No articles yet; {common.command('articles start')} brings some to begin with.")
    if several := done.by_one_of_several:
        solved = "ticket was solved" if several == 1 else "tickets were solved"
        common.say(f"{several} more {solved} by one of two that were offered.")


def _print_questions(
    wanted: Sequence[tuple[Repeat, Draft]], starting: dict[str, Article | None], rules: Rules, week: str
) -> None:
    from mailbot.render.digests import asked_about

    if not wanted:
        common.say("Nothing was asked by several customers that no article answers.")
        return
    common.say("[bold]Asked by several, and answered by no article[/]")
    rows = [
        (
            str(place),
            common.escape(made.key),
            str(repeat.tenants),
            str(len(repeat.asked)),
            common.escape(asked_about(repeat)),
            _numbers(repeat.tickets),
        )
        for place, (repeat, made) in enumerate(wanted, 1)
    ]
    common.print_table(("N", "KEY", "TENANTS", "TICKETS", "ABOUT…", "WHICH…"), rows)
    common.out.print()
    first = wanted[0][1]
    starter, drawn = starting[first.key], {article.name for article in rules.articles}
    if starter is not None:
        common.say(f"Next: {common.command(f'articles start {starter.name}')}")
    elif first.key not in drawn:
        common.say(f"Next: {common.command(f'articles draft {first.key}' + (f' --week {week}' if week else ''))}")


def start(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME…]", help="Which of them, such as outgoing-calls (default: all)."),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            "--language", metavar="XX", help="en, de, fr, es or pt; may stand several times (default: yours)."
        ),
    ] = None,
) -> None:
    """Copy ready articles into your folder, to be changed as you like; what is there already stays as it is."""
    from mailbot.config import ARTICLES_FOLDER, starters, starters_path

    place = common.place(context)
    rules = place.rules()
    languages = frozenset(language or _languages(rules))
    if unknown := sorted(languages - {one.language for one in starters()}):
        common.error(f"--language: there are en, de, fr, es, pt, and no {', '.join(map(quoted, unknown))}")
        raise typer.Exit(common.EX_USAGE)
    known = {one.name for one in starters()}
    for name in names or ():
        if name not in known:
            _no_article(name, known)
    chosen = [one for one in starters() if one.language in languages and one.name in (names or known)]
    there = {(one.name, one.language) for one in rules.articles}
    new = [one for one in chosen if (one.name, one.language) not in there]
    for one in new:
        file = f"{one.id}.md"
        _write(place.folder / ARTICLES_FOLDER / file, (starters_path() / file).read_text(encoding="utf-8"))
    if kept := len(chosen) - len(new):
        common.say(f"{common.counted(kept, 'article')} {'was' if kept == 1 else 'were'} there already.")
    if new:
        common.say(
            f"{common.counted(len(new), 'article')} copied into {common.typeable(place.folder / ARTICLES_FOLDER)}."
        )
        common.say("Read them first: menus and times may be others with you.")
        common.say(common.escape(_READ_AT if rules.site.address else _READ_NOWHERE))


def draft(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="N|KEY", help="A question's number or key, as `articles` lists it.")],
    week: WeekOption = "",
    weeks: WeeksOption = _WEEKS,
    log: opening.LogOption = None,
) -> None:
    """Write a draft of the article that a question wants: common words only, and none by which a customer is known."""
    from mailbot.config import ARTICLES_FOLDER
    from mailbot.desk.mails.askedalike import drafted
    from mailbot.render import Templates, drafts

    place = common.place(context)
    alike, rules, _ = _looked_up(context, week, weeks, log)
    wanted = list(drafted(alike, rules))
    by_key = {made.key: (repeat, made) for repeat, made in wanted} | {
        str(number): one for number, one in enumerate(wanted, 1)
    }
    if which not in by_key:
        _no_question(which, [made.key for _, made in wanted])
    repeat, made = by_key[which]
    wording = Templates(place.folder / "templates").wording(made.language, rules.partner.country, rules.partner.zone)
    steps = rules.playbook[made.playbook].steps if made.playbook in rules.playbook else ()
    why = f"Drafted by mailbot: {repeat.tenants} customers asked, in {common.counted(len(repeat.asked), 'ticket')}."
    path = place.folder / ARTICLES_FOLDER / f"{made.key}.{made.language}.md"
    _write(path, drafts.file(made, wording, why, steps))
    common.say(f"Written: {common.typeable(path)}")
    common.say("Finish it, and take out its line with draft; until then nobody is offered it.")


def _looked_up(context: typer.Context, week: str, weeks: int, log: Path | None) -> tuple[AskedAlike, Rules, Helped]:
    """Return what was asked alike in the week, or in so many up to now, the rules, and what articles did meanwhile."""
    from mailbot.desk.learned import rules_with_learned
    from mailbot.desk.mails.askedalike import asked_alike
    from mailbot.store.offered import helped

    with opening.the_log(context, log) as view:
        rules = rules_with_learned(view.conn, view.partner, view.rules)
        since, until = _span(week, weeks, rules)
        alike = asked_alike(view.conn, view.partner, rules, since, until)
        return alike, rules, helped(view.conn, view.partner, since, until)


def _span(week: str, weeks: int, rules: Rules) -> tuple[datetime, datetime]:
    if week:
        wanted = week_of(week, rules)
        return wanted.begins(rules.partner.zone), wanted.ends(rules.partner.zone)
    now = common.now()
    return now - timedelta(weeks=weeks), now


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet; leave with EX_CANTCREAT where one is, or it cannot be written."""
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        common.error(f"{path} is there already; move it away first")
        raise typer.Exit(common.EX_CANTCREAT) from error
    except OSError as error:
        common.error(f"{error.filename}: {error.strerror}")
        raise typer.Exit(common.EX_CANTCREAT) from error


def _languages(rules: Rules) -> Iterator[str]:
    """Yield the languages that customers are written to in."""
    yield rules.partner.language
    yield from (rules.locale(tenant).language for tenant in rules.tenant)


def _counts(among: Sequence[dict[str, Any]], what: str) -> str:
    """Return how often in all, and in which of its languages: "3: en 2, de 1"."""
    counted = {row["language"]: row[what] for row in among if row[what]}
    each = ", ".join(f"{language} {number}" if len(counted) > 1 else language for language, number in counted.items())
    whole = str(sum(counted.values()))
    return f"{whole}: {each}" if each and len(among) > 1 else whole


def _title(among: Sequence[dict[str, Any]], language: str) -> str:
    titles = {row["language"]: str(row["title"]) for row in among}
    return titles.get(language) or next(iter(titles.values()))


def _state(row: dict[str, Any]) -> str:
    if row["topic"] is None:
        return "gone"
    return "draft" if row["draft"] else "" if row["url"] else "nowhere to read"


def _unrecognised(among: Sequence[dict[str, Any]]) -> str:
    """Return what is said of an article that no mail is recognised by, in none of its languages."""
    return "" if any(row["recognised"] for row in among) else "no keywords"


def _numbers(tickets: Sequence[int]) -> str:
    more = f" and {len(tickets) - _MOST_NUMBERS} more" if len(tickets) > _MOST_NUMBERS else ""
    return ", ".join(f"#{ticket}" for ticket in tickets[:_MOST_NUMBERS]) + more


def _articles(rules: Rules, done: Helped) -> Iterator[dict[str, Any]]:
    """Yield the articles with what they did, ready for `print_json`; last those that were offered and are gone."""
    from mailbot.rules.articles import parted_id

    for one in rules.articles:
        head = {"title": one.title, "topic": one.topic, "url": rules.article_url(one), "draft": one.draft}
        recognised = bool(one.keywords or one.playbook)
        yield _article(one.id, one.name, one.language, done) | head | {"recognised": recognised}
    for gone in sorted(set(done.offered) - {one.id for one in rules.articles}):
        yield _article(gone, *parted_id(gone), done) | {
            "title": "",
            "topic": None,
            "url": "",
            "draft": False,
            "recognised": False,
        }


def _article(article: str, name: str, language: str, done: Helped) -> dict[str, Any]:
    offered, solved = done.offered.get(article, 0), done.solved.get(article, 0)
    return {
        "kind": "article",
        "id": article,
        "name": name,
        "language": language,
        "offered": offered,
        "solved": solved,
    }


def _question_object(place: int, repeat: Repeat, made: Draft, starter: Article | None) -> dict[str, Any]:
    return {
        "kind": "question",
        "n": place,
        "key": made.key,
        "tenants": repeat.tenants,
        "tickets": list(repeat.tickets),
        "about": list(repeat.about),
        "playbook": repeat.playbook,
        "asks": repeat.asks,
        "language": made.language,
        "starter": starter.name if starter else None,
    }


def _no_article(name: str, known: Iterable[str]) -> NoReturn:
    from mailbot.rules.nearest import did_you_mean

    hint = did_you_mean(name, known) or f"there are: {', '.join(sorted(known))}"
    common.error(f"there is no article {quoted(name)} to start with; {hint}")
    raise typer.Exit(common.EX_USAGE)


def _no_question(which: str, keys: Sequence[str]) -> NoReturn:
    from mailbot.rules.nearest import did_you_mean

    near = did_you_mean(which, keys)
    hint = near or (
        f"there are: {', '.join(keys[:_MOST_NUMBERS])}" if keys else "nothing was asked by several customers"
    )
    common.error(f"no question has the number or the key {quoted(which)}; {hint}")
    raise typer.Exit(common.EX_DATAERR)
