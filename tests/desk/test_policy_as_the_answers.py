"""What we promise in writing is what the automatic answers say by the same rules: hours, times and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.clocks.hours import OpeningHours, opening_hours
from mailbot.clocks.periods import closed_period_key
from mailbot.clocks.targets import due_at, promised
from mailbot.deciding.answers import Case, in_place_of
from mailbot.deciding.effects import Answer, AnswerKind
from mailbot.deciding.promises import Target
from mailbot.desk import Desk
from mailbot.desk.mails.answering import answer_under
from mailbot.render import LANGUAGES, PolicyFacts, Templates, render, web_page
from mailbot.render.policies import policy_facts, within
from mailbot.rules import (
    SEVERITIES,
    BusinessDay,
    Hours,
    Notify,
    Partner,
    Period,
    Rules,
    Severity,
    SeverityRules,
    Site,
    Tenant,
    Weekly,
)
from mailbot.rules.recognising import Terms
from mailbot.store.relays import Answered
from tests.service.office import KEYRING
from tests.test_render import visible

TEMPLATES = Templates(None)
SOME = settings(max_examples=settings.default.max_examples // 2 if settings.default else 50)
NUMBERS = ("", "+1 617 555 0199", "+49 30 555 0142")
ZONES = tuple(map(ZoneInfo, ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Auckland")))
SPANS = (
    (),
    (Period(start=time(9), end=time(17, 30)),),
    (Period(start=time(8), end=time(12)), Period(start=time(13), end=time(18))),
    (Period(start=time(0), end=time.max),),
    (Period(start=time(22), end=time.max),),
    (Period(start=time(1), end=time(3)),),
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

weeks = st.builds(lambda spans: Weekly(**dict(zip(DAYS, spans, strict=True))), st.tuples(*[st.sampled_from(SPANS)] * 7))
closed = st.lists(st.dates(date(2026, 1, 1), date(2027, 1, 31)), max_size=6, unique=True).map(tuple)
hours = st.builds(Hours, week=weeks, region=st.sampled_from(["", "US", "DE-BY"]), closed=closed)
lengths = st.one_of(
    st.none(),
    st.integers(1, 5).map(lambda days: BusinessDay(days=days)),
    st.integers(1, 3000).map(lambda minutes: timedelta(minutes=minutes)),
)
terms = st.builds(SeverityRules, response=lengths, resolution=lengths, clock=st.sampled_from(["always", "business"]))
tenants = st.builds(
    Tenant,
    id=st.just("acme"),
    name=st.just("Acme Dental"),
    zone=st.sampled_from((None, *ZONES)),
    hours=st.none() | hours,
    emergency_number=st.sampled_from(NUMBERS),
    severity=st.dictionaries(st.sampled_from(SEVERITIES), st.builds(Terms, response=lengths), max_size=2),
)


@st.composite
def desks(draw: st.DrawFn) -> Rules:
    """Return the rules of some desk, with one customer who may have terms of its own."""
    partner = Partner(
        brand="Harbor Voice",
        address="support@harborvoice.example",
        zone=draw(st.sampled_from(ZONES)),
        phone=draw(st.sampled_from(("", "+1 617 555 0100"))),
        emergency_number=draw(st.sampled_from(NUMBERS)),
        hours=draw(hours),
    )
    severity = {one: draw(terms) for one in SEVERITIES}
    notify = Notify(addresses=("dana@harborvoice.example",))
    return Rules(partner=partner, tenant=(draw(tenants),), severity=severity, notify=notify)


def answered(rules: Rules, tenant: Tenant | None, severity: Severity, at: datetime) -> Answer:
    """Return what a customer is answered who writes at that instant."""
    opening = opening_hours(rules, tenant)
    due, _ = promised(rules.promise(severity, tenant), at, opening)
    case = Case(None, severity, rises_to_critical=False, tenant=tenant, response_due_at=due)
    period = closed_period_key(opening, at)
    kind = AnswerKind.EMERGENCY if severity is Severity.CRITICAL else AnswerKind.ACKNOWLEDGEMENT
    return in_place_of(kind, period, "jane@acme.example", case, rules, opening, at, too_large=False)


def words_of(rules: Rules, answer: Answer, at: datetime) -> str:
    """Return the words of that answer, on one line."""
    desk = Desk(rules, KEYRING, TEMPLATES)
    raw = answer_under(desk, answer, 1042, "t.1@harborvoice.example", Answered("", None, ()), at).raw
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def policies(facts: PolicyFacts, language: str, zone: ZoneInfo) -> tuple[str, ...]:
    """Return the words of the mail's text, of its HTML and of the web page, each on one line."""
    mail = render(TEMPLATES, "customer-policy", facts, language, zone)
    page = web_page(TEMPLATES, "policy-page", facts, language, zone)
    assert (mail.problem, page.problem) == ("", "")
    found = (mail.text, visible(mail.html), visible(page.html))
    return tuple(" ".join(one.replace("\xa0", " ").replace("\u202f", " ").split()) for one in found)


