"""Answers of equal facts, written once: for each ticket only its own reference is filled in.

When a trunk fails, hundreds of customers get the same words within a minute: the same hours, the same
promise, another reference. Their mail is rendered and encoded twice, under two made-up references,
and kept as a form where exactly the references differ; the rest is filled in as octets.

A form is the same mail as a whole rendering would be, because of two things that are checked. The templates,
the operator's own included, do nothing with the reference but print it (`prints_only`, looked at once). And a
reference has as many digits as the made-up ones, so that lines break at the same places. Where either
fails, every answer is rendered whole, as is the first one of its kind, and one with a link of its reader's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, TemplateError, nodes
from jinja2.meta import find_referenced_templates

from mailbot.deciding.compose import Content, content_of
from mailbot.render import Templates, render
from mailbot.render.facts import AnswerFacts
from mailbot.rules.same import Same

# Other digits at every place.
_MADE_UP = ("8204719365", "3957286140")
_KEPT = 512
_HOLDING = frozenset({"reference", "subject_line"})
_BUFFERED = (nodes.FilterBlock, nodes.CallBlock, nodes.AssignBlock)

_other_facts = attrgetter(*(field.name for field in fields(AnswerFacts) if field.name not in {"reference", "hours"}))


@dataclass(frozen=True, slots=True)
class Written:
    """The texts of one answer, encoded; `problem` as in `render.Rendered`."""

    content: Content
    problem: str = ""


def written(templates: Templates, name: str, facts: AnswerFacts, language: str, zone: ZoneInfo) -> Written:
    """Return the answer `name` as `render` words it, for a reader of that language and zone."""
    return _forms(Same(templates)).written(name, facts, language, zone)


@lru_cache(maxsize=4)
def _forms(templates: Same[Templates]) -> _Forms:
    return _Forms(templates.object)


class _Forms:
    """The forms of one set of templates; None stands for facts that were seen once."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._known: dict[tuple[Any, ...], _Form | None] = {}
        self._prints_only = prints_only(templates.environment)

    def written(self, name: str, facts: AnswerFacts, language: str, zone: ZoneInfo) -> Written:
        digits = facts.reference
        fits = digits.isascii() and digits.isdigit() and len(digits) <= len(_MADE_UP[0])
        if not (self._prints_only and fits) or facts.offer.solved_to:
            return self._whole(name, facts, language, zone)
        key = (name, language, zone, len(digits), Same(facts.hours), *_other_facts(facts))
        if key not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[key] = None
            return self._whole(name, facts, language, zone)
        form = self._known[key]
        if form is None:
            first, second = (
                self._whole(name, replace(facts, reference=made_up[: len(digits)]), language, zone)
                for made_up in _MADE_UP
            )
            form = self._known[key] = _Form.of(first, second, len(digits))
        return form.filled(digits) or self._whole(name, facts, language, zone)

    def _whole(self, name: str, facts: AnswerFacts, language: str, zone: ZoneInfo) -> Written:
        rendered = render(self._templates, name, facts, language, zone)
        return Written(content_of(rendered.subject, rendered.text, rendered.html), rendered.problem)


@dataclass(frozen=True, slots=True)
class _Form:
    """An answer with a made-up reference; without content where that cannot be replaced."""

    content: Content | None
    made_up: str

    @classmethod
    def of(cls, first: Written, second: Written, digits: int) -> _Form:
        """Return the form of an answer that was written under the two made-up references."""
        one, other = (made_up[:digits] for made_up in _MADE_UP)
        replaced = _filled(first.content, one, other) == second.content
        replaced = replaced and _filled(second.content, other, one) == first.content
        return cls(first.content if replaced and not first.problem else None, one)

    def filled(self, reference: str) -> Written | None:
        """Return the answer with this reference, None where it has to be rendered whole."""
        return None if self.content is None else Written(_filled(self.content, self.made_up, reference))


def _filled(content: Content, made_up: str, reference: str) -> Content:
    old, new = made_up.encode("ascii"), reference.encode("ascii")
    return replace(
        content,
        subject=content.subject.replace(made_up, reference),
        parts=tuple(part.replace(old, new) for part in content.parts),
    )


def prints_only(environment: Environment) -> bool:
    """Return whether the templates for customers do nothing with the reference but print it.

    It may stand in `{{ … }}` by itself or as a value of `say(…)`, and alone in an `if`. What a macro returns
    may hold it, so that is printed only, too. In filters, comparisons, joined texts and variables
    it could change more than its own place.
    """
    names = [name for name in environment.list_templates(extensions=["j2"]) if name.startswith("customer-")]
    try:
        return all(map(_prints_only, _with_what_they_name(environment, names)))
    except TemplateError:
        return False


def _with_what_they_name(environment: Environment, names: Iterable[str]) -> Iterator[nodes.Template]:
    """Yield these templates and all that they are made of; of one that is named by a value, every one there is."""
    waiting, seen = list(names), set(names)
    while waiting:
        parsed = environment.parse(_source(environment, waiting.pop()))
        yield parsed
        for named in find_referenced_templates(parsed):
            new = {named} if named is not None else set(environment.list_templates(extensions=["j2"]))
            waiting += new - seen
            seen |= new


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None  # noqa: S101 - `filters.environment` gives it one
    return environment.loader.get_source(environment, name)[0]


def _prints_only(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return all(_printed(child) for child in node.nodes)
    if isinstance(node, _BUFFERED):
        return not any(_holds(child) for child in node.find_all(nodes.Expr))
    children: Iterable[nodes.Node] = node.iter_child_nodes()
    if isinstance(node, nodes.If):
        if not _is_asked_for(node.test):
            return False
        children = node.iter_child_nodes(exclude=("test",))
    return all(not _holds(child) if isinstance(child, nodes.Expr) else _prints_only(child) for child in children)


def _printed(node: nodes.Node) -> bool:
    """Return whether this expression in `{{ … }}` prints the reference as it is, or does not hold it."""
    if isinstance(node, nodes.Name):
        return True
    if isinstance(node, nodes.CondExpr):
        return _is_asked_for(node.test) and _printed(node.expr1) and (node.expr2 is None or _printed(node.expr2))
    if isinstance(node, nodes.Call):
        if _is_say(node):
            return not any(map(_holds, node.args)) and all(_printed(value.value) for value in node.kwargs)
        return not any(_holds(child) for child in node.iter_child_nodes(exclude=("node",)))
    return not _holds(node)


def _is_asked_for(test: nodes.Node) -> bool:
    """Return whether a condition only asks whether there is a reference: there always is."""
    if isinstance(test, nodes.Name):
        return True
    if isinstance(test, (nodes.And, nodes.Or, nodes.Not)):
        return all(_is_asked_for(child) for child in test.iter_child_nodes())
    return not _holds(test)


def _holds(node: nodes.Node) -> bool:
    """Return whether the value of an expression may hold the reference, also as the return of a macro."""
    if isinstance(node, nodes.Name):
        return node.name in _HOLDING
    if isinstance(node, nodes.Call) and not _is_say(node) and not _is_wording(node):
        return True
    return any(_holds(child) for child in node.iter_child_nodes())


def _is_say(node: nodes.Call) -> bool:
    return isinstance(node.node, nodes.Name) and node.node.name == "say" and not node.dyn_args and not node.dyn_kwargs


def _is_wording(node: nodes.Call) -> bool:
    callee = node.node
    return isinstance(callee, nodes.Getattr) and isinstance(callee.node, nodes.Name) and callee.node.name == "wording"
