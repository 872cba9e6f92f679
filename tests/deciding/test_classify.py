"""What customers write, in five languages, and what it is taken for; and what may never sway the verdict."""

from __future__ import annotations

import random
import string
import time
from base64 import b64encode, b85encode
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.config import load
from mailbot.deciding.classify import Classification, classify, wants_critical
from mailbot.reading.model import Message
from mailbot.rules import Answers, PhraseRule, Playbook, PlaybookRules, Rules, Severity, SeverityRules

SHIPPED = load(None)


def _cases() -> list[tuple[str, str, str, str]]:
    lines = (Path(__file__).parent / "classify_cases.txt").read_text(encoding="utf-8").splitlines()
    rows = [tuple(part.strip() for part in line.split("|", 3)) for line in lines if line and not line.startswith("#")]
    return [(severity, playbook, subject.removeprefix("-"), text) for severity, playbook, subject, text in rows]


def one_rule(rule: PhraseRule, **more: tuple[str, ...]) -> Rules:
    """Return rules whose only rule makes a message critical."""
    return Rules(severity={Severity.CRITICAL: SeverityRules(response="15m", rule=(rule,), **more)})  # type: ignore[arg-type]


DOWN = PhraseRule(id="down", state=("down", "not working"), scope=("all phones", "office"), unless=("was down",))


@pytest.mark.parametrize(("severity", "playbook", "subject", "text"), _cases())
def test_shipped_rules(severity: str, playbook: str, subject: str, text: str) -> None:
    got = classify(Message(subject=subject, text=text, reply_text=text), SHIPPED)
    assert (got.severity, got.playbook or "-") == (severity, playbook), got.evidence


@pytest.mark.parametrize(
    ("subject", "text", "is_critical"),
    [
        ("", "All phones are down", True),
        ("", "DOWN: the office", True),  # in either order
        ("", "My phone is down", False),  # no scope
        ("", "All phones arrived in the office", False),  # no state
        ("All phones", "down", True),  # the subject stands beside the first sentence
        ("Office", "Hello.\n\nWe have been seeing that it is down since this morning at nine", False),  # not beside it
        ("", "All phones. They just went down a minute ago and we are waiting for you.", True),  # a short neighbour
        (
            "",
            "We would like all phones for the next quarter. Yesterday a picture fell down from the wall behind.",
            False,  # two long sentences are two matters
        ),
        ("", "The office was down", False),  # unless
        ("", "The office was down but now all phones are down", True),  # "but" begins a new sentence
        ("", "All phones are down. Not urgent.", False),  # unless_anywhere
        ("", "All phones are down. It works again.", False),
        ("", "All phones are down. When will it be that it works again?", True),  # only awaited
        ("", "All phones are down. Please make sure it works again today.", True),
        ("Re: All phones down", "", True),  # automatic prefixes
        ("AW: WG: [EXTERN] Re[2]: All phones down", "see subject", True),
        ("Recall: office", "", False),
    ],
)
def test_state_near_scope(subject: str, text: str, *, is_critical: bool) -> None:
    rules = one_rule(DOWN, unless_anywhere=("not urgent", "works again"))
    got = classify(Message(subject=subject, reply_text=text), rules)
    assert (got.severity is Severity.CRITICAL) == is_critical, got.evidence


def test_only_what_was_newly_written_counts() -> None:
    old = "All phones in the office are down."
    thanks = Message(
        subject="Re: All phones down",
        in_reply_to="1@example.com",
        text=f"Thank you!\n> {old}\n-- \n{old}",
        reply_text="Thank you!",
        quoted_text=old,
        signature=old,
    )
    assert classify(thanks, SHIPPED) == Classification(Severity.NORMAL, None)


def test_a_reply_without_words_of_its_own_is_judged_by_its_subject() -> None:
    empty = Message(subject="Re: All phones are down", in_reply_to="1@example.com", reply_text=" \n")
    assert classify(empty, SHIPPED).severity is Severity.CRITICAL