@given(
    rules=desks(),
    own=st.booleans(),
    language=st.sampled_from(LANGUAGES),
    now=st.integers(0, 525_599).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
@SOME
def test_the_facts_are_those_of_the_answers(*, rules: Rules, own: bool, language: str, now: datetime) -> None:
    tenant = rules.tenant[0].model_copy(update={"language": language}) if own else None
    rules = rules.model_copy(
        update={
            "tenant": (tenant,) if tenant else (),
            "partner": rules.partner.model_copy(update={"language": language}),
        }
    )
    locale = rules.locale(tenant)
    wording = TEMPLATES.wording(language, locale.country, locale.zone)
    facts = policy_facts(rules, tenant, now, language)
    told, night, at = facts.promised, facts.night, facts.night.at
    assert at.astimezone(locale.zone).strftime("%a %H:%M") == "Sun 02:00"
    assert timedelta() < at - now + timedelta(days=1) < timedelta(days=22)
    readings = policies(facts, language, locale.zone)

    for target in told.targets:
        answer = answered(rules, tenant, target.severity, at)
        assert answer.emergency_number == told.emergency_number
        assert answer.promised_at == _due(target, facts, at)
        said = words_of(rules, answer, at)
        for number in filter(None, (told.emergency_number, told.phone)):
            assert all(number in one for one in readings), "whatever the answers may name is in the policy"
        if answer.kind is not AnswerKind.ACKNOWLEDGEMENT and told.emergency_number:
            assert told.emergency_number in said
        for one in readings:
            assert _plain(within(wording, target.response)) in one
            for line in map(_plain, wording.hours(told.hours)):
                assert line in one
                assert answer.kind is AnswerKind.ACKNOWLEDGEMENT or not answer.period or line in said
        if answer.opens_at is not None and night.opens_at is not None:
            opened = answer.opens_at.astimezone(told.zone).date()
            usually = night.opens_at.astimezone(told.zone).date()
            if answer.opens_at == night.opens_at:
                when = (_plain(wording.time(night.opens_at)), wording.weekday(night.opens_at))
                assert all(word in one for word in when for one in readings)
                assert when[0] in said
            else:
                # The week would have it open before: of the day on which it is not the policy tells.
                assert opened > usually or night.opens_at < answer.opens_at
                assert any(one.first <= usually <= one.last for one in facts.closed)
    if told.outage.day_and_night and isinstance(told.outage.response, timedelta):
        assert night.answer_by == at + told.outage.response


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_name_the_status_page_in_the_reader_s_language(language: str) -> None:
    partner = Partner(brand="Harbor Voice", address="support@harborvoice.example")
    tenant = Tenant(id="acme", name="Acme Dental", language=language)  # type: ignore[arg-type]
    rules = Rules(partner=partner, tenant=(tenant,), site=Site(folder="site", address="https://help.example"))
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    # Who writes in another language than his company's is answered in it.
    answer = replace(answered(rules, tenant, Severity.HIGH, now), language=LANGUAGES[LANGUAGES.index(language) - 1])
    assert f" https://help.example/{answer.language}/status.html" in words_of(rules, answer, now)
    page = f"https://help.example/{language}/status.html"
    assert all(page in one for one in policies(policy_facts(rules, tenant, now, language), language, ZONES[0]))


def _due(target: Target, facts: PolicyFacts, at: datetime) -> datetime | None:
    """Return by when who reads the policy takes himself to be promised an answer."""
    opening = OpeningHours(facts.promised.hours, facts.promised.zone)
    return due_at(target.response, "always" if target.day_and_night else "business", at, opening)


def _plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")
