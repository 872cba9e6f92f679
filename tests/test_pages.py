"""What each kind of receiver is posted: JSON in the form that it asks for, whatever a customer wrote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.render import Templates
from mailbot.render.pages import FORMS, PageFacts, page_octets

SHIPPED = Templates(None)
OK = "mailto:support+token@telecom.example?subject=ok&body=ok"
OUTAGE = PageFacts(
    "outage",
    "Telecom: outage",
    'Acme: "no <dial> tone" & more',
    "spell-1",
    "2026-03-06T03:00:00+00:00",
    "Telecom",
    to="Dana",
    ok=OK,
    topic="our-topic",
    credential="k",
)
SEEN = replace(OUTAGE, kind="seen", text="Dana has seen this", ok="")
OVER = replace(OUTAGE, kind="alarm", text="mail leaves again", ok="", over=True)


def posted(form: str, facts: PageFacts, templates: Templates = SHIPPED) -> dict[str, Any]:
    octets, problem = page_octets(templates, form, facts)
    assert problem == ""
    said: dict[str, Any] = json.loads(octets)
    return said


def test_ntfy_gets_its_topic_a_priority_that_rings_and_a_button() -> None:
    assert posted("ntfy", OUTAGE) == {
        "topic": "our-topic",
        "title": "Telecom: outage",
        "message": OUTAGE.text,
        "priority": 5,
        "tags": ["rotating_light"],
        "click": OK,
        "actions": [{"action": "view", "label": "OK", "url": OK, "clear": True}],
    }
    over = posted("ntfy", OVER)
    assert over["priority"] == 3
    assert "click" not in over
    assert "actions" not in over


def test_slack_gets_a_line_in_which_no_words_are_taken_for_marks() -> None:
    assert posted("slack", OUTAGE) == {
        "text": '*Telecom: outage* Acme: "no &lt;dial&gt; tone" &amp; more '
        "<mailto:support+token@telecom.example?subject=ok&amp;body=ok|OK, seen>"
    }
    assert posted("slack", replace(OVER, text="<!channel> look")) == {"text": "*Telecom: outage* &lt;!channel&gt; look"}


def test_pagerduty_opens_acknowledges_and_resolves_one_incident() -> None:
    opened = posted("pagerduty", OUTAGE)
    assert opened["routing_key"] == "k"
    assert opened["event_action"] == "trigger"
    assert opened["dedup_key"] == "spell-1"
    assert opened["payload"]["summary"] == OUTAGE.text
    assert opened["payload"]["source"] == "Telecom"
    assert opened["payload"]["severity"] == "critical"
    for facts, action in ((SEEN, "acknowledge"), (OVER, "resolve")):
        told = posted("pagerduty", facts)
        assert (told["event_action"], told["dedup_key"]) == (action, "spell-1")
    assert len(posted("pagerduty", replace(OUTAGE, key="k" * 300))["dedup_key"]) == 255


def test_a_program_of_ones_own_gets_all_there_is() -> None:
    assert posted("plain", OUTAGE) == {
        "kind": "outage",
        "title": "Telecom: outage",
        "text": OUTAGE.text,
        "key": "spell-1",
        "over": False,
        "at": "2026-03-06T03:00:00+00:00",
        "ok": OK,
        "to": "Dana",
        "brand": "Telecom",
    }


@given(st.sampled_from(FORMS), st.text(), st.text())
def test_whatever_the_words_are_they_stay_words(form: str, text: str, key: str) -> None:
    plainly, said = posted(form, OUTAGE), posted(form, replace(OUTAGE, text=text, key=key))
    assert said.keys() == plainly.keys()
    if form in {"plain", "ntfy"}:
        assert text in said.values()


def test_a_template_of_ones_own_is_used(tmp_path: Path) -> None:
    (tmp_path / "page-plain.json.j2").write_text('{"sms": {{ text|tojson }}}', encoding="utf-8")
    own = Templates(tmp_path)
    assert own.check() == ()
    assert posted("plain", OUTAGE, own) == {"sms": OUTAGE.text}


@pytest.mark.parametrize(
    ("form", "template", "line", "text", "hint"),
    [
        ("plain", '{"sms": "{{ text }}"}', None, "makes no JSON of a page", "tojson"),
        ("ntfy", "{{ text|tojson }}", None, "makes no JSON object", "tojson"),
        ("slack", '{"text":\n{{ txt|tojson }}}', 2, '"txt" is undefined', "text"),
        ("slack", '{"text":\n{{ text|tojsn }}}', 2, "tojsn", "tojson"),
    ],
)
def test_a_slip_is_told_before_the_night_and_the_shipped_one_is_used(
    tmp_path: Path, form: str, template: str, line: int | None, text: str, hint: str
) -> None:
    path = tmp_path / f"page-{form}.json.j2"
    path.write_text(template, encoding="utf-8")
    own = Templates(tmp_path)
    [problem] = own.check()
    assert (problem.file, problem.line) == (str(path), line)
    assert text in problem.text
    assert hint in problem.hint
    octets, said = page_octets(own, form, OUTAGE)
    assert json.loads(octets) == posted(form, OUTAGE)
    assert said.startswith(f"page-{form}: ")


def test_a_slip_in_the_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "page-nfty.json.j2").write_text("{}", encoding="utf-8")
    [problem] = Templates(tmp_path).check()
    assert problem.warning
    assert "page-ntfy.json.j2" in problem.hint
