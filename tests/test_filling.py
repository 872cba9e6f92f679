"""Answers of equal facts are filled in, not rendered anew; what leaves is the same, octet for octet."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.compose import content_of
from mailbot.deciding.effects import AnswerKind
from mailbot.render import LANGUAGES, AnswerFacts, Templates, filling, render
from mailbot.render.filling import Written, prints_only, written
from mailbot.rules import Hours

TEMPLATES = Templates(None)
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FACTS = AnswerFacts(
    now=NOW,
    brand="Northwind Voice",
    reference="1042",
    hours=Hours(region="US"),
    promised_at=NOW + timedelta(hours=4),
    opens_at=NOW + timedelta(hours=16),
    emergency_number="+1 202 555 0142",
    escalation_phone="+1 202 555 0100",
)
NAMES = [f"customer-{kind}" for kind in AnswerKind]


def whole(templates: Templates, name: str, facts: AnswerFacts, language: str = "en") -> Written:
    """Return the answer as it is without a form."""
    rendered = render(templates, name, facts, language, ZONE)
    return Written(content_of(rendered.subject, rendered.text, rendered.html), rendered.problem)


@given(
    name=st.sampled_from(NAMES),
    language=st.sampled_from(LANGUAGES),
    numbers=st.integers(1, 8).flatmap(
        lambda digits: st.lists(st.integers(10 ** (digits - 1), 10**digits - 1), min_size=3, max_size=5)
    ),
    brand=st.sampled_from(["Northwind Voice", "Büro 8204 Süd", "3957 Ltd", "<b>&"]),
    # The text before the reference grows letter by letter, so that it crosses the ends of encoded lines.
    signature=st.text("aé =\n", max_size=90),
    minutes=st.integers(0, 10_000),
    critical=st.booleans(),
    numbered=st.booleans(),
)
def test_every_answer_is_what_a_whole_rendering_would_be(
    *,
    name: str,
    language: str,
    numbers: list[int],
    brand: str,
    signature: str,
    minutes: int,
    critical: bool,
    numbered: bool,
) -> None:
    facts = replace(
        FACTS,
        now=NOW + timedelta(minutes=minutes),
        brand=brand,
        signature=signature,
        critical=critical,
        emergency_number="+1 820 471 9365" if numbered else "",
    )
    for number in numbers:
        asked = replace(facts, reference=str(number))
        assert written(TEMPLATES, name, asked, language, ZONE) == whole(TEMPLATES, name, asked, language)


def test_a_hundred_answers_of_one_minute_are_rendered_three_times() -> None:
    templates = Templates(None)
    with mock.patch.object(filling, "render", wraps=render) as rendering:
        for number in range(1000, 1100):
            written(templates, NAMES[0], replace(FACTS, reference=str(number)), "en", ZONE)
        assert rendering.call_count == 3
        written(templates, NAMES[0], replace(FACTS, now=NOW + timedelta(minutes=1)), "en", ZONE)
        assert rendering.call_count == 4


@pytest.mark.parametrize(
    "line",
    [
        "{{ reference|int + 1 }}",
        "{{ reference[::-1] }}",
        "{{ 'even' if reference|int is even else 'odd' }}",
        "{% if reference == '1007' %}lucky{% endif %}",
        "{% set sum = reference ~ '0' %}{{ sum }}",
        "{% set kept %}{{ reference }}{% endset %}{{ kept|reverse }}",
        "{% filter reverse %}{{ reference }}{% endfilter %}",
        "{% macro own() %}{{ reference }}{% endmacro %}{{ own()|reverse }}",
        "{% macro own() %}{{ reference }}{% endmacro %}{% if own() == '1007' %}lucky{% endif %}",
        "{% macro own(it) %}{{ it|reverse }}{% endmacro %}{{ own(reference) }}",
        "{% for digit in reference %}{{ digit }} {% endfor %}",
        "{{ say('labelled', label=reference|reverse) }}",
        "{{ say('labelled', label=reference)|reverse }}",
    ],
)
def test_templates_that_do_more_with_the_reference_are_rendered_whole(tmp_path: Path, line: str) -> None:
    (tmp_path / "customer-acknowledgement.text.j2").write_text(line + "\n")
    templates = Templates(tmp_path)
    assert not prints_only(templates.environment)
    for number in range(1005, 1010):
        facts = replace(FACTS, reference=str(number))
        assert written(templates, NAMES[0], facts, "en", ZONE) == whole(templates, NAMES[0], facts)


def test_what_a_template_is_made_of_is_looked_at_too(tmp_path: Path) -> None:
    shipped = TEMPLATES.environment.loader
    assert shipped is not None
    frame = shipped.get_source(TEMPLATES.environment, "frame.html.j2")[0]
    (tmp_path / "frame.html.j2").write_text(frame.replace("</body>", "{{ reference|reverse }}</body>"))
    assert not prints_only(Templates(tmp_path).environment)
    (tmp_path / "frame.html.j2").write_text(frame)
    (tmp_path / "team-notice.text.j2").write_text("{{ reference|reverse }}")
    assert prints_only(Templates(tmp_path).environment)


@pytest.mark.parametrize(
    "line",
    [
        "{{ reference }}",
        "{% if reference and promised_at %}[{{ reference }}]{% endif %}",
        "{{ reference if critical else say('hello') }}",
        "{% macro own() %}<{{ reference }}>{% endmacro %}{{ own() }}",
        "{{ say('escalate.call' if critical else 'regards', number=emergency_number|unbroken, reference=reference) }}",
        "{{ now }} {{ promised_at.minute }} {{ brand|upper }} {{ reference }}",
    ],
)
def test_templates_that_print_the_reference_are_filled_in(tmp_path: Path, line: str) -> None:
    (tmp_path / "customer-acknowledgement.text.j2").write_text(line + "\n")
    templates = Templates(tmp_path)
    assert prints_only(templates.environment)
    with mock.patch.object(filling, "render", wraps=render) as rendering:
        for number in range(1005, 1010):
            facts = replace(FACTS, reference=str(number))
            assert written(templates, NAMES[0], facts, "en", ZONE) == whole(templates, NAMES[0], facts)
        assert rendering.call_count == 3


def test_a_failing_template_of_the_operator_is_told_each_time(tmp_path: Path) -> None:
    (tmp_path / "customer-acknowledgement.text.j2").write_text("{{ brand.nothing }}\n")
    templates = Templates(tmp_path)
    for number in range(1005, 1010):
        assert written(templates, NAMES[0], replace(FACTS, reference=str(number)), "en", ZONE).problem
