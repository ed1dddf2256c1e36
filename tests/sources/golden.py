"""Run an adapter over a fixture case and show what it found as plain, sorted records.

A case is a folder `tests/sources/<adapter>/<case>/` with

* `input/`: a home folder with synthetic logs, laid out as the assistant lays out its own;
* `expected.jsonl`: one record a line, see `records`;
* `case.toml`: `title`, `format_version`, `evidence` and, if needed, `not_logs` (files that no adapter may claim) and `[env]` (the
  assistant's own variables; `{input}` is the path of `input/`).
"""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tokmeter.core.event import Event, LimitSnapshot, merge_events
from tokmeter.core.problem import Problem
from tokmeter.core.usage import COUNT_BASES, Entry, flag_names, merge
from tokmeter.sources._base import LogFile, Parsed, PlaceProblem, Source
from tokmeter.sources._jsonl import Cursor, Reading, read_log

HERE = Path(__file__).parent

Order = Callable[[list[LogFile]], list[LogFile]]
Record = dict[str, Any]


@dataclass
class Found:
    """What an adapter found, merged over all files by key as the ledger does it."""

    files: list[LogFile] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    events: dict[tuple[str, str], Event] = field(default_factory=dict)
    limits: set[LimitSnapshot] = field(default_factory=set)
    problems: list[Problem | PlaceProblem] = field(default_factory=list)
    unknown: dict[str, int] = field(default_factory=dict)

    def add(self, parsed: Parsed) -> None:
        """Merge what one reading of one log brought."""
        for entry in parsed.entries:
            mine = self.entries.setdefault(entry.key, entry)
            if mine is not entry:
                merge(mine, entry)
        for event in parsed.events:
            known = self.events.setdefault((event.kind, event.key), event)
            if known is not event:
                merge_events(known, event)
        for retracted in parsed.retracted:
            self.events.pop(retracted, None)
        self.limits.update(parsed.limits)
        self.problems += parsed.problems
        for name, number in parsed.unknown.items():
            self.unknown[name] = self.unknown.get(name, 0) + number


@dataclass(frozen=True)
class Case:
    """One fixture folder and its description."""

    folder: Path
    adapter: str
    about: Mapping[str, Any]

    @property
    def input(self) -> Path:
        """The home folder the adapter is pointed at."""
        return self.folder / "input"

    def env(self, home: Path) -> dict[str, str]:
        """The assistant's own variables, pointing below `home`."""
        return {name: text.replace("{input}", str(home)) for name, text in self.about.get("env", {}).items()}

    def __str__(self) -> str:
        return f"{self.adapter}/{self.folder.name}"


def all_cases() -> list[Case]:
    """Every fixture case of every adapter, sorted."""
    return [load_case(path.parent) for path in sorted(HERE.glob("*/*/case.toml"))]


def load_case(folder: Path) -> Case:
    """The case that stands in `folder`."""
    about = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    return Case(folder, folder.parent.name, about)


def source_of(adapter: str) -> Source:
    """The adapter whose package name equals the fixture folder's name."""
    source: Source = importlib.import_module(f"tokmeter.sources.{adapter}").SOURCE
    return source


def run_case(case_dir: Path, source: Source, order: Order = sorted) -> list[Record]:
    """The records of one case, its files read in the given order."""
    case = load_case(case_dir)
    found = run_home(case.input, source, env=case.env(case.input), order=order)
    return records(found)


def run_home(
    home: Path,
    source: Source,
    *,
    env: Mapping[str, str] | None = None,
    order: Order = sorted,
) -> Found:
    """Discover and read everything below `home`, each file at once."""
    found = Found()
    discovery = source.discover(source.roots(env or {}, home))
    found.problems += discovery.problems
    found.files = list(discovery.files)
    siblings = siblings_of(source, found.files)
    for file in order(list(found.files)):
        found.add(read_log(source, file, None, siblings).parsed)
    return found


def siblings_of(source: Source, files: Iterable[LogFile]) -> dict[str, LogFile]:
    """Every log by the name other logs refer to it with."""
    named = ((source.sibling_id(file), file) for file in files)
    return {name: file for name, file in named if name is not None}


