"""/healthz and /metrics, as a monitoring program on the same machine reads them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mailbot import config
from mailbot.delivery.submission import Submission
from mailbot.rules import Relay as RelayRules
from tests.servers.daemon import Desk, numbered, rules_for
from tests.servers.smtp import Relay

RULES = '[listen]\nsmtp = "127.0.0.1:0"\n[operate]\nhttp = "127.0.0.1:0"\n'


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    with Relay() as server:
        yield server


@pytest.fixture(scope="module")
def desk(relay: Relay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Desk(tmp_path_factory.mktemp("desk"), rules_for(relay=relay, more=RULES)) as running:
        running.wait_until_started()
        yield running


def port(desk: Desk, event: str, name: str) -> int:
    line = next(line for line in desk.said().splitlines() if f'"{event}"' in line)
    return int(json.loads(line)[name])


def get(desk: Desk, path: str, host: str = "localhost") -> tuple[int, str]:
    client = HTTPConnection("127.0.0.1", port(desk, "monitoring", "port"), timeout=30)
    client.request("GET", path, headers={"Host": host})
    answer = client.getresponse()
    return answer.status, answer.read().decode()


def metrics(desk: Desk) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(get(desk, "/metrics")[1])
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


def test_health_names_every_part_and_what_to_do(desk: Desk) -> None:
    status, body = get(desk, "/healthz")
    said: dict[str, Any] = json.loads(body)
    assert (status, said["ok"]) == (200, True), "a desk is well from its first day"
    assert {part["light"] for part in said["parts"].values()} == {"green"}
    assert {"daemon", "log", "listener", "processor", "relay", "backup"} <= set(said["parts"])
    assert "mailbot backup" in said["parts"]["backup"]["next_step"]
    desk.command("backup", str(desk.folder / "backup.tar.zst"))
    assert json.loads(get(desk, "/healthz")[1])["parts"]["backup"]["next_step"] == ""


def test_health_is_503_for_what_endangers_mail_and_for_nothing_else(tmp_path: Path) -> None:
    refusing = Relay(recipients={"person1@acme-dental.example": "550 5.1.1 no such mailbox"})
    with refusing, Desk(tmp_path, rules_for(relay=refusing, more=RULES)) as desk:
        desk.wait_until_started()
        [raw] = numbered(range(1, 2))
        desk.command("ingest", "-", "--answer", stdin=raw)
        desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'failed'") == 1, "the refusal")
        status, body = get(desk, "/healthz")
        assert (status, json.loads(body)["parts"]["outbox"]["light"]) == (200, "yellow")
        found = metrics(desk)
        assert found["mailbot_part_up", ("outbox",)] == 1
        assert found["mailbot_part_needs_somebody", ("outbox",)] == 1
        refusing.stop()
        [raw] = numbered(range(2, 3))
        desk.command("ingest", "-", "--answer", stdin=raw)
        desk.wait_for(lambda: get(desk, "/healthz")[0] == 503, "the outage to be known")
        said = json.loads(get(desk, "/healthz")[1])
        assert not said["ok"]
        assert [name for name, part in said["parts"].items() if part["light"] == "red"] == ["relay"]
        assert metrics(desk)["mailbot_part_up", ("relay",)] == 0


def test_metrics_count_what_came_and_left(desk: Desk) -> None:
    smtp = RelayRules(host="127.0.0.1", port=port(desk, "started", "smtp"), tls="none")
    door = Submission(smtp, lambda _secret: "", "acme-dental.example")
    for raw in numbered(range(1, 4)):
        door.submit("person@acme-dental.example", "support@example.com", raw)
    door.close()
    desk.wait_for(lambda: desk.count("SELECT count(*) FROM outbox WHERE state = 'sent'") == 3, "three answers")
    desk.wait_for(lambda: metrics(desk).get(("mailbot_mails_total", ("acknowledgement", "sent"))) == 3, "their count")
    found = metrics(desk)
    assert found["mailbot_messages_total", ("smtp",)] == 3
    assert found["mailbot_decisions_total", ("OpenTicket",)] == 3
    assert found["mailbot_events_total", ("decided",)] == 3
    assert found["mailbot_open_tickets", ()] == found["mailbot_waiting_tickets", ()] == 3
    assert found["mailbot_queued_mails", ()] == 0
    took = {labels[0]: value for (name, labels), value in found.items() if name == "mailbot_commit_seconds_bucket"}
    assert list(took.values()) == sorted(took.values())
    assert took["+Inf"] == found["mailbot_commit_seconds_count", ()] >= 3
    assert 0 < found["mailbot_commit_seconds_sum", ()] < 30 * took["+Inf"]
    assert took["30.0"] == took["+Inf"], "none took that long"
    assert found["mailbot_disk_free_bytes", ()] > 0
    assert found["mailbot_part_up", ("relay",)] == 1
    assert ("mailbot_part_failures_total", ("relay",)) in found
    named = set(re.findall(r"`(mailbot_\w+)`", (Path(__file__).parents[2] / "docs" / "operating.md").read_text()))
    assert named == {name for name, _ in found if not name.endswith("_created")}, "docs/operating.md lists them all"
    assert not re.search("hold music|person1@", get(desk, "/metrics")[1]), "no label carries what a sender wrote"


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "localhost", 404),
        ("/metrics", "rebound.example", 403),
        ("/metrics", "127.0.0.1:9464", 200),
        ("/metrics", "[::1]:9464", 200),
        ("/metrics?x", "localhost", 404),
    ],
)
def test_who_is_answered(desk: Desk, path: str, host: str, status: int) -> None:
    assert get(desk, path, host)[0] == status


def test_a_client_that_says_nothing_holds_up_no_other(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", port(desk, "monitoring", "port"))):
        assert get(desk, "/metrics")[0] == 200


@pytest.mark.parametrize("where", ["0.0.0.0:9464", "192.0.2.7:9464", "9464", "localhost:", "127.0.0.1:x", "[::]:9464"])
def test_others_must_not_see_it(tmp_path: Path, where: str) -> None:
    (tmp_path / "rules.toml").write_text(rules_for(more=f'[operate]\nhttp = "{where}"\n'))
    _, problems = config.inspect(tmp_path, running=True)
    [problem] = [problem for problem in problems if problem.key == "operate.http"]
    assert not problem.warning
    assert "127.0.0.1:9464" in problem.hint
