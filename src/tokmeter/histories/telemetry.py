"""Telemetry of Claude Code, Codex, Gemini CLI and Qwen Code as their SDKs dump it.

Gemini CLI's `telemetry.outfile` holds spans, log records and metrics, pretty-printed one after another. The
same events in OTLP batches come with `otlp`, are read alike and named as this format's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._format import Place
from tokmeter.histories._otlp_reader import OtelReader
from tokmeter.histories._otlp_walk import flat_client, flat_kind, is_container


class CliTelemetry:
    """Records that stand alone and that an assistant wrote."""

    id = "cli-telemetry"
    title = "Assistants' telemetry"
    evidence = "sources of Gemini CLI and Qwen Code, Claude Code's documentation, 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Detector 15, and the spans and metrics beside such events."""
        if is_container(record) or flat_kind(record) is None:
            return False
        return flat_client(record) is not None

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract; there is no CSV of it
        """Never."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> OtelReader:
        """A reader for one file, going on from `state`."""
        return OtelReader(self.id, place, state)


FORMATS = (CliTelemetry(),)
