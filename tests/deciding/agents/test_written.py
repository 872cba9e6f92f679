"""What an agent's reply brings, found while his mail is read: it takes little time, whatever stands in it."""

from __future__ import annotations

import time

import pytest

from mailbot import config
from mailbot.deciding.agents.written import Written, written_in
from mailbot.reading.message import read
from mailbot.rules import Rules

FILLER = "".join(f"<p>filler <b>text</b> {number}</p>" for number in range(1_000))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return config.load(tmp_path_factory.mktemp("rules"))


def answers(count: int, *, closing: str = "", filler: str = FILLER) -> bytes:
    """A mail with so many answers between quoted lines, and with much below."""
    text = "\n".join(f"> question {n}\nanswer number {n} here\n" for n in range(count)) + closing
    html = "".join(f"<blockquote>question {n}</blockquote><p>answer <i>number</i> {n} here</p>" for n in range(count))
    html += "".join(f"<div>{line}</div>" for line in closing.split("\n"))
    return (
        "From: x@stranger.example\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n--b\nContent-Type: text/html\n\n{html}{filler}\n--b--\n"
    ).encode()


def brought(raw: bytes, rules: Rules) -> Written:
    return written_in(raw, read(raw), rules)


def seconds(raw: bytes, rules: Rules) -> float:
    """The least time of the processor that it takes to find what a mail brings."""
    took = []
    for _ in range(3):
        started = time.process_time()
        brought(raw, rules)
        took.append(time.process_time() - started)
    return min(took)


def test_many_answers_take_about_as_long_as_few(shipped: Rules) -> None:
    many = answers(50)
    assert len([form for form in brought(many, shipped).forms if "<i>number</i>" in form.html]) >= 50
    assert seconds(many, shipped) < 4 * seconds(answers(2), shipped)


def test_each_answer_has_the_html_of_its_own_words(shipped: Rules) -> None:
    closing = "Best wishes\nDana\n+1 212 555 0190"
    forms = {form.text: form.html for form in brought(answers(3, closing=closing, filler=""), shipped).forms}
    assert forms["answer number 1 here"] == "<p>answer <i>number</i> 1 here</p>"
    last = "<p>answer <i>number</i> 2 here</p><div>Best wishes</div>"
    assert forms["answer number 2 here\nBest wishes\nDana"] == f"{last}<div>Dana</div>"
    assert forms["answer number 2 here\nBest wishes"] == last
