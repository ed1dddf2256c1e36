"""An anatomy as JSON values and as flat records (docs/reference/json.md, plain.md)."""

from __future__ import annotations

from collections.abc import Iterator

from tokmeter.core.money import as_json
from tokmeter.metrics.anatomy import Anatomy, Part
from tokmeter.metrics.mix import largest_remainder
from tokmeter.reports.document import Column, Table, Value

_RECORDS = (
    "part", "name", "server", "pieces", "reads", "entered_tokens", "resends", "resent_tokens", "sends",
    "sent_tokens", "resend_cost_nanousd", "unpriced_tokens",
)  # fmt: skip


def anatomy_data(found: Anatomy, session: tuple[str, str] | None = None) -> dict[str, object]:
    """Everything that was found, unshortened."""
    percent = largest_remainder(part.sent_tokens for part in found.kinds)
    priced = not found.covered or found.unpriced_requests < found.covered
    return {
        "session_id": session[1] if session else None,
        "source": session[0] if session else None,
        "requests": {
            "asked": found.asked,
            "covered": found.covered,
            "unmeasured": found.unmeasured,
            "textless": found.asked - found.covered - found.unmeasured,
            "unpriced": found.unpriced_requests,
        },
        "list_cost": as_json(found.list_cost_nanousd if priced else None),
        "input_tokens": found.input_tokens,
        "unexplained_tokens": found.unexplained_tokens,
        "excess_tokens": found.excess_tokens,
        "totals": _part(found.total),
        "kinds": [
            {"kind": part.name, "share_percent": share, **_part(part)}
            for part, share in zip(found.kinds, percent, strict=True)
        ],
        "tools": [{"tool": part.name, "server": part.server or None, **_part(part)} for part in found.tools],
        "servers": [{"server": part.name, **_part(part)} for part in found.servers],
        "paths": [{"path": part.name, "reads": part.reads, **_part(part)} for part in found.paths],
        "scaling": [
            {
                "model": model,
                "requests": found.requests_by_model.get(model, 0),
                "factor": round(scale.factor, 6),
                "basis": scale.basis,
                "responses": scale.responses,
                "p90_error": None if scale.error is None else round(scale.error, 6),
            }
            for model, scale in found.scales.items()
        ],
    }


def _part(part: Part) -> dict[str, object]:
    often = round(part.sent_tokens / part.entered_tokens, 6) if part.entered_tokens else None
    return {
        "pieces": part.pieces,
        "entered_tokens": part.entered_tokens,
        "resends": part.resends,
        "resent_tokens": part.resent_tokens,
        "sends": part.sends,
        "sent_tokens": part.sent_tokens,
        "multiplier": often,
        "resend_cost": as_json(part.resend_cost_nanousd),
        "unpriced_tokens": part.unpriced_tokens,
    }


def anatomy_records(found: Anatomy) -> Table:
    """One row for each part. Tools, servers and files are other cuts of the same texts: never add them up."""
    columns = tuple(Column(name, name, "text") for name in _RECORDS)
    return Table("records", "", columns, tuple(_rows(found)))


def _rows(found: Anatomy) -> Iterator[tuple[Value, ...]]:
    groups = (
        ("kind", found.kinds),
        ("tool", found.tools),
        ("server", found.servers),
        ("path", found.paths),
    )
    for group, parts in groups:
        for part in parts:
            yield (
                group, part.name, part.server or None, part.pieces, part.reads if group == "path" else None,
                part.entered_tokens, part.resends, part.resent_tokens, part.sends, part.sent_tokens,
                part.resend_cost_nanousd, part.unpriced_tokens,
            )  # fmt: skip
