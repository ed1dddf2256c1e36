"""The speed of importing against reading as many bytes of Claude Code's logs, and of the recorder.

`python -m bench histories --size 1G`: request/response lines as one file, against a home of Claude Code logs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.make_home import claude_log, filler_lines, id_of, stamp, text_of
from bench.run import Figures, measure


def write_calls(path: Path, size: int, seed: int, end: datetime, *, texts: bool = True) -> int:
    """About `size` bytes of request/response lines, or with `texts` off of usage alone; gives the lines."""
    rng = random.Random(seed)  # noqa: S311 - invented data, not a secret
    filler = filler_lines(rng)
    written = lines = 0
    now = end - timedelta(days=180)
    with path.open("w", encoding="utf-8") as log:
        while written < size:
            now += timedelta(seconds=rng.expovariate(1 / 60))
            record = _record(rng, filler, now, texts=texts)
            written += log.write(json.dumps(record, separators=(",", ":")) + "\n")
            lines += 1
    return lines


def _record(rng: random.Random, filler: list[str], now: datetime, *, texts: bool) -> dict[str, object]:
    """One call in the envelope that most people write: time, request, response."""
    line: dict[str, object] = {"ts": stamp(now), "project": f"app{rng.randint(0, 9)}"}
    if texts:
        said = [
            {"role": role, "content": text_of(rng, filler, min(60_000, rng.lognormvariate(7.0, 1.2)))}
            for role in ("system", "user", "assistant", "user")
        ]
        line["request"] = {"model": "gpt-5-mini", "messages": said, "temperature": 0.2}
    answer = text_of(rng, filler, min(20_000, rng.lognormvariate(6.6, 0.9))) if texts else ""
    line["response"] = rng.choice((_chat, _responses, _anthropic))(rng, now, answer)
    line["latency_ms"] = rng.randint(300, 20_000)
    return line


def _chat(rng: random.Random, now: datetime, answer: str) -> dict[str, object]:
    given = rng.randint(200, 20_000)
    message = {"role": "assistant", "content": answer}
    return {
        "id": id_of(rng, "chatcmpl-"), "object": "chat.completion", "created": int(now.timestamp()),
        "model": "gpt-5-mini-2025-08-07", "service_tier": "default", "system_fingerprint": None,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": given, "completion_tokens": 300, "total_tokens": given + 300,
            "prompt_tokens_details": {"cached_tokens": given // 2, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 64, "audio_tokens": 0},
        },
    }  # fmt: skip


def _responses(rng: random.Random, now: datetime, answer: str) -> dict[str, object]:
    given = rng.randint(200, 20_000)
    content = [{"type": "output_text", "text": answer, "annotations": []}]
    return {
        "id": id_of(rng, "resp_"), "object": "response", "created_at": int(now.timestamp()),
        "status": "completed", "model": "gpt-5-2025-08-07", "service_tier": "default", "error": None,
        "output": [{"type": "message", "role": "assistant", "status": "completed", "content": content}],
        "usage": {
            "input_tokens": given, "input_tokens_details": {"cached_tokens": given // 3},
            "output_tokens": 400, "output_tokens_details": {"reasoning_tokens": 128},
            "total_tokens": given + 400,
        },
    }  # fmt: skip


def _anthropic(rng: random.Random, now: datetime, answer: str) -> dict[str, object]:  # noqa: ARG001 - it has no time
    return {
        "id": id_of(rng, "msg_01"), "type": "message", "role": "assistant",
        "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": answer}],
        "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {
            "input_tokens": rng.randint(3, 2000), "cache_creation_input_tokens": 900,
            "cache_read_input_tokens": rng.randint(0, 90_000), "output_tokens": rng.randint(20, 900),
            "cache_creation": {"ephemeral_5m_input_tokens": 900, "ephemeral_1h_input_tokens": 0},
            "service_tier": "standard",
        },
    }  # fmt: skip


def write_claude(home: Path, size: int, seed: int, end: datetime) -> None:
    """As many bytes of Claude Code's logs, in files of half a megabyte in the mean."""
    rng = random.Random(seed)  # noqa: S311 - the same
    filler = filler_lines(rng)
    written = 0
    while written < size:
        target = int(min(size - written, 512 * 1024 * rng.lognormvariate(-0.6, 1.2)) or 1)
        start = end - timedelta(days=rng.random() * 180)
        written += claude_log(home, rng, filler, start, max(target, 2000))


def run_histories(size: int, rounds: int) -> int:
    """Print the figures; gives 0."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        place = Path(folder)
        end = datetime.now(UTC)
        claude, empty = place / "claude", place / "empty"
        claude.mkdir()
        empty.mkdir()
        calls, bare = place / "calls.jsonl", place / "usage.jsonl"
        lines = write_calls(calls, size, 1, end)
        thin = write_calls(bare, size // 10, 1, end, texts=False)
        write_claude(claude, size, 1, end)
        print(f"{size >> 20} MB: {lines:,} calls; {size // 10 >> 20} MB of usage alone: {thin:,} calls")
        own = place / "own"
        config = place / "watch.toml"
        config.write_text(f'[[history]]\npath = "{calls}"\n')
        environment = dict(os.environ, TOKMETER_HOME=str(own), TZ="UTC", HOME=str(empty))
        for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "LLM_USER_PATH", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        program = [sys.executable, "-m", "tokmeter"]
        watching = ["env", f"TOKMETER_CONFIG={config}", *program, "sync"]
        programs = {
            "Claude Code logs, sync": [*program, "sync", "--home", str(claude)],
            "request/response JSONL, import": [*program, "import", str(calls)],
            "request/response JSONL, watched": watching,
            "usage alone (a tenth), import": [*program, "import", str(bare)],
        }

        def forget() -> None:
            shutil.rmtree(own, ignore_errors=True)

        figures = measure(programs, environment, rounds, before=dict.fromkeys(programs, forget))
        _ratios(figures)
    return 0


def _ratios(figures: dict[str, Figures]) -> None:
    """Wall and processor time against the first program."""
    first, *others = figures
    for name in others:
        wall = statistics.median(figures[name].wall) / statistics.median(figures[first].wall)
        cpu = statistics.median(figures[name].cpu) / statistics.median(figures[first].cpu)
        print(f"  {name:<44} {wall:7.2f} x wall  {cpu:6.2f} x cpu")


class _Usage:
    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def run_record(count: int) -> int:
    """Microseconds of one `record(…)` of a response object, the best of five rounds."""
    from tokmeter.recorder import Recorder  # noqa: PLC0415 - only this bench needs it

    details = _Usage(cached_tokens=600)
    usage = _Usage(input_tokens=1000, input_tokens_details=details, output_tokens=200, total_tokens=1200)
    response = _Usage(id="resp_68sample0000000000000000", object="response", created_at=1_770_112_800,
                      model="gpt-5-2025-08-07", status="completed", output=[], usage=usage)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(folder)
        recorder(response)
        rounds = []
        for _ in range(5):
            started = time.perf_counter()
            for _ in range(count):
                recorder(response, project="shop")
            rounds.append((time.perf_counter() - started) / count * 1e6)
    print(f"  record a response {min(rounds):30.1f} µs (at most 50)")
    return 0
