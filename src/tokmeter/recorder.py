"""A recorder for one's own code: one JSON line per call, read at the next sync.

    from tokmeter import record

    reply = client.messages.create(...)
    record(reply, project="shop")

    with record.call(project="shop") as call:
        call.response = client.responses.create(...)

It takes the response objects of the OpenAI, Anthropic, Gemini and LiteLLM libraries, or plain dicts. It keeps
ids, model, usage and times, no text unless `text=True`. It never raises into the caller, and imports nothing
of tokmeter's command line.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, Self

DEPTH = 6
"""Levels of a usage object that are kept; real ones have three."""
MOST_VALUES = 500
"""Values of one response that are kept without its text; real ones have some fifty."""
MOST_WITH_TEXT = 100_000

_KEPT = (
    "id", "object", "type", "model", "created", "created_at", "completed_at", "status", "service_tier",
    "usage", "usage_metadata", "usageMetadata", "model_version", "modelVersion", "response_id", "responseId",
    "create_time", "createTime", "provider", "system_fingerprint", "error", "_hidden_params",
)  # fmt: skip
_TEXT = ("choices", "content", "output", "candidates")
_NESTED = {"usage", "usage_metadata", "usageMetadata", *_TEXT}
_FLAGS = os.O_CREAT | os.O_APPEND | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Recorder:
    """What `from tokmeter import record` gives. Lines go to `folder`, else to tokmeter's own place."""

    def __init__(self, folder: str | None = None) -> None:
        self._folder = folder
        self._torn = False

    def __call__(
        self,
        response: object,
        *,
        project: str | None = None,
        session: str | None = None,
        latency_ms: float | None = None,
        text: bool = False,
    ) -> None:
        """Append one line for `response`. Never raises: what can't be recorded is left out."""
        try:
            kept = _response(response, text=text)
            if not kept:
                return
            now = time.time()
            line: dict[str, object] = {"tokmeter": 1, "ts": _iso(now)}
            if project is not None:
                line["project"] = str(project)
            if session is not None:
                line["session_id"] = str(session)
            if latency_ms is not None:
                line["latency_ms"] = round(latency_ms)
            if "response_cost" in kept:
                line["response_cost"] = kept.pop("response_cost")
            line["response"] = kept
            self._append(json.dumps(line, separators=(",", ":")), now)
        except Exception:  # noqa: BLE001 - a recorder must not break the program that it records
            return

    def call(
        self, *, project: str | None = None, session: str | None = None, text: bool = False
    ) -> RecordedCall:
        """A context that measures the call made in it and records its `response` at the end."""
        return RecordedCall(self, project, session, text=text)

    def _append(self, line: str, now: float) -> None:
        """One write per line, to a file open for appending: lines of processes and threads do not mix.

        Nothing stays open: a descriptor kept over a fork or a `closerange` may become another file's.
        """
        if self._folder is None:
            self._folder = own_folder()
        path = os.path.join(self._folder, time.strftime("%Y-%m.jsonl", time.gmtime(now)))
        try:
            descriptor = os.open(path, _FLAGS, 0o600)
        except FileNotFoundError:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            descriptor = os.open(path, _FLAGS, 0o600)
        try:
            data = f"{line}\n".encode("ascii")
            if self._torn:  # the disk was full: the beginning of a line stands there
                data = b"\n" + data
            self._torn = os.write(descriptor, data) < len(data)
        finally:
            os.close(descriptor)


class RecordedCall:
    """One call being made; set `response` inside the context."""

    def __init__(self, recorder: Recorder, project: str | None, session: str | None, *, text: bool) -> None:
        self.response: object = None
        self._recorder = recorder
        self._project = project
        self._session = session
        self._text = text
        self._started = 0.0

    def __enter__(self) -> Self:
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record what there is; an exception of the call goes on to the caller."""
        if self.response is None:
            return
        latency = (time.perf_counter() - self._started) * 1000
        self._recorder(
            self.response, project=self._project, session=self._session, latency_ms=latency, text=self._text
        )


def own_folder() -> str:
    """Where recorded calls lie: `recorded` beside the ledger."""
    from tokmeter.config.quick_paths import ledger_file  # noqa: PLC0415 - once per process

    return os.path.join(os.path.dirname(ledger_file(os.environ)), "recorded")


def _response(response: object, *, text: bool) -> dict[str, Any]:
    """The parts of a response that counting needs, as plain values."""
    kept: dict[str, Any] = {}
    plain = _Plain(MOST_WITH_TEXT if text else MOST_VALUES)
    for name in (*_KEPT, *_TEXT) if text else _KEPT:
        try:
            value = response.get(name) if isinstance(response, dict) else getattr(response, name, None)
        except Exception:  # noqa: BLE001, S112 - a property that raises takes the others with it otherwise
            continue
        if value is None:
            continue
        if name == "_hidden_params":  # LiteLLM's, which holds headers beside the cost
            cost = value.get("response_cost") if isinstance(value, dict) else None
            if isinstance(cost, int | float):
                kept["response_cost"] = cost
        elif name == "error":  # its message may hold text
            error = plain.of(value, 2)
            named = error if isinstance(error, dict) else {}
            kept["error"] = {one: named[one] for one in ("type", "code", "status") if one in named}
        elif name in _NESTED:
            kept[name] = plain.of(value, DEPTH)
        elif isinstance(value, str | int | float | datetime):
            kept[name] = plain.of(value, 1)
    return kept


class _Plain:
    """Makes values such as JSON can say; at most `most` of them, for objects may refer to each other."""

    def __init__(self, most: int) -> None:
        self._left = most

    def of(self, value: object, depth: int) -> object:
        """`value`, an object by its public attributes."""
        self._left -= 1
        if value is None or isinstance(value, str | int | float | bool):
            return value
        if isinstance(value, datetime):
            return value.isoformat()
        if depth == 0 or self._left <= 0:
            return None
        if isinstance(value, list | tuple):
            return [self.of(item, depth - 1) for item in value if self._left > 0]
        plain = {}
        for name, item in _fields(value):
            if item is not None and self._left > 0 and not (isinstance(name, str) and name.startswith("_")):
                plain[str(name)] = self.of(item, depth - 1)
        return plain


def _fields(value: object) -> list[tuple[object, object]]:
    """The attributes of an object, those of slots included, or the items of a mapping."""
    if isinstance(value, dict):
        return list(value.items())
    fields = list(getattr(value, "__dict__", {}).items())
    slots = getattr(type(value), "__slots__", ())
    for name in (slots,) if isinstance(slots, str) else slots:
        try:
            fields.append((name, getattr(value, name, None)))
        except Exception:  # noqa: BLE001, S112 - see above
            continue
    return fields


def _iso(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


record = Recorder()
