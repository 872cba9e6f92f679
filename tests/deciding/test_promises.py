"""What makes a version of our promises, whom they are told, and that what we give as examples is taken as such."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.clocks.closings import Closing, closings
from mailbot.clocks.hours import opening_hours
from mailbot.clocks.targets import due_at
from mailbot.config import load
from mailbot.deciding.classify import classify
from mailbot.deciding.promises import (
    at_two_on_sunday,
    changed,
    ends_while_closed,
    on_call,
    promises,
    readers,
    told,
    version,
)
from mailbot.reading.model import Message
from mailbot.render import LANGUAGES, Templates, render
from mailbot.render.policies import policy_facts
from mailbot.rules import (
    SEVERITIES,
    Agent,
    Clock,
    Hours,
    OnCall,
    Partner,
    Rules,
    Severity,
    SeverityRules,
    Tenant,
    Weekly,
)
from mailbot.rules.recognising import Terms

SHIPPED = load(None)
NEW_YORK = ZoneInfo("America/New_York")
PARTNER = Partner(
    brand="Harbor Voice",
    address="support@harborvoice.example",
    zone=NEW_YORK,
    phone="+1 617 555 0100",
    emergency_number="+1 617 555 0199",
    website="harborvoice.example",
    status_page="https://status.harborvoice.example",
    manual="https://manual.harborvoice.example",
    hours=Hours(region="US"),
)
ACME = Tenant(id="acme", name="Acme Dental")
RULES = Rules(partner=PARTNER, tenant=(ACME,))
NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)


def version_of(rules: Rules, tenant: Tenant | None = ACME) -> str:
    return version(told(promises(rules, tenant)))


def with_partner(**changes: Any) -> Rules:
    return RULES.model_copy(update={"partner": PARTNER.model_copy(update=changes)})


def with_hours(**changes: Any) -> Rules:
    return with_partner(hours=PARTNER.hours.model_copy(update=changes))


def with_severity(severity: Severity, **changes: Any) -> Rules:
    return RULES.model_copy(
        update={"severity": RULES.severity | {severity: RULES.severity[severity].model_copy(update=changes)}}
    )


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_target_makes_a_version(severity: Severity) -> None:
    clock = "business" if RULES.severity[severity].clock == "always" else "always"
    for changes in ({"response": timedelta(hours=7)}, {"resolution": timedelta(days=2)}, {"clock": clock}):
        assert version_of(with_severity(severity, **changes)) != version_of(RULES)


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        ({"hours": Hours(week=Weekly.model_validate({"mon": ["09:00-17:30"]}))}, ("hours",)),
        ({"zone": ZoneInfo("America/Chicago")}, ("hours",)),
        ({"phone": "+1 617 555 0101"}, ("phone",)),
        ({"emergency_number": ""}, ("emergency_number",)),
        ({"address": "help@harborvoice.example"}, ("address",)),
        ({"website": "other.example"}, ("website",)),
        ({"status_page": ""}, ("status_page",)),
        ({"manual": "https://manual.harborvoice.example/2"}, ("manual",)),
    ],
)
def test_hours_numbers_and_links_make_a_version_and_are_told_as_news(
    changes: dict[str, Any], news: tuple[str, ...]
) -> None:
    changes.setdefault("hours", PARTNER.hours)
    after = with_partner(**changes)
    assert version_of(after) != version_of(RULES)
    assert changed(told(promises(RULES, ACME)), told(promises(after, ACME))) == news


@pytest.mark.parametrize(
    "after",
    [
        with_hours(closed=(date(2026, 12, 24),)),
        with_hours(region="US-MA"),
        with_hours(not_holidays=("Columbus Day",)),
        with_partner(language="de"),
        with_partner(country="DE"),
        with_partner(signature="Yours"),
        with_partner(brand="Harbour Voice"),
        RULES.model_copy(update={"clock": Clock(remind_after=timedelta(days=2))}),
        RULES.model_copy(update={"agent": (Agent(id="dana", name="Dana"),), "oncall": OnCall(rota=("dana",))}),
    ],
)
def test_a_closed_day_a_text_and_a_language_make_none(after: Rules) -> None:
    assert version_of(after) == version_of(RULES)


def test_what_is_agreed_with_one_customer_is_a_version_of_its_own() -> None:
    terms = ACME.model_copy(update={"severity": {Severity.HIGH: Terms(response=timedelta(minutes=30))}})
    assert version_of(RULES, terms) != version_of(RULES, ACME) == version_of(RULES, None)
    pages = ACME.model_copy(update={"status_page": "https://status.harborvoice.example/acme"})
    assert promises(RULES, pages).status_page.endswith("/acme")
    assert version_of(RULES, pages) != version_of(RULES)
    elsewhere = ACME.model_copy(update={"zone": ZoneInfo("Europe/Berlin"), "language": "de"})
    assert version_of(RULES, elsewhere) == version_of(RULES), "the hours are kept where they were"


@pytest.mark.parametrize(
    ("tenant", "expected"),
    [
        ({"contact": "Dana Smith <dana@acme.example>", "digest": ("a@acme.example",)}, ("dana@acme.example",)),
        ({"contact": "dana@acme.example"}, ("dana@acme.example",)),
        ({"contact": "Dana", "digest": ("a@acme.example", "b@acme.example")}, ("a@acme.example", "b@acme.example")),
        ({"addresses": ("jane@acme.example", "bob@acme.example")}, ("jane@acme.example",)),
        ({"domains": ("acme.example",), "contact": "Dana"}, ()),
    ],
)
def test_the_contact_is_written_to_else_who_gets_the_weekly_mail_else_the_first_address(
    tenant: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert readers(Tenant(id="acme", name="Acme", **tenant)) == expected


def test_somebody_is_on_call_whose_turn_comes_and_who_may_act_for_the_customer() -> None:
    dana = Agent(id="dana", name="Dana", addresses=("dana@harborvoice.example",))
    turns = RULES.model_copy(update={"agent": (dana,), "oncall": OnCall(rota=("dana",))})
    limited = turns.model_copy(update={"agent": (dana.model_copy(update={"tenants": ("bolt",)}),)})
    from_the_mailbox = turns.model_copy(update={"team": turns.team.model_copy(update={"answer": "mailbox"})})
    service = turns.model_copy(update={"agent": (dana.model_copy(update={"outsourced": True}), dana)})
    assert on_call(turns, ACME)
    assert [one.outsourced for one in on_call(service, ACME)] == [True, False]
    assert on_call(limited, None)
    assert not on_call(limited, ACME)
    assert not on_call(from_the_mailbox, ACME)
    assert not on_call(RULES, ACME)


@pytest.mark.parametrize(
    ("now", "sunday"),
    [
        ("2026-11-25T10:00-05:00", "2026-11-29T02:00-05:00"),
        ("2026-11-29T01:00-05:00", "2026-11-29T02:00-05:00"),
        ("2026-11-29T10:00-05:00", "2026-11-29T02:00-05:00"),
        # The clock jumps from 2 to 3 that night: a week later.
        ("2026-03-06T10:00-05:00", "2026-03-15T02:00-04:00"),
    ],
)
def test_two_in_the_night_is_a_time_that_the_clock_shows(now: str, sunday: str) -> None:
    night = at_two_on_sunday(RULES, None, datetime.fromisoformat(now))
    assert night.at == datetime.fromisoformat(sunday)


HALF = timedelta(minutes=30)
spans = st.sampled_from([(), ("09:00-17:00",), ("08:00-12:00", "13:00-18:00"), ("00:00-24:00",), ("20:00-24:00",)])
weeks = st.lists(spans, min_size=7, max_size=7).map(
    lambda found: Weekly.model_validate(
        dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), found, strict=True))
    )
)


@given(
    desk=weeks,
    own=st.none() | weeks,
    clock=st.sampled_from(["always", "business"]),
    halves=st.integers(1, 160),
)
@settings(max_examples=40)
def test_a_promise_ends_while_we_are_closed_if_it_does_for_any_half_hour_of_a_week(
    desk: Weekly, own: Weekly | None, clock: Literal["always", "business"], halves: int
) -> None:
    """The model asks of each half hour at which we are closed whether its answer is due before we open."""
    terms = SeverityRules(response=halves * HALF, clock=clock)
    rules = RULES.model_copy(
        update={
            "partner": PARTNER.model_copy(update={"hours": Hours(week=desk)}),
            "severity": RULES.severity | {Severity.HIGH: terms},
        }
    )
    tenant = ACME.model_copy(update={"hours": Hours(week=own)}) if own else ACME
    ours, theirs = opening_hours(rules, None), opening_hours(rules, tenant)
    monday = datetime(2026, 6, 8, tzinfo=NEW_YORK).astimezone(UTC)
    found = False
    for at in (monday + number * HALF for number in range(7 * 48)):
        due = due_at(terms.response, clock, at, theirs)
        opens = ours.next_opening(at)
        found = found or (not ours.is_open(at) and due is not None and (opens is None or due < opens))
    assert ends_while_closed(rules, tenant, Severity.HIGH) is found


def test_closed_days_in_a_row_are_one_and_holidays_have_their_name_where_the_language_knows_it() -> None:
    hours = Hours(region="DE-BY", closed=(date(2026, 12, 24), *(date(2026, 12, day) for day in range(28, 32))))
    christmas = Closing(date(2026, 12, 24), date(2027, 1, 1))
    for language, name in (("de", "Heilige Drei Könige"), ("en", "Epiphany"), ("fr", "")):
        found = list(closings(hours, date(2026, 11, 25), date(2027, 2, 1), language))
        assert found == [christmas, Closing(date(2027, 1, 6), date(2027, 1, 6), name)]


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_example_is_taken_for_what_it_is_an_example_of(language: str, severity: Severity) -> None:
    phrases = Templates(None).wording(language, "US", NEW_YORK).phrases
    text = phrases[f"policy.{severity}_example"]
    assert classify(Message(text=text, reply_text=text), SHIPPED).severity is severity


@pytest.mark.parametrize("language", LANGUAGES)
def test_lengths_of_time_are_words_in_every_language(language: str) -> None:
    rules = with_severity(Severity.HIGH, response=timedelta(hours=1, minutes=30))
    mail = render(Templates(None), "customer-policy", policy_facts(rules, ACME, NOW, language), language, NEW_YORK)
    assert "duration" not in mail.text + mail.html


def test_a_request_that_never_closes_by_itself_is_not_said_to() -> None:
    never = RULES.model_copy(update={"clock": Clock(remind_after=timedelta(), close_after=timedelta())})
    usually, told = (
        render(Templates(None), "customer-policy", policy_facts(rules, None, NOW, "en"), "en", NEW_YORK)
        for rules in (RULES, never)
    )
    title = "After our answer"
    assert (title.upper() in usually.text, title in usually.html) == (True, True)
    assert (title.upper() in told.text, title in told.html) == (False, False)


def test_who_promises_the_night_in_business_time_says_when_an_outage_is_answered() -> None:
    rules = with_severity(Severity.CRITICAL, clock="business").model_copy(
        update={"notify": RULES.notify.model_copy(update={"addresses": ("dana@harborvoice.example",)})}
    )
    text = render(Templates(None), "customer-policy", policy_facts(rules, None, NOW, "en"), "en", NEW_YORK).text
    assert "One of us will answer you by Monday 9:15 AM." in " ".join(text.split())
