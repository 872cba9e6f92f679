"""docs/rules.md: every key of rules.toml, what it means, and what holds without it.

Meanings are the comments of the shipped rules.toml, so that they are told once; which keys
there are, and their defaults, the models say. `python -m mailbot.config.reference` prints it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache

from mailbot.config import load, shipped_path
from mailbot.config.effective import written
from mailbot.config.shape import keys_at, table_at
from mailbot.rules import Rules, Secret
from mailbot.rules.lines import Place, lines_of

_BEGIN, _END = "# ==== severity rules and playbooks: begin", "# ==== severity rules and playbooks: end"
_INTRODUCTION = """\
# rules.toml

<!-- Made from the models and the comments of rules.toml: python -m mailbot.config.reference > docs/rules.md -->

Your settings stand in a file `rules.toml` in your folder. It is laid over the shipped
[rules.toml](../rules.toml), which is the reference: tables and keys that you leave out stay as
they are there, and a list that you give replaces the shipped one. A rule with the id of a
shipped one changes that rule; `disabled = true` takes it away. `mailbot check` names every
mistake with its line, the nearest right key and the next step.

- Durations are written `"90s"`, `"15m"`, `"4h"`, `"3d"`, `"2w"` or `"1h 30m"`.
- Senders that you accept as a tenant's with `mailbot senders accept` stand in `learned.toml` beside it. What
  rules.toml and `tenants.csv` say comes first. `mailbot senders` lists who writes without being listed, and whose
  customer that may be.
- Tenants may stand in `tenants.csv` beside it as well: see below.

## When a change counts

A running desk looks at rules.toml, tenants.csv, learned.toml and `templates/` every second. What is sound comes into
force within seconds, whole, between two messages; what is not changes nothing. Then the log says
`rules-refused` with every problem, your people get one mail about it, and another one when all is well.
`mailbot reload` (or SIGHUP) has them looked at now, and prints what is wrong.

- A mailbox, a door under `[listen]` or the relay that is configured otherwise is opened anew; the others
  are not disturbed.
- `partner.id`, `operate.http` and environment variables count from the next start; of the first two the log
  and a mail say so.
- A tenant that you take out keeps its tickets. Its people write as strangers from then on: what they add to a ticket by
  answering our mail is still filed there, and your people are told.

## Tenants in a spreadsheet

