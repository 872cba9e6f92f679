"""What customers are told of an incident, and what an agent is shown before they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailbot.render import AskFacts, Facts
from mailbot.render.incidents import IncidentFacts

_NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
_KNOWN = IncidentFacts(
    now=_NOW,
    brand="Northwind Voice",
    reference="1042",
    kind="known",
    what="Calls to mobile phones fail",
    since=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
    words="Calls to landlines work.\n\nWhoever is in a hurry can use the app on a mobile network.",
    subject="Re: Nobody can call out",
    website="northwind.example",
    status_page="https://status.northwind.example",
)
_NEWS = replace(_KNOWN, kind="update", words="The carrier has found the cause and works on it.")
_OVER = replace(_KNOWN, kind="resolve", words="A route was wrong.", closes_on=datetime(2026, 11, 30, 15, tzinfo=UTC))
_SHOWN = AskFacts(
    _NOW,
    "Northwind Voice",
    "it would open an incident, “Calls to mobile phones fail”, show it on the status page and tell 2 people, each "
    "alone. Look again: it names Contoso, a customer",
    "#incident open Calls to mobile phones fail\nAs at Contoso.",
    "t" * 39,
    title="Please confirm: Calls to mobile phones fail",
    doing=(
        "#incident: open an incident and tell all whose tickets are about it, each alone",
        "Jo Müller at Contoso (#1042) is told, in English",
        "Ana Silva at Fabrikam (#1043, #1045) is told, in Portuguese",
        "#1044 gets no mail: nothing proves who wrote it",
    ),
    links=(
        ("Send it", "mailto:support+t@northwind.example?subject=Re%3A%20send&body=send"),
        ("No, drop it", "mailto:support+t@northwind.example?subject=Re%3A%20no&body=no"),
    ),
    shows=(
        "This is what they read",
        (
            "In English, subject: Re: (as they wrote it)\n\nHello,\n\nyou are not the only one with this problem.\n\n"
            "  Calls to mobile phones fail\n\nAs at Contoso."
        ),
    ),
)
_FORGOTTEN = AskFacts(
    _NOW,
    "Northwind Voice",
    "5 tickets of 4 customers wait on it. Nobody is called about them, and they are neither reminded nor closed.",
    token="t" * 39,
    told=(
        "It is open since Fri, Nov 20, 9:05 AM. The last word to all was on Fri, Nov 20, 2:40 PM, by Ana Silva.",
        "",
        "5 tickets of 4 customers wait on it. Nobody is called about them, and they are neither reminded nor closed.",
        "",
        (
            "Reply with “#incident 3 update” and what is new, or with “#incident 3 resolve” if it is over. You see "
            "first what goes to whom. Without an answer this comes again in a day."
        ),
    ),
    title="Nothing said for 2 days: incident 3, Calls to mobile phones fail",
    links=(
        (
            "Tell all what is new",
            "mailto:support+t@northwind.example?subject=Re%3A%20x&body=%23incident%203%20update%20",
        ),
        ("It is over", "mailto:support+t@northwind.example?subject=Re%3A%20x&body=%23incident%203%20resolve"),
    ),
)
CASES: dict[str, tuple[str, Facts, str, str]] = {
    "incident-known.en": ("customer-incident", _KNOWN, "en", "America/New_York"),
    "incident-known.de": ("customer-incident", replace(_KNOWN, country="DE", name_zone=True), "de", "Europe/Berlin"),
    "incident-known.pt": ("customer-incident", replace(_KNOWN, country="BR", words=""), "pt", "America/Sao_Paulo"),
    "incident-update.en": ("customer-incident", _NEWS, "en", "America/New_York"),
    "incident-update.fr": ("customer-incident", replace(_NEWS, country="FR"), "fr", "Europe/Paris"),
    "incident-resolve.en": ("customer-incident", _OVER, "en", "America/New_York"),
    "incident-resolve.es": ("customer-incident", replace(_OVER, country="ES", words=""), "es", "Europe/Madrid"),
    "incident-forgotten": ("team-ask", _FORGOTTEN, "en", "America/New_York"),
    "ask-incident": ("team-ask", _SHOWN, "en", "America/New_York"),
}
"""By the name of the file: the template, its facts, the language and the zone."""
