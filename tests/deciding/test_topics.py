"""What a subject is about, whichever system wrote it, and whether it says that all is well."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.deciding.topics import alike, key, same, tells_recovery, thing, topic


@pytest.mark.parametrize(
    ("alarm", "recovery"),
    [
        ("PROBLEM: web1 HTTP is DOWN", "RECOVERY: web1 HTTP is UP"),
        ("** PROBLEM Service Alert: pbx/SIP is CRITICAL **", "** RECOVERY Service Alert: pbx/SIP is OK **"),
        ("[FIRING:2] HighLatency (api prod)", "[RESOLVED] HighLatency (api prod)"),
        ("Problem: High CPU utilization on sip-2", "Resolved in 5m 3s: High CPU utilization on sip-2"),
        ('ALARM: "trunk-errors" in US East', 'OK: "trunk-errors" in US East'),
        ("Monitor is DOWN: pbx.acme.example", "Monitor is UP: pbx.acme.example"),
        ("disk state changed from OK to CRITICAL", "disk state changed from CRITICAL to OK"),
        ("ping 10.0.0.7 OK -> CRITICAL", "ping 10.0.0.7 CRITICAL -> OK"),
        ("Leitung 3 ausgefallen", "Leitung 3 wieder erreichbar"),
        ("Línea 3 caída", "Línea 3 restablecida"),
        ("Fallo crítico: línea 3", "Resuelto: línea 3"),
        ("Ligne 3: échoué", "Ligne 3 rétablie"),
        ("Trunk 10.0.0.7 unreachable", "Trunk 10.0.0.7 reachable again"),
        ("Extension 101 unregistered since 03:10", "Extension 101 registered since 03:19"),
        ("Disk 91% full on srv1", "Disk 40% full on srv1 - OK"),
        ("not OK: gateway", "OK: gateway"),
    ],
)
def test_alarm_and_recovery_are_about_one_thing(alarm: str, recovery: str) -> None:
    assert topic(alarm) == topic(recovery)
    assert thing(alarm) == thing(recovery)
    assert not tells_recovery(alarm)
    assert tells_recovery(recovery)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web1 is down", "web2 is down"),
        ("Extension 101 unregistered", "Extension 102 unregistered"),
        ("sip-1 down", "sip-2 down"),
        ("Switch port 1/0/23 is DOWN", "Switch port 1/0/24 is DOWN"),
        ("Trunk 1.2 is DOWN", "Trunk 1.3 is DOWN"),
        ("Trunk 10.0.0.7 unreachable", "Trunk 10.0.0.8 unreachable"),
    ],
)
def test_several_things_of_one_topic_are_told_apart(one: str, other: str) -> None:
    assert topic(one) == topic(other)
    assert thing(one) != thing(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Disk full on srv1", "Memory full on srv1"),
        ("Trunk A down", "Trunk B down"),
        ("Alert", "Warning"),
    ],
)
def test_other_topics_are_other_ones(one: str, other: str) -> None:
    assert topic(one) != topic(other)


@pytest.mark.parametrize(
    "subject",
    [
        "Online shop is DOWN",
        "Back office PBX is down",
        "Green Street trunk DOWN",
        "PBX nicht mehr erreichbar",
        "Host no longer reachable",
        "Restored backup failed",
        "Call success rate critical",
        "New sign up",
        "Backing up is slow",
        "disk state changed from OK to WARNING",
    ],
)
def test_an_alarm_is_no_recovery_whatever_else_it_says(subject: str) -> None:
    assert not tells_recovery(subject)


def test_a_subject_without_words_is_about_nothing() -> None:
    assert topic("") == topic("  12:30 -- 7 ") == ""
    assert key("") == ""


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_subject_and_no_text_is_too_odd(one: str, other: str) -> None:
    assert len(key(topic(one))) in {0, 16}
    assert isinstance(thing(one), str)
    assert isinstance(tells_recovery(one), bool)
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == 1
    assert same(one, f" {one}\n")
