"""OpenTelemetry files: traces, logs and metrics as OTLP JSON, and what SDKs dump."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokmeter.histories._format import Place
from tokmeter.histories._otlp_reader import OtelReader
from tokmeter.histories._otlp_walk import flat_client, flat_kind, is_container


class Otlp:
    """Batches of any writer, and records that stand alone unless an assistant wrote them."""

    id = "otlp"
    title = "OpenTelemetry traces, logs and metrics"
    evidence = "OTLP 1.9, semantic conventions of 2026-11; traces of two projects"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """Detector 2, and flattened records."""
        return is_container(record) or (flat_kind(record) is not None and flat_client(record) is None)

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract; there is no CSV of it
        """Never."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> OtelReader:
        """A reader for one file, going on from `state`."""
        return OtelReader(self.id, place, state)


FORMATS = (Otlp(),)
