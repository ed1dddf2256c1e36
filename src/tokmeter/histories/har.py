"""Captured HTTP: HAR of browsers and proxies, cassettes of VCR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokmeter.histories._capture import Exchange, body_bytes, exchange_items, is_call, is_free
from tokmeter.histories._extract import when
from tokmeter.histories._format import Place
from tokmeter.histories._record import Item, Remark
from tokmeter.sources._fields import as_dict


class Har:
    """`log.entries[]`: those that went to a model."""

    id = "har"
    title = "HTTP archive (HAR)"
    evidence = "the HAR 1.2 specification; checked 2026-11"
    rare = False

    def claims(self, record: Mapping[str, Any]) -> bool:
        """An archive with an entry that may have gone to a model."""
        log = as_dict(record.get("log"))
        return "version" in log and any(
            _is_ours(as_dict(entry.get("request")).get("url")) for entry in _all(log.get("entries"))
        )

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> _Reader:  # noqa: ARG002 - no record needs another
        """A reader for one file."""
        return _Reader(self.id, place, _entries)


class Cassette:
    """`interactions[]` or `http_interactions[]`: recorded for tests, so read only when asked for."""

    id = "vcr"
    title = "VCR cassette"
    evidence = "VCR.py's and VCR's JSON serializers; checked 2026-11"
    rare = True
    opt_in = True
    """Read only with `--format vcr`: the calls were made once, to be replayed."""

    def claims(self, record: Mapping[str, Any]) -> bool:
        """A cassette with an interaction that went to a model."""
        return any(_is_ours(_uri(entry)) for entry in _interactions(record))

    def claims_header(self, names: frozenset[str]) -> bool:  # noqa: ARG002 - the contract
        """No CSV."""
        return False

    def reader(self, place: Place, state: bytes = b"") -> _Reader:  # noqa: ARG002 - no record needs another
        """A reader for one file."""
        return _Reader(self.id, place, _played)


class _Reader:
    """Reads captures; each is one record."""

    def __init__(self, format_id: str, place: Place, exchanges: Any) -> None:
        self._format, self._place, self._exchanges = format_id, place, exchanges

    def feed(self, record: Any, line: int) -> Iterator[Item]:
        """The calls of one capture."""
        if not isinstance(record, Mapping):
            yield Remark(reason="unknown-record", line=line)
            return
        for exchange in self._exchanges(record):
            yield from exchange_items(exchange, self._place, line, format_id=self._format)

    def finish(self) -> Iterator[Item]:
        """Nothing stays open."""
        return iter(())

    def state(self) -> bytes:
        """Nothing."""
        return b""


def _entries(record: Mapping[str, Any]) -> Iterator[Exchange]:
    """The exchanges of an archive that went to a model."""
    for entry in _all(as_dict(record.get("log")).get("entries")):
        request, response = as_dict(entry.get("request")), as_dict(entry.get("response"))
        if not _is_ours(request.get("url")) or request.get("method") not in ("POST", None):
            continue
        content = as_dict(response.get("content"))
        yield Exchange(
            url=str(request["url"])[:4096],
            request=as_dict(request.get("postData")).get("text"),
            reply=body_bytes(content.get("text"), content.get("encoding")),
            mime=str(content.get("mimeType") or "")[:128],
            status=_status(response.get("status")),
            ts=when(entry.get("startedDateTime")),
            latency_ms=_milliseconds(entry.get("time")),
        )


def _played(record: Mapping[str, Any]) -> Iterator[Exchange]:
    """The exchanges of a cassette that went to a model."""
    for entry in _interactions(record):
        request, response = as_dict(entry.get("request")), as_dict(entry.get("response"))
        if not _is_ours(_uri(entry)):
            continue
        status = response.get("status", response.get("status_code"))
        yield Exchange(
            url=str(_uri(entry))[:4096],
            request=_text(request.get("body")),
            reply=_body(response),
            mime="",
            status=_status(as_dict(status).get("code") if type(status) is dict else status),
            ts=when(entry.get("recorded_at") or record.get("recorded_at")),
            latency_ms=None,
        )


def _body(response: Mapping[str, Any]) -> bytes:
    body = response.get("body", response.get("content"))
    if type(body) is dict and "base64_string" in body:
        return body_bytes(body["base64_string"], "base64")
    text = _text(body)
    return text.encode("utf-8", "replace") if type(text) is str else b""


def _text(body: Any) -> Any:
    return body.get("string") if type(body) is dict and "string" in body else body


def _interactions(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    return _all(record.get("interactions")) or _all(record.get("http_interactions"))


def _all(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if type(entry) is dict] if type(value) is list else []


def _uri(entry: Mapping[str, Any]) -> Any:
    request = as_dict(entry.get("request"))
    return request.get("uri", request.get("url"))


def _is_ours(url: Any) -> bool:
    return is_call(url) or is_free(url)


def _status(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 1000 else 0


def _milliseconds(value: Any) -> int | None:
    return round(value) if type(value) in (int, float) and 0 <= value < 1e9 else None


FORMATS = (Har(), Cassette())
