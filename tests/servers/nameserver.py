"""A name server on loopback that answers for TXT records, and misbehaves as a test asks it to.

with NameServer() as server:
    server.records["mail._domainkey.shop.example"] = [b"v=DKIM1; p=…"]
    server.silent.add("slow._domainkey.shop.example")
    …
    assert server.asked == ["mail._domainkey.shop.example"]
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

_STRING_OCTETS = 255


@dataclass
class NameServer:
    """Answers with `records`, NXDOMAIN for other names; `silent` and `failing` names get no answer, or SERVFAIL.

    `everything_silent` is as if it were not there. `asked` are the names in the order of their questions.
    """

    records: dict[str, Sequence[bytes]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    everything_silent: bool = False
    ttl: int = 300
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, name="name server")
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        # What is no question ends it.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    @property
    def address(self) -> str:
        """Address and port, as rules.toml writes them."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            octets, client = self._socket.recvfrom(65_535)
            if not octets:
                return
            question = dns.message.from_wire(octets)
            name = question.question[0].name.to_text(omit_final_dot=True).lower()
            self.asked.append(name)
            if not self.everything_silent and name not in self.silent:
                self._socket.sendto(self._answer(question, name).to_wire(), client)

    def _answer(self, question: dns.message.Message, name: str) -> dns.message.Message:
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.records:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.question[0].rdtype == dns.rdatatype.TXT and self.records[name]:
            texts = [_in_strings(record) for record in self.records[name]]
            answer.answer.append(dns.rrset.from_text(f"{name}.", self.ttl, dns.rdataclass.IN, "TXT", *texts))
        return answer


def _in_strings(record: bytes) -> str:
    """Return a record as a zone file has it: in strings of 255 octets at most (RFC 1035 section 3.3.14)."""
    strings = [record[start : start + _STRING_OCTETS] for start in range(0, len(record), _STRING_OCTETS)]
    return " ".join('"' + string.decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"' for string in strings)