def test_evidence_names_rule_place_and_words() -> None:
    got = classify(Message(subject="Help", reply_text="Hi,\n\nALL  our phones\nare Down!"), one_rule(DOWN))
    assert [(e.rule, e.where, e.words) for e in got.evidence] == [("down", "text", "ALL our phones … Down")]
    got = classify(Message(subject="office down"), one_rule(DOWN))
    assert [(e.rule, e.where, e.words) for e in got.evidence] == [("down", "subject", "office … down")]


def test_a_disabled_rule_is_not_used() -> None:
    rule = DOWN.model_copy(update={"disabled": True})
    assert classify(Message(subject="all phones down"), one_rule(rule)).severity is Severity.NORMAL


def test_two_playbooks_are_none() -> None:
    rules = Rules(
        playbook={
            Playbook.PORT_IN: PlaybookRules(title="in", rule=(PhraseRule(id="in", state=("port in",)),)),
            Playbook.PORT_OUT: PlaybookRules(title="out", rule=(PhraseRule(id="out", state=("port out",)),)),
        }
    )
    assert classify(Message(subject="port in"), rules).playbook is Playbook.PORT_IN
    assert classify(Message(subject="port in or port out?"), rules).playbook is None


@pytest.mark.parametrize(
    ("rule", "text", "severity"),
    [
        (PhraseRule(id="r", regex=r"\b\d{2,} phones\b"), "We lost 40 phones", Severity.CRITICAL),
        (PhraseRule(id="r", regex=r"\b\d{2,} phones\b", unless=("bought",)), "We bought 40 phones", Severity.NORMAL),
        (PhraseRule(id="r", regex="ausgefallen", scope=("büro",)), "AUSGEFALLEN ist das Buero", Severity.CRITICAL),
        (PhraseRule(id="r", regex="(unclosed", state=("down",)), "it is down", Severity.CRITICAL),
    ],
)
def test_patterns(rule: PhraseRule, text: str, severity: Severity) -> None:
    assert classify(Message(reply_text=text), one_rule(rule)).severity is severity


def test_a_pattern_that_takes_too_long_is_skipped_and_named() -> None:
    rules = Rules(
        severity={
            Severity.CRITICAL: SeverityRules(response="15m", rule=(PhraseRule(id="slow", regex="(x|xx)+y"), DOWN))  # type: ignore[arg-type]
        }
    )
    start = time.process_time()
    got = classify(Message(reply_text="all phones down " + "x" * 60), rules)
    assert time.process_time() - start < 1
    assert got.severity is Severity.CRITICAL
    assert [e.rule for e in got.evidence if e.where == "regex"] == ["slow"]


def test_the_brief_s_promises_are_shipped() -> None:
    promises = {str(severity): (row.response, row.clock) for severity, row in SHIPPED.severity.items()}
    minutes = {name: getattr(response, "total_seconds", lambda: None)() for name, (response, _) in promises.items()}
    assert minutes == {"critical": 900, "high": 3600, "normal": 14_400, "low": None}
    assert promises["critical"][1] == "always"
    assert all(SHIPPED.playbook[playbook].steps for playbook in Playbook)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("DOWN", True),
        ("down!", True),
        ("Down - all phones", True),
        ("DOWN all phones since nine", True),
        ("\n\n  *DOWN*\n\nJo", True),
        ("\u201cDOWN\u201d", True),
        ("DO\u200bWN", True),
        ("Down.\n> what you wrote", True),
        ("slow down", False),
        ("down the road there is a cable", False),
        ("Down payment received?", False),
        ("Download", False),
        ("Hello,\nDOWN", False),  # the first line
        ("> DOWN", False),  # somebody else's words
        ("", False),
    ],
)
def test_the_down_word(text: str, *, wanted: bool) -> None:
    assert wants_critical(Message(reply_text=text), Rules()) is wanted


def lines(octets: bytes, wide: int = 72) -> str:
    return b"\n".join(octets[at : at + wide] for at in range(0, len(octets), wide)).decode("ascii")


NOISE: dict[str, Callable[[random.Random], str]] = {
    "octets": lambda chance: chance.randbytes(300_000).decode("cp1252", "replace"),
    "ascii85": lambda chance: lines(b85encode(chance.randbytes(150_000))),
    "base64": lambda chance: lines(b64encode(chance.randbytes(150_000))),
    "printable": lambda chance: "".join(chance.choices(string.printable[:95], k=200_000)),
}


