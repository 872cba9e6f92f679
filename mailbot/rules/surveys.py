"""Whether customers are asked how satisfied they are, and how often."""

from __future__ import annotations

from datetime import timedelta

from mailbot.rules.recognising import Table
from mailbot.rules.values import Duration, Share


class Survey(Table):
    """The survey that follows the end of a ticket; without this table nobody is asked.

    `share` is that of the tickets after which the customer is asked, 0 to 1; within `rest` the same person is not asked
    again.
    """

    share: Share = 1.0
    rest: Duration = timedelta(days=30)
