"""Results of batch jobs: OpenAI's form (Groq's and Azure's too), Anthropic's, Gemini's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tokmeter.histories._extract import clean, when
from tokmeter.histories._format import Place
from tokmeter.histories._ids import named
from tokmeter.histories._record import Call, Item, Remark
from tokmeter.histories._response import UNKNOWN, Circumstances, response_items
from tokmeter.histories._shapes import shape_of
from tokmeter.sources._fields import as_dict

_ANTHROPIC_ENDS = ("succeeded", "errored", "canceled", "expired")


class OpenAIBatch:
    """Lines of `custom_id` and the response to it."""

    id = "openai-batch"
    title = "OpenAI batch results"
    evidence = "OpenAI's batch guide and SDK types; a real Groq output file; checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """`custom_id` with a response's status or body, or an error in its place."""
        if "custom_id" not in record or "result" in record:
            return False
        response = record.get("response")
        if type(response) is dict:
            return "status_code" in response or "body" in response
        return type(record.get("error")) is dict and "response" in record

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> _Reader:
        """A reader for one file."""
        return _Reader(self.id, "openai", place, state)


class AnthropicBatch:
    """Lines of `custom_id` and the result: a message, or why there is none. No times but the batch's own."""

    id = "anthropic-batch"
    title = "Anthropic batch results"
    evidence = "Anthropic's batch guide and SDK types; checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """A result of a known type, or the batch's own object."""
        if record.get("type") == "message_batch":
            return "processing_status" in record or "request_counts" in record
        result = record.get("result")
        return "custom_id" in record and type(result) is dict and result.get("type") in _ANTHROPIC_ENDS

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> _Reader:
        """A reader for one file."""
        return _Reader(self.id, "anthropic", place, state)


class GeminiBatch:
    """Lines of `key` and a generateContent response; Vertex adds the request and `processed_time`."""

    id = "gemini-batch"
    title = "Gemini batch results"
    evidence = "public descriptions alone"
    rare = True

    def claims(self, record: Mapping[str, Any]) -> bool:
        """`key` or `processed_time` beside a Gemini response, or beside an error and nothing else."""
        response = record.get("response")
        if "key" not in record and "processed_time" not in record:
            return False
        if type(response) is dict:
            return shape_of(response) == "gemini"
        error = record.get("error") or record.get("status")
        return (
            type(error) is dict
            and "code" in error
            and record.keys() <= {"key", "error", "status", "response"}
        )

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> _Reader:
        """A reader for one file."""
        return _Reader(self.id, "google", place, state)


class _Reader:
    """Reads results; every call of a batch has the tier batch."""

    def __init__(self, format_id: str, provider: str, place: Place, state: bytes) -> None:
        saved: dict[str, Any] = msgspec.json.decode(state) if state else {}
        self._format, self._provider, self._place = format_id, provider, place
        self._batch: str = saved.get("batch") or clean(place.name) or ""
        self._ts: int | None = saved.get("ts")

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """The call of one line."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
        elif record.get("type") == "message_batch":
            self._ts = when(record.get("ended_at")) or when(record.get("created_at")) or self._ts
            self._batch = clean(record.get("id")) or self._batch
        else:
            yield from self._result(record, line)

    def finish(self) -> Iterator[Item]:
        """Nothing stays open."""
        return iter(())

    def state(self) -> bytes:
        """The batch whose object was seen."""
        return msgspec.json.encode({"batch": self._batch, "ts": self._ts}) if self._ts else b""

    def _result(self, record: Mapping[str, Any], line: int) -> Iterator[Item]:
        batch = clean(record.get("batch_id")) or self._batch
        key = f"batch:{self._provider}:{batch}:{named(record.get('custom_id', record.get('key')))}"
        around = Circumstances(
            tier="batch",
            ts=when(record.get("processed_time")) or self._ts,
            provider="google" if self._provider == "google" else None,
            batch_key=key,
            request_ref=clean(as_dict(record.get("response")).get("request_id")),
        )
        inner = self._response(record)
        items = (
            list(response_items(inner, self._place, line, format_id=self._format, around=around))
            if inner
            else []
        )
        calls = [item for item in items if isinstance(item, Call)]
        if calls or items:
            yield from items
            return
        yield Call(
            key=key,
            ts=around.ts or self._place.mtime_ms,
            ts_quality="exact" if around.ts else "file",
            format=self._format,
            model=UNKNOWN,
            provider=self._provider,
            status="error",
            tier="batch",
            request_ref=around.request_ref,
            line=line,
        )

    def _response(self, record: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The response of a line that has one; a failed request used nothing."""
        if self._provider == "anthropic":
            result = as_dict(record.get("result"))
            message = result.get("message")
            return message if result.get("type") == "succeeded" and type(message) is dict else None
        response = record.get("response")
        if type(response) is not dict:
            return None
        if self._provider == "google":
            return {"response": response, "request": record.get("request")}
        status = response.get("status_code")
        body = response.get("body")
        if type(body) is not dict or (type(status) is int and status >= 400):
            return None
        return body


FORMATS = (OpenAIBatch(), AnthropicBatch(), GeminiBatch())
