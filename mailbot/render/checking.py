"""Whether every mail can be written, tried before the first customer is answered.

Each template is compiled and rendered in every language with sample facts, once with everything
there is to say and once with as little as possible, so that the branches of a template are walked.
Errors point into the files as the operator wrote them. A file that cannot be read hides none in the others.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, TemplateSyntaxError

from mailbot.errors import Problem
from mailbot.render import NAMES, WEB_PAGES, Templates, WebFacts, render_in, web_page_in
from mailbot.render.catalogues import not_utf8, problems_of_phrases
from mailbot.render.facts import AnswerFacts, Facts
from mailbot.render.filters import environment
from mailbot.render.inlining import MisplacedError
from mailbot.render.needed import left_out
from mailbot.render.pages import FORMS, octets_in
from mailbot.render.phrases import LANGUAGES
from mailbot.render.pointing import in_our_quotes, nearest_filter, render_problem
from mailbot.render.public import samples as public
from mailbot.render.samples import PAGES, of_policy, samples

_ZONE = ZoneInfo("Europe/Berlin")
# A file that cannot be read at all: every mail that is made of it fails with it.
_TOLD_ALREADY = (TemplateSyntaxError, tomllib.TOMLDecodeError, UnicodeDecodeError)


def check(templates: Templates) -> tuple[Problem, ...]:
    """Return what is wrong with these templates and phrases, each once, by file and line.

    Where the operator has a folder with no file in it, nothing is tried: the shipped ones are well.
    """
    own = templates.folders[:-1]
    if own and not any(path.is_file() for folder in own for path in folder.rglob("*")):
        return ()
    plain = environment(templates.folders, inline=False)
    found = (
        *problems_of_phrases(templates.folders),
        *_syntax_problems(plain, templates.folders),
        *_misnamed(templates.folders),
        *_render_problems(templates, plain),
        *_page_problems(templates, plain),
    )
    return tuple(dict.fromkeys(found))


def _syntax_problems(plain: Environment, folders: tuple[Path, ...]) -> Iterator[Problem]:
    for name in plain.list_templates(extensions=["j2"]):
        try:
            plain.get_template(name)
        except TemplateSyntaxError as error:
            text = in_our_quotes(error.message or "syntax error")
            hint = nearest_filter(text, plain)
            yield Problem(error.filename or name, "", text, line=error.lineno, hint=hint)
        except UnicodeDecodeError as error:
            path = next((folder / name for folder in folders if (folder / name).is_file()), Path(name))
            yield not_utf8(path, error)


def _misnamed(folders: tuple[Path, ...]) -> Iterator[Problem]:
    """Yield files of the operator that look like one of ours but for a slip in the name."""
    shipped = {path.name for path in folders[-1].iterdir()}
    for folder in folders[:-1]:
        for path in sorted(folder.glob("*")):
            near = difflib.get_close_matches(path.name, shipped, n=1, cutoff=0.85)
            if path.is_file() and path.name not in shipped and near:
                text = "no mail uses a template of this name"
                yield Problem(str(path), "", text, hint=f"did you mean {near[0]}?", warning=True)


def _render_problems(templates: Templates, plain: Environment) -> Iterator[Problem]:
    for name in NAMES:
        for facts in samples(name):
            for language in LANGUAGES if name.startswith("customer-") else ("en",):
                yield from _mail_problems(templates, plain, name, facts, language)
    for name in WEB_PAGES:
        for page in of_policy() if name == "policy-page" else public.samples(name):
            for language in LANGUAGES:
                yield from _web_page_problems(templates, plain, name, page, language)


def _mail_problems(
    templates: Templates, plain: Environment, name: str, facts: Facts, language: str
) -> Iterator[Problem]:
    try:
        render_in(templates, plain, name, facts, language, _ZONE)
    except _TOLD_ALREADY:
        return
    except Exception as error:  # noqa: BLE001 - an operator's expression may raise anything
        yield render_problem(name, error, templates, language)
        return
    try:
        mail = render_in(templates, templates.environment, name, facts, language, _ZONE)
    except MisplacedError as error:
        yield Problem(error.file, "", str(error), line=error.line)
        return
    if isinstance(facts, AnswerFacts):
        parts = {"subject": mail.subject, "text": mail.text, "html": mail.html}
        yield from left_out(templates.folders, name, facts, language, parts)


def _web_page_problems(
    templates: Templates, plain: Environment, name: str, facts: WebFacts, language: str
) -> Iterator[Problem]:
    try:
        web_page_in(templates, plain, name, facts, language, _ZONE)
    except _TOLD_ALREADY:
        return
    except Exception as error:  # noqa: BLE001 - as with mails
        yield render_problem(name, error, templates, language)


def _page_problems(templates: Templates, plain: Environment) -> Iterator[Problem]:
    for form in FORMS:
        for facts in PAGES:
            try:
                octets_in(plain, form, facts)
            except _TOLD_ALREADY:
                pass
            except Exception as error:  # noqa: BLE001 - an operator's expression may raise anything
                yield render_problem(f"page-{form}.json.j2", error, templates, "en")
