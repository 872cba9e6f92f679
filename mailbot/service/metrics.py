"""What Prometheus is told: how much came, was decided and left, what waits, how the store and the parts are.

What has happened since the start is counted from the events of the log, so that a number and its lines never differ.
How things stand is looked up when it is asked for. No label carries what a sender wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mailbot import __version__
from mailbot.service.status import Light, Seen, judge
from mailbot.store.outbox import OutboxState
from mailbot.store.writer import Writer

# A good disk takes a millisecond; above a second senders begin to wait.
_COMMIT_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_ENDS = frozenset(("sent", "deferred", "failed", "unclear", "expired"))


class Metrics:
    """Counts events; `text` gives everything in the form that Prometheus reads."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        """Begin at zero; `look_by` must be called before `text`."""
        self._registry = CollectorRegistry()
        self._events = self._counter("mailbot_events", "Events of the log, by their verb.", "event")
        self._messages = self._counter("mailbot_messages", "Messages decided on, by the door they came in.", "door")
        self._decisions = self._counter("mailbot_decisions", "Decisions, by the place a message was given.", "place")
        self._mails = self._counter(
            "mailbot_mails", "Attempts to hand a mail over, by kind and result.", "kind", "state"
        )
        self._lines = Counter("mailbot_log_lines_lost", "Lines the log could not take.", registry=self._registry)
        self._commits = Histogram(
            "mailbot_commit_seconds",
            "Transactions, by the time that they took, from the first work on.",
            buckets=_COMMIT_SECONDS,
            registry=self._registry,
        )
        Info("mailbot_build", "The version that runs.", registry=self._registry).info({"version": __version__})

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, registry=self._registry)

    def observe(self, event: Mapping[str, Any]) -> None:
        """Count one event of the log; it is called in the thread that logs, and is quick."""
        verb = event["event"]
        self._events.labels(verb).inc()
        if verb == "decided":
            self._messages.labels(event["door"]).inc()
            self._decisions.labels(event["place"]).inc()
        elif verb in _ENDS:
            self._mails.labels(event["kind"], verb).inc()
        elif verb == "log-lines-lost":
            self._lines.inc(event["lines"])

    def look_by(self, look: Callable[[], Seen], writer: Writer) -> None:
        """From now on look up how things stand with `look`, each time that is asked for."""
        self._registry.register(_Standing(look))
        writer.took = self._commits.observe

    def text(self) -> bytes:
        """Return everything, as of now."""
        return generate_latest(self._registry)


class _Standing(Collector):
    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look = look

    def describe(self) -> list[Metric]:
        """Promise no names in advance: otherwise the registry would look at once."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield how things stand."""
        seen = self._look()
        yield from self._parts(seen)
        yield _gauge("mailbot_disk_free_bytes", "Free octets on the disk of the log.", seen.disk.free)
        yield _gauge("mailbot_log_bytes", "Octets that the log takes.", seen.disk.log)
        yield _gauge("mailbot_wal_bytes", "Octets not yet merged into the log.", seen.disk.wal)
        if seen.standing is not None:
            counts, standing = seen.standing.counts, seen.standing
            yield _gauge(
                "mailbot_waiting_messages", "Messages that wait for their decision.", counts.waiting + counts.slow
            )
            yield _age(
                "mailbot_waiting_oldest_seconds", "Age of the oldest of them.", counts.oldest_waiting_at, seen.now
            )
            yield _gauge("mailbot_queued_mails", "Mails that wait to leave.", standing.queued)
            yield _age(
                "mailbot_queued_oldest_seconds", "Age of the oldest of them.", standing.oldest_queued_at, seen.now
            )
            yield _gauge("mailbot_quarantined_messages", "Messages in quarantine.", counts.quarantined)
            yield _gauge("mailbot_open_tickets", "Tickets that are open.", counts.open_tickets)
            yield _gauge("mailbot_waiting_tickets", "Tickets in which a customer waits.", counts.waiting_tickets)
            people = GaugeMetricFamily("mailbot_mails_for_people", "Mails that wait for a person.", labels=["state"])
            for state in (OutboxState.HELD, OutboxState.FAILED, OutboxState.UNCLEAR):
                people.add_metric([str(state)], counts.outbox[state])
            yield people

    @staticmethod
    def _parts(seen: Seen) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "mailbot_part_up", "0 where `mailbot status` is red, 1 where it is not.", labels=["part"]
        )
        needing = GaugeMetricFamily(
            "mailbot_part_needs_somebody", "1 where `mailbot status` is yellow or red, else 0.", labels=["part"]
        )
        for status in judge(seen):
            up.add_metric([status.part], int(status.light is not Light.RED))
            needing.add_metric([status.part], int(status.light is not Light.GREEN))
        yield up
        yield needing
        failures = CounterMetricFamily(
            "mailbot_part_failures", "Troubles met, such as lost connections.", labels=["part"]
        )
        for state in seen.live.parts if seen.live else ():
            failures.add_metric([state.name], state.failures)
        yield failures


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)


def _age(name: str, meaning: str, oldest: datetime | None, now: datetime) -> Metric:
    return _gauge(name, meaning, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
