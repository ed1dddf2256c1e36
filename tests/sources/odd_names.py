"""Records that hold a sentence where a tool, a reason or a type is named: it must not be kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

MARKER = "Zq7 secret of a person"
NAMES = {
    "codex_error_info",
    "limit_id",
    "name",
    "namespace",
    "plan_type",
    "rate_limit_reached_type",
    "reason",
    "server",
    "tool",
    "trigger",
}
"""Fields that hold a fixed word, unless a log is damaged or somebody calls a tool by a sentence."""


def odd_names() -> Iterator[dict[str, Any]]:
    """Records of both assistants with a sentence where a name belongs; the other one's are unknown types."""
    yield {"type": MARKER, "payload": {}}
    yield {"type": "system", "subtype": "compact_boundary", "compactMetadata": {"trigger": MARKER}}
    call = {"type": "tool_use", "id": "toolu_odd", "name": MARKER, "input": {}}
    used = {"output_tokens": 0, "iterations": [{"type": MARKER}]}
    yield {"type": "assistant", "message": {"id": "msg_odd", "content": [call], "usage": used}}
    for kind in ("response_item", "event_msg"):
        yield {"type": kind, "payload": {"type": MARKER}}
    for names in ({"name": MARKER}, {"name": "read", "namespace": MARKER}, {"namespace": MARKER}):
        yield {"type": "response_item", "payload": {"type": "function_call", **names}}
    payloads: list[dict[str, Any]] = [
        {"type": "mcp_tool_call_end", "call_id": "a", "invocation": {"server": MARKER, "tool": "read"}},
        {"type": "mcp_tool_call_end", "call_id": "b", "invocation": {"server": "files", "tool": MARKER}},
        {"type": "turn_aborted", "reason": MARKER},
        {"type": "error", "codex_error_info": MARKER},
        {"type": "error", "codex_error_info": {MARKER: 1}},
    ]
    window = {"used_percent": 5, "window_minutes": 300}
    payloads += [
        {"type": "token_count", "rate_limits": {"primary": window, name: MARKER}}
        for name in ("limit_id", "plan_type", "rate_limit_reached_type")
    ]
    for payload in payloads:
        yield {"type": "event_msg", "payload": payload}