`tenants.csv` in your folder is a table of tenants, saved by a spreadsheet as "CSV UTF-8". They count as those under
`[[tenant]]`, which may stand in rules.toml besides; a tenant with hours or promises of its own stands there. The first
line names the columns, in any order, as the keys of [`[[tenant]]`](#tenant) without `hours` and `severity`; only id and
name have to be there:

    id,name,addresses,domains,Phone numbers,zone,Critical keywords
    acme,Acme Dental,jane@acme.example; bob@acme.example,acme.example,+1 212 555 0199,America/New_York,x-ray server

- Words that count for one tenant only stand in a column that is called as [their list](#words): Critical keywords,
  not-critical.
- Several values in a cell stand apart by `;` or `,`, addresses and domains also by spaces. Write phone numbers into
  columns that are formatted as text: of others a spreadsheet makes 1.21255E+10.
- Cells are parted by comma, semicolon or tab. Capitals, spaces and underscores in names of columns make no difference.
- Mistakes are told with line and column, together with all others: `tenants.csv:3: column F, tenant[acme].zone: …`.

## Secrets

No secret stands in rules.toml. A `password`, `token` or `secret` says where it is, in one of three ways; so may the
`webhook` of a pager:

| written | means |
|---|---|
| `{ env = "NAME" }` | the environment variable of that name |
| `{ file = "PATH" }` | the first line of a file, which others may not read; a relative path starts in your folder |
| `{ command = "PROGRAM ARGUMENTS" }` | the first line that a program prints, run without a shell, within 30 s |
"""
_WORDS = """\
```toml
[words]
meeting-rooms = ["meeting|conference room", "board room"]    # a list of your own
now-and-then = ["@now-and-then", "every other day"]          # a shipped list, and more words
my-own = ["my phone"]                                        # in place of a shipped list
critical-keywords = ["fire panel", "lift phone*"]            # words that make a mail critical by themselves
not-critical = ["@not-critical", "fire drill"]               # … and that speak against it in their sentence

[[severity.high.rule]]
id = "meeting-room"
state = ["@broken", "dark"]        # the words of a list, and one more
scope = ["@meeting-rooms"]
```

`"@name"` works in `state`, `scope`, `unless`, `unless_anywhere` and in lists of words. A list of one rule only is named
after it, as `many-down-state`; `not-high` is against all rules of [severity.high], and `high-keywords` are words of
your own that make a mail high by themselves, unless `not-high` speaks against them. Each severity and common issue has
such a pair of lists (`port-in-keywords`, `not-port-in`). `mailbot classify --explain` shows what spoke for and against.

What is critical at one customer may be nothing at another. A tenant's words are added to the lists of all, for mail
of the addresses and domains that are listed for it. They replace none; "not-" lists take back what counts elsewhere:

```toml
[[tenant]]
id = "acme"
name = "Acme Dental"
domains = ["acme.example"]
words.critical-keywords = ["x-ray server"]           # wakes you for this customer only
words.not-high = ["waiting room phone"]              # any list under [words] may be named
```

- For who writes for several tenants the words of the one that the mail names count; where it names none, those of the
  one by which it is worst. For a stranger who names one, none count.
- `rules try` and `classify` take `--tenant acme`; in examples for `rules test`, `tenant = "acme"` says who writes.

Trying words before they count:

- `mailbot rules try "fire panel" --severity critical` goes through the mail in your log, tells which tickets would have
  been raised and how often it would have woken you, and prints the line to add. `--exclude` tries words against it.
- `mailbot rules test` puts examples of your own to the rules, for a cron job or a pre-commit hook. They stand in
  `examples.toml` beside rules.toml; without one the command shows what to write. None are shipped: what counts are
  the words of your customers, and those that you take otherwise than we do would be misses for ever.

These lists are shared by several rules:
"""


def config_reference() -> str:
    """Return docs/rules.md: a section for each table of rules.toml, in the file's order."""
    text = example_text()
    return "\n".join([_INTRODUCTION, *_sections(text)])


def example_text() -> str:
    """Return the shipped rules.toml with its examples switched on and without severity rules and playbooks."""
    text = shipped_path().read_text(encoding="utf-8")
    if _BEGIN in text:
        before, _, rest = text.partition(_BEGIN)
        text = before + rest.partition(_END)[2].partition("\n")[2]
    return re.sub(r"(?m)^#(?=[\w\[])", "", text)


def _sections(text: str) -> Iterator[str]:
    lines, places = text.splitlines(), lines_of(text)
    headers = {number: found for number, line in enumerate(lines, 1) if (found := re.match(r"\[+([\w.]+)\]+$", line))}
    by_line = {number: max((place for place, at in places.items() if at == number), key=len) for number in headers}
    own_sections = set(by_line.values())
    yield from _section("At the top of the file", (), "", own_sections, lines, places)
    for number, found in headers.items():
        yield from _section(f"`{found[0]}`", by_line[number], _comment(lines, number), own_sections, lines, places)
        if by_line[number] == ("severity", "high"):
            yield from _promises()


def _section(
    title: str, table: Place, comment: str, own_sections: set[Place], lines: list[str], places: dict[Place, int]
) -> Iterator[str]:
    yield f"## {title}\n"
    if comment:
        yield f"{comment}\n"
    if table == ("words",):
        yield from _shared_words()
        return
    yield "| key | without it | meaning |\n|---|---|---|"
    for place in _keys(table, own_sections):
        name = ".".join(str(step) for step in place[len(table) :])
        number = places.get(place)
        if number is None:
            raise LookupError(f"rules.toml does not name {'.'.join(map(str, place))}")
        yield f"| `{name}` | {_default(place)} | {_cell(_comment(lines, number))} |"
    yield ""


def _shared_words() -> Iterator[str]:
    """Yield how lists of words are named and changed, and the shipped ones."""
    yield _WORDS
    yield "| list | its words |\n|---|---|"
    text = shipped_path().read_text(encoding="utf-8")
    lines, places = text.splitlines(), lines_of(text)
    for number, name in sorted((number, place[1]) for place, number in places.items() if _is_list_of_words(place)):
        if comment := _comment(lines, number):
            yield f"| `{name}` | {_cell(comment)} |"
    yield ""


def _is_list_of_words(place: Place) -> bool:
    return place[:1] == ("words",) and len(place) == len(("words", "name"))


def _keys(table: Place, own_sections: set[Place]) -> Iterator[Place]:
    """Yield the keys of a table; inner tables without a section of their own are written with dots."""
    for key in keys_at(table):
        place = (*table, key)
        inner = table_at(place)
        if any(section[: len(place)] == place for section in own_sections):
            continue
        if inner is None or issubclass(inner, Secret) or place[-1] == "hours" or place[:3:2] == ("tenant", "severity"):
            yield place
        else:
            yield from _keys(place, own_sections)


def _comment(lines: list[str], number: int) -> str:
    """Return the comment that ends right above a line, counted from 1."""
    said: list[str] = []
    while number > 1 and lines[number - 2].startswith("# "):
        number -= 1
        said.insert(0, lines[number - 1][2:].strip())
    return " ".join(said)


def _default(place: Place) -> str:
    """Return what holds where the operator writes nothing: the shipped value, else the model's own."""
    table = table_at(place[:-1])
    if table is None:
        raise LookupError(f"there is no table at {place[:-1]}")
    field = table.model_fields[str(place[-1])]
    if place[-1] in {"password", "token", "webhook", "secret"}:
        return "none"
    if place[0] in {"severity", "playbook"} and "rule" not in place:
        return "as shipped"
    if field.is_required():
        return "needed"
    if place == ("public_domains",):
        return "well-known ones"
    value = _shipped(place)
    if value is None:
        value = field.get_default(call_default_factory=True)
    return "as the partner's" if value is None else f"`{_cell(written(value))}`"


@cache
def _shipped_rules() -> Rules:
    return load(None)


def _shipped(place: Place) -> object:
    value: object = _shipped_rules()
    for step in place:
        value = getattr(value, step, None) if isinstance(step, str) else None
    return value


def _promises() -> Iterator[str]:
    yield "| severity | response | resolution | clock |\n|---|---|---|---|"
    for severity, promised in _shipped_rules().severity.items():
        response, resolution = written(promised.response).strip('"'), written(promised.resolution).strip('"')
        yield f"| {severity} | {response} | {resolution} | {promised.clock} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(config_reference())
