"""Authentication-Results (RFC 8601), read with its real grammar but tolerantly, and trusted narrowly.

Only fields with an id the operator named count, or Exchange Online's form without an id where the
operator says so. Of these only the topmost counts, with its neighbours down to the next Received field
where several programs of the border write one each: anything lower may have come in with the message.
Words in comments and quoted strings prove nothing. ARC is not read: no sealer is trusted. SPF alone
never proves anyone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailbot.reading.fields.address import a_label, domain_of
from mailbot.reading.fields.headers import HeaderSection
from mailbot.reading.model import Authentication, Border, Mailbox, Verdict

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([;=])|([^\s;="()]+)|\s+|.', re.DOTALL)
_OUTSIDE = re.compile(r'[^"(]+|\(|"(?:[^"\\]|\\.)*+"', re.DOTALL)
_IN_COMMENT = re.compile(r"[^()\\]+|\\.?|[()]", re.DOTALL)
_MAX_FIELD = 16_384
_MAX_FIELDS = 50
_AUTHENTICATED_AS = "x-ms-exchange-organization-authas"


@dataclass(slots=True)
class Result:
    """One `method=result` with its properties, names in lower case."""

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)


def read_authentication(section: HeaderSection, sender: Mailbox | None, border: Border) -> Authentication:
    """Return the border's verdict on the From domain."""
    domain = domain_of(sender.address) if sender else ""
    if not domain:
        return Authentication(Verdict.NONE, "", ("From names nobody beyond doubt",))
    trusted = _trusted(section, border)
    found = _verdict([result for results in trusted for result in results], domain)
    if found.verdict is not Verdict.FAIL and border.microsoft and _is_internal(section):
        return Authentication(Verdict.PASS, domain, ("sent inside the same Exchange organisation",))
    if not trusted:
        return Authentication(Verdict.NONE, "", ("no Authentication-Results from the border",))
    return found


def _is_internal(section: HeaderSection) -> bool:
    """Return whether Exchange says so, and no second field says anything else: one of two came in with the message."""
    return {said.strip().lower() for said in section.all(_AUTHENTICATED_AS)} == {"internal"}


def _trusted(section: HeaderSection, border: Border) -> list[list[Result]]:
    """Return the results of the topmost trusted field and of its trusted neighbours."""
    ids = {name.lower() for name in border.authserv_ids}
    found: list[list[Result]] = []
    seen = received = 0
    for name, raw in section.fields:
        if name == "received":
            received += 1
            if found:
                break
        if name != "authentication-results":
            continue
        seen += 1
        if seen > _MAX_FIELDS or (border.received_above is not None and received > border.received_above):
            break
        authserv_id, results = parse(section.unfold(raw)[:_MAX_FIELD])
        if authserv_id in ids or (border.microsoft and not authserv_id):
            found.append(results)
            if border.one_field or not authserv_id:
                break
    return found


def _verdict(results: list[Result], domain: str) -> Authentication:
    """Weigh DMARC first, then an aligned DKIM signature."""
    dmarc = {r.result for r in results if r.method == "dmarc" and _same(r.properties.get("header.from"), domain)}
    if "pass" in dmarc and dmarc <= {"pass"}:
        return Authentication(Verdict.PASS, domain, (f"dmarc=pass for {domain}",))
    if "fail" in dmarc or len(dmarc) > 1:
        return Authentication(Verdict.FAIL, "", (f"dmarc={'/'.join(sorted(dmarc))} for {domain}",))
    reasons = [f"dmarc={result} for {domain}" for result in sorted(dmarc)]
    for result in results:
        if result.method == "dmarc" and not _same(result.properties.get("header.from"), domain):
            reasons.append("dmarc is about another domain than From")
        if result.method == "dkim" and result.result == "pass":
            signer = _signer(result)
            if signer and (domain == signer or ("." in signer and domain.endswith("." + signer))):
                return Authentication(Verdict.PASS, domain, (*reasons, f"dkim=pass by {signer}"))
            reasons.append("dkim signature of another domain than From")
    return Authentication(Verdict.NONE, "", tuple(dict.fromkeys(reasons)) or ("no dmarc and no aligned dkim",))


def _same(value: str | None, domain: str) -> bool:
    return bool(value) and a_label((value or "").rpartition("@")[2]) == domain


def _signer(result: Result) -> str:
    value = result.properties.get("header.d") or result.properties.get("header.i", "")
    return a_label(value.rpartition("@")[2])


def parse(value: str) -> tuple[str, list[Result]]:
    """Return the authserv-id (lower case, empty in Microsoft's form) and the results; never raises."""
    clauses = _clauses(_without_comments(value))
    authserv_id = ""
    if clauses and "=" not in [kind for kind, _ in clauses[0]]:
        words = [text for kind, text in clauses.pop(0) if kind != "="]
        authserv_id = words[0].lower() if words else ""
    results = []
    for clause in clauses:
        pairs = _pairs(clause)
        if pairs:
            (method, result), *rest = pairs
            properties: dict[str, str] = {}
            for name, text in rest:
                properties.setdefault(name, text)
            results.append(Result(method.partition("/")[0], result.lower(), properties))
    return authserv_id, results


def _clauses(value: str) -> list[list[tuple[str, str]]]:
    """Cut into tokens, one list per semicolon: kind is "=" , "quoted" or "word"."""
    clauses: list[list[tuple[str, str]]] = [[]]
    for token in _TOKEN.finditer(value):
        if token[1] is not None:
            clauses[-1].append(("quoted", token[1]))
        elif token[2] == ";":
            clauses.append([])
        elif token[2]:
            clauses[-1].append(("=", "="))
        elif token[3]:
            clauses[-1].append(("word", token[3]))
    return [clause for clause in clauses if clause]


def _pairs(clause: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Read `name = value` pairs; a quoted name is no name."""
    return [
        (name.lower(), text)
        for (kind, name), (middle, _), (other, text) in zip(clause, clause[1:], clause[2:], strict=False)
        if kind == "word" and middle == "=" and other != "="
    ]


def _without_comments(value: str) -> str:
    """Replace comments, nested ones too, by a space; parentheses in quoted strings stay."""
    out: list[str] = []
    position = depth = 0
    while position < len(value):
        found = (_IN_COMMENT if depth else _OUTSIDE).match(value, position)
        if found is None:
            # A quoted string that never ends: nothing after it can be trusted.
            break
        if found[0] == "(":
            depth += 1
        elif depth and found[0] == ")":
            depth -= 1
            out.append(" ")
        elif not depth:
            out.append(found[0])
        position = found.end()
    return "".join(out)
