"""When several tenants with a like trouble are an outage of which our own people are told."""

from __future__ import annotations

from datetime import timedelta

from mailbot.rules.recognising import Table
from mailbot.rules.values import Count, Interval


class Radar(Table):
    """So many `tenants` that write of a like trouble `within` that time are told of; 0 tenants never are."""

    tenants: Count = 3
    within: Interval = timedelta(minutes=30)
