"""A change of the rules, articles or templates comes into force while the desk runs.

The rules are rules.toml, tenants.csv and learned.toml. A change does so whole or not at all. The files are looked at
every second. When they have changed, and nobody is writing to them any more, they are loaded and checked as for a
start. What is sound becomes the desk in force: a batch of messages that has begun is finished by the one before. What
is not changes nothing; the log says why, and our own people are told, once for each state of the files, and again
when all is well. SIGHUP, or `mailbot reload`, asks for a look at once.

Who asks, or writes a file with a secret anew, has mended something: servers that are waited for are tried at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection

from mailbot import config
from mailbot.deciding.effects import NoticeKind
from mailbot.desk import Desk
from mailbot.desk.operations import RefusedError
from mailbot.desk.slowpatterns import are_the_same
from mailbot.errors import MailbotError, Problem, StoreUnavailable
from mailbot.health import BEAT_WITHIN_SECONDS, Part
from mailbot.render import Templates
from mailbot.rules import Rules
from mailbot.service.folder import OpenFolder, provider_of
from mailbot.store import conditions
from mailbot.store.conditions import Condition

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
_MOST_TOLD = 5
_MOST_LINES = 50

Follow = Callable[[Desk], None]
"""Makes a part of the desk be as this one says; where it cannot it raises, and is to be called again."""
Fingerprint = frozenset[tuple[str, int, int, int]]


class Reload:
    """Watches the operator's files and puts what is sound in force."""

    def __init__(
        self,
        folder: Path,
        here: OpenFolder,
        parts: Sequence[Follow],
        now: Callable[[], datetime],
        part: Part,
        resume: Callable[[], list[str]],
    ) -> None:
        """Begin with the desk in force, `here.desk`.

        `parts` follow another one in this order, and where one of them cannot, they all follow the former one again.
        `part` is told that this lives, and of files that cannot be used. `resume` has servers tried at once and
        returns their names.
        """
        self._folder = folder
        self._here = here
        self._parts = parts
        self.in_force_at = now()
        """Since when the rules and templates are in force."""
        self._now = now
        self._part = part
        self._resume = resume
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._rules_seen, self._templates_seen = _rules_files(folder, here.desk.rules), _template_files(folder)
        self._started_with = here.desk.rules
        self._later = ""
        self._templates = here.desk.templates
        self._template_problems: tuple[Problem, ...] = ()
        self._told: set[frozenset[str]] = set()

    def ask(self) -> None:
        """Have the files looked at at once, changed or not. May be called from a signal handler."""
        self._asked.set()

    def run(self, stop: threading.Event) -> None:
        """Look until `stop`. Raise StoreError when the log cannot be written to any more."""
        # What the last run has left: with mistakes this one would not have started.
        self._note(None)
        self._forget_slow_patterns()
        before = self._rules_seen, self._templates_seen
        secrets_seen = secrets_before = self._secret_files()
        while not stop.is_set():
            self._part.beat(BEAT_WITHIN_SECONDS)
            asked = self._asked.wait(LOOK_SECONDS)
            self._asked.clear()
            if stop.is_set():
                break
            found = _rules_files(self._folder, self._here.desk.rules), _template_files(self._folder)
            changed = found != (self._rules_seen, self._templates_seen)
            # What still changes from one look to the next is half written.
            if asked or (changed and found == before):
                self.load()
            before = found
            secrets = self._secret_files()
            if asked or (secrets != secrets_seen and secrets == secrets_before):
                secrets_seen = secrets
                self._resume()
            secrets_before = secrets
        self._part.rest()

    def load(self) -> tuple[Problem, ...]:
        """Load the files and put them in force; return the errors that keep them from it."""
        with self._lock:
            rules, errors = self._read()
            if rules is not None and not errors:
                errors = self._use(rules)
            if errors:
                self._refused(errors)
            return errors

    def answer(self) -> str:
        """Return what became of a request to load the files; raise RefusedError with the errors."""
        if errors := self.load():
            listed = "\n".join(map(str, errors))
            raise RefusedError(f"not put in force, the desk goes on as before:\n{listed}")
        waited = self._resume()
        return "the rules and templates are in force" + (f"; tried again now: {', '.join(waited)}" if waited else "")

    def _secret_files(self) -> Fingerprint:
        return _fingerprint(config.secret_files(self._here.desk.rules, self._folder))

    def _read(self) -> tuple[Rules | None, tuple[Problem, ...]]:
        """Return the rules, None where they cannot be used, and every error in the files."""
        self._rules_seen, templates_seen = (
            _rules_files(self._folder, self._here.desk.rules),
            _template_files(self._folder),
        )
        try:
            rules, problems = config.inspect(self._folder, running=True)
            if templates_seen != self._templates_seen:
                self._templates_seen = templates_seen
                self._templates = Templates(self._folder / "templates")
                self._template_problems = self._templates.check()
        except Exception as error:  # noqa: BLE001 - a desk that runs must not end by whatever lies in the folder
            text = f"the files cannot be loaded: {type(error).__name__}: {error}"
            self._templates_seen = frozenset()
            return None, (Problem(str(self._folder), "", text),)
        return rules, tuple(one for one in (*problems, *self._template_problems) if not one.warning)

    def _use(self, rules: Rules) -> tuple[Problem, ...]:
        """Put these rules and the templates in force; return why that cannot be."""
        in_force = self._here.desk
        waiting = _waiting_for_a_start(self._started_with, rules)
        later = f"{' and '.join(waiting)} counts from the next start of mailbot" if waiting else ""
        # Every row of the log bears it.
        rules = rules.model_copy(update={"partner": rules.partner.model_copy(update={"id": in_force.partner})})
        # Equal rules stay the same object: what was made ready for them, in the process that reads as well, stays too.
        rules = in_force.rules if rules == in_force.rules else rules
        desk = replace(
            in_force, rules=rules, templates=self._templates, provider=provider_of(self._here.database, rules)
        )
        if desk != in_force:
            if failure := self._follow(desk):
                return (Problem(config.OPERATOR_FILE, "", failure),)
            self.in_force_at = self._now()
            if not are_the_same(in_force.rules, rules):
                self._forget_slow_patterns()
            changed = _changed(in_force.rules, rules)
            _log.info("rules-in-force", changed=changed, **({"at_next_start": later} if later else {}))
        if self._told or later not in {"", self._later}:
            self._note(None, NoticeKind.RULES_IN_FORCE, later)
        self._later = later
        self._told.clear()
        self._part.well()
        return ()

    def _follow(self, desk: Desk) -> str:
        """Have all parts follow this desk, or else the one in force again; return why, "" for success."""
        in_force = self._here.desk
        try:
            for follow in self._parts:
                follow(desk)
        except Exception as error:  # noqa: BLE001 - whatever it is, a desk that runs goes on
            failures = [_words(error)]
            for follow in self._parts:
                try:
                    follow(in_force)
                except MailbotError as again:
                    # A door whose port was taken meanwhile: the others are needed all the more.
                    failures.append(_words(again))
            return "; ".join(dict.fromkeys(failures))
        return ""

    def _refused(self, errors: tuple[Problem, ...]) -> None:
        words = [str(one) for one in errors]
        next_step = "mend them; `mailbot check` lists them all; until then the former ones stay in force"
        reason = f"the changed rules or templates cannot be used: {words[0]}"
        self._part.troubled(reason, next_step)
        if frozenset(words) in self._told:
            return
        self._told.add(frozenset(words))
        _log.error("rules-refused", problems=words[:_MOST_LINES], next_step=next_step)
        more = f"; and {len(words) - _MOST_TOLD} more" if len(words) > _MOST_TOLD else ""
        condition = Condition("rules", self._now(), reason, next_step, told=True)
        self._note(condition, NoticeKind.RULES_REFUSED, "; ".join(words[:_MOST_TOLD]) + more)

    def _forget_slow_patterns(self) -> None:
        desk = self._here.desk
        try:
            self._here.database.writer.write(lambda conn: conditions.end(conn, desk.partner, conditions.PATTERNS))
        except StoreUnavailable as error:
            _log.error("store-unavailable", error=str(error), next_step=error.next_step)

    def _note(self, condition: Condition | None, kind: NoticeKind | None = None, text: str = "") -> None:
        """Keep what is wrong at present, None for nothing, and have our own people told."""
        desk = self._here.desk

        def work(conn: Connection) -> None:
            if condition is None:
                conditions.end(conn, desk.partner, "rules")
            else:
                known = conditions.of(conn, desk.partner, condition.part)
                conditions.put(conn, desk.partner, replace(condition, since=known.since if known else condition.since))
            if kind is not None:
                desk.tell(conn, kind, text=text, now=self._now())

        try:
            self._here.database.writer.write(work)
        except StoreUnavailable as error:
            _log.error("store-unavailable", error=str(error), next_step=f"{error.next_step}; this notice is lost")


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, MailbotError) else f"{type(error).__name__}: {error}"


