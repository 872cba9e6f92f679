"""Incidents: one trouble that many customers have, what was said of it, and whose mail is about it."""

from mailbot.deciding.incidents.incident import (
    Incident,
    IncidentState,
    OpenIncident,
    Told,
    Update,
    UpdateKind,
    is_said_as_issue,
)

__all__ = ["Incident", "IncidentState", "OpenIncident", "Told", "Update", "UpdateKind", "is_said_as_issue"]