def read_again(
    source: Source, file: LogFile, cursor: Cursor | None, siblings: Mapping[str, LogFile]
) -> Reading:
    """Read a file that may have changed since it was discovered."""
    stat = Path(file.path).stat()
    fresh = file._replace(dev=stat.st_dev, ino=stat.st_ino, size=stat.st_size, mtime_ns=stat.st_mtime_ns)
    return read_log(source, fresh, cursor, siblings)


def records(found: Found) -> list[Record]:
    """Entries, then events, then limits, then problems: plain, sorted, free of paths."""
    lines = [_entry(entry) for entry in sorted(found.entries.values(), key=lambda e: (e.ts, e.key))]
    lines += [_event(event) for event in sorted(found.events.values(), key=lambda e: (e.ts, e.kind, e.key))]
    lines += sorted((_limit(limit) for limit in found.limits), key=_text)
    # the ledger keeps each problem once, by file, line and code
    lines += sorted((_problem(problem) for problem in dict.fromkeys(found.problems)), key=_text)
    return lines


def _entry(entry: Entry) -> Record:
    origin, sku = entry.origin, entry.sku
    extra = {
        "parent_session_id": origin.parent_session_id,
        "inference_geo": sku.inference_geo,
        "effort": sku.effort,
        "turn_id": entry.turn_id,
        "reported_cost_nanousd": entry.reported_cost_nanousd,
        "evidence_rank": entry.evidence_rank or None,
        "count_basis": COUNT_BASES[entry.count_basis] if entry.count_basis else None,
    }
    return {
        "key": entry.key,
        "ts": iso(entry.ts),
        "session_id": origin.session_id,
        "agent_id": origin.agent_id,
        "project": origin.project,
        "provider": sku.provider,
        "model": sku.model,
        "model_raw": sku.model_raw,
        "uncached_input_tokens": entry.uncached_input_tokens,
        "cache_read_input_tokens": entry.cache_read_input_tokens,
        "cache_creation_5m_input_tokens": entry.cache_creation_5m_input_tokens,
        "cache_creation_1h_input_tokens": entry.cache_creation_1h_input_tokens,
        "output_tokens": entry.output_tokens,
        "reasoning_output_tokens": entry.reasoning_output_tokens,
        "web_searches": entry.web_searches,
        "service_tier": sku.service_tier,
        "speed": sku.speed,
        "flags": flag_names(entry.flags),
        **_known(extra),
    }


def _event(event: Event) -> Record:
    head = {
        "event": event.kind,
        "key": event.key,
        "ts": iso(event.ts),
        "session_id": event.origin.session_id,
        "agent_id": event.origin.agent_id,
    }
    names = ("turn_id", "entry_key", "name", "status", "input_bytes", "result_bytes", "duration_ms")
    names += ("count", "tokens_before", "tokens_after")
    rest = {name: getattr(event, name) or None for name in names}
    return _known({**head, **rest, "until": iso(event.until) if event.until else None})


def _limit(limit: LimitSnapshot) -> Record:
    return _known(
        {
            "limit": limit.limit_id,
            "ts": iso(limit.ts),
            "window_minutes": limit.window_minutes,
            "used_percent": limit.used_percent,
            "resets_at": iso(limit.resets_at) if limit.resets_at is not None else None,
            "plan_type": limit.plan_type,
        }
    )


def _problem(problem: Problem | PlaceProblem) -> Record:
    line = problem.line if isinstance(problem, Problem) else 0
    return {"problem": problem.code, "line": line, "detail": problem.detail}


def _known(record: Record) -> Record:
    return {name: value for name, value in record.items() if value is not None}


def _text(record: Record) -> str:
    return json.dumps(record, sort_keys=True)


def iso(millis: int) -> str:
    """UTC milliseconds as `2026-11-21T17:03:05.120Z`."""
    moment = datetime.fromtimestamp(millis // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"


def read_expected(case_dir: Path) -> list[Record]:
    """The records that were derived by hand."""
    lines = (case_dir / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def write_expected(case_dir: Path, found: list[Record]) -> None:
    """Write `expected.jsonl` anew, for a person to read the difference."""
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in found)
    (case_dir / "expected.jsonl").write_text(text, encoding="utf-8")