def _waiting_for_a_start(started_with: Rules, rules: Rules) -> list[str]:
    """Return the settings that only a start puts in force and that are other ones than at the last."""
    pairs = (
        ("partner.id", started_with.partner.id, rules.partner.id),
        ("operate.http", started_with.operate.http, rules.operate.http),
    )
    return [f'{name} = "{wanted}"' for name, begun, wanted in pairs if wanted != begun]


def _rules_files(folder: Path, rules: Rules) -> Fingerprint:
    files = [folder / name for name in (config.OPERATOR_FILE, config.TENANTS_FILE, config.LEARNED_FILE)]
    form = config.form_file(rules, folder)
    return _fingerprint((*files, *config.article_files(folder), *([form] if form else [])))


def _template_files(folder: Path) -> Fingerprint:
    templates = folder / "templates"
    return _fingerprint((*templates.glob("*"), *templates.glob("phrases/*")))


def _fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Return what tells one state of these files from another; what is not there is left out."""
    found = set()
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue
        found.add((str(path), state.st_mtime_ns, state.st_size, state.st_ino))
    return frozenset(found)


def _changed(former: Rules, rules: Rules) -> list[str]:
    """Return the settings that are other ones now, and the names of those that are gone; secrets masked."""
    before = config.effective(former).splitlines()
    after = config.effective(rules).splitlines()
    names = {_name(line) for line in after}
    gone = [f"no {name}" for name in dict.fromkeys(map(_name, before)) if name not in names]
    return [*(line for line in after if line not in before), *gone, *_articles(former, rules)][:_MOST_LINES]


def _articles(former: Rules, rules: Rules) -> list[str]:
    """Return the articles that are other ones now, and those that are gone."""
    before, after = ({article.id: article for article in one.articles} for one in (former, rules))
    changed = [f"article {name}" for name, article in after.items() if before.get(name) != article]
    return [*changed, *(f"no article {name}" for name in before if name not in after)]


def _name(line: str) -> str:
    return line.partition(" = ")[0]