@pytest.mark.parametrize("form", NOISE)
def test_octets_that_are_no_text_hold_no_words(form: str) -> None:
    """Of forty in each form some hold a phrase of the rules by chance, such as "èÇo" or "lOa"."""
    for seed in range(40 if form == "octets" else 10):
        found = classify(Message(reply_text=NOISE[form](random.Random(seed))), SHIPPED)
        assert (found.severity, found.playbook) == (Severity.NORMAL, None), found.evidence
    noise = NOISE[form](random.Random(0))
    for words in (f"All phones are down.\n{noise}", f"Hello,\n\nall phones are\ndown since 9\n\n-- \n{noise}"):
        assert classify(Message(reply_text=words), SHIPPED).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    "beside",
    [
        "https://nam02.safelinks.example/?url=" + "aBcDeFgH1J" * 100,
        lines(b64encode(random.Random(1).randbytes(2_000)), 64),  # a signature
        "2026-11-20 10:14:33 pbx chan_sip.c:301 NOTICE[123]: Registration from '<sip:101@10.1.2.3>' failed\n" * 300,
        "\x07\x00\ufffd" * 1_000,
        "+1 202 555 0101, ext. 12\t(0)\n" * 1_000,
        "\u96fb\u8a71\u304c\u7e4b\u304c\u3089\u306a\u3044" * 1_000,
    ],
    ids=["link", "signature", "log", "controls", "numbers", "japanese"],
)
def test_whatever_stands_beside_them_real_words_count(beside: str) -> None:
    for words in (
        f"{beside}\n101, 102, 103, 104: all phones dead!\n",
        f"101, 102, 103, 104: all phones dead!\n{beside}",
    ):
        assert classify(Message(reply_text=words), SHIPPED).severity is Severity.CRITICAL
    damaged = "Telefone: dr\ufffd\ufffdben \x07 alle Telefone tot"
    assert classify(Message(reply_text=damaged), SHIPPED).severity is Severity.CRITICAL


def test_the_operator_may_choose_the_down_word() -> None:
    rules = Rules(answers=Answers(down_word="ALLES AUS"))
    assert wants_critical(Message(reply_text="Alles aus!"), rules)
    assert not wants_critical(Message(reply_text="Alles gut"), rules)
    assert not wants_critical(Message(reply_text="DOWN"), rules)


@pytest.mark.parametrize("disguise", ["\u200b", "\u202e", "\u00ad", "\u0301", "\ufe0f", "\u2066"])
def test_disguised_words_are_found(disguise: str) -> None:
    text = disguise.join("all phones are down")
    assert classify(Message(reply_text=text), one_rule(DOWN)).severity is Severity.CRITICAL


WORDS = (
    "all",
    "phones",
    "down",
    "nobody",
    "can",
    "call",
    "not",
    "urgent",
    "niemand",
    "kann",
    "telefonieren",
    "ne",
    "\n",
    ".",
)


@settings(deadline=None)
@given(
    st.text(max_size=200), st.one_of(st.text(max_size=400), st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
)
def test_never_raises_and_always_says_the_same(subject: str, text: str) -> None:
    message = Message(subject=subject, reply_text=text)
    assert classify(message, SHIPPED) == classify(message, SHIPPED)
    assert wants_critical(message, SHIPPED) in {True, False}


@pytest.mark.parametrize(
    "text",
    [
        "all our phones are down and nobody can make or receive calls. " * 3200,
        "nobody can call not working unable to register voicemail no e-mail " * 3000,
        "re: " * 50_000,
        "x" * 200_000,
        "the " * 50_000,
        "no " * 66_000,
        "no e-mail voicemail " * 10_000,
    ],
)
def test_200_kilobytes_are_classified_in_little_time(text: str) -> None:
    classify(Message(), SHIPPED)
    start = time.process_time()
    classify(Message(subject=text, reply_text=text), SHIPPED)
    assert time.process_time() - start < 3
