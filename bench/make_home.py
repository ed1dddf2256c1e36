"""A home full of invented logs, for measuring. `python -m bench make --out DIR --size 1G`.

Shapes follow what real logs look like: mostly tool results, several lines for one reply, running totals
that repeat. It states no true totals: correctness is tested elsewhere, on logs whose totals are known.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAYS = 180
MEAN_FILE = 512 * 1024


def make_home(out: Path, size: int, seed: int, end: datetime) -> int:
    """Write about `size` bytes of logs below `out`; gives the number of files."""
    rng = random.Random(seed)  # noqa: S311 - invented data, not a secret
    filler = filler_lines(rng)
    written = files = 0
    while written < size:
        target = int(min(size - written, MEAN_FILE * rng.lognormvariate(-0.6, 1.2)) or 1)
        start = end - timedelta(days=rng.random() * DAYS)
        write = _codex_log if rng.random() < 0.25 else claude_log
        written += write(out, rng, filler, start, max(target, 2000))
        files += 1
    return files


def filler_lines(rng: random.Random) -> list[str]:
    """Lines of invented words."""
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 10))) for _ in range(2000)]
    return [" ".join(rng.choices(words, k=12)) + "\n" for _ in range(4000)]


def text_of(rng: random.Random, filler: list[str], size: float) -> str:
    """A text of about `size` characters."""
    return "".join(rng.choices(filler, k=max(1, int(size / 75))))


def id_of(rng: random.Random, prefix: str) -> str:
    """An id such as providers give."""
    return f"{prefix}{rng.getrandbits(96):024x}"


def stamp(moment: datetime) -> str:
    """`2026-11-21T17:03:05.120Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def claude_log(out: Path, rng: random.Random, filler: list[str], now: datetime, target: int) -> int:
    """One session; returns the bytes written."""
    session = f"{rng.getrandbits(128):032x}"
    session = f"{session[:8]}-{session[8:12]}-4{session[13:16]}-a{session[17:20]}-{session[20:]}"
    project = f"/home/dev/app{min(13, int(rng.expovariate(0.3))):02d}"
    path = out / ".claude" / "projects" / project.replace("/", "-") / f"{session}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = {
        "isSidechain": False,
        "cwd": project,
        "sessionId": session,
        "version": "2.1.60",
        "gitBranch": "main",
    }
    model = rng.choice(["claude-sonnet-4-5-20250929", "claude-opus-4-5-20251101"])
    context = 15_000
    size = 0
    with path.open("w", encoding="utf-8") as log:

        def put(record: dict[str, object]) -> int:
            line = {**head, "uuid": id_of(rng, "u"), "timestamp": stamp(now), **record}
            return log.write(json.dumps(line, separators=(",", ":")) + "\n")

        while size < target:
            size += put({"type": "user", "message": {"role": "user", "content": text_of(rng, filler, 300)}})
            for _ in range(rng.randint(1, 12)):
                now += timedelta(seconds=rng.randint(2, 40))
                reply, tool = id_of(rng, "msg_01"), id_of(rng, "toolu_01")
                context = context + 900 if context < 160_000 else 20_000
                usage = {
                    "input_tokens": 5, "cache_creation_input_tokens": 900, "cache_read_input_tokens": context,
                    "cache_creation": {"ephemeral_5m_input_tokens": 900, "ephemeral_1h_input_tokens": 0},
                    "output_tokens": rng.randint(20, 900), "service_tier": "standard",
                }  # fmt: skip
                call: dict[str, object] = {
                    "type": "tool_use",
                    "id": tool,
                    "name": "Bash",
                    "input": {"command": text_of(rng, filler, 200)},
                }
                blocks: list[dict[str, object]] = [{"type": "text", "text": text_of(rng, filler, 300)}, call]
                for block in blocks:
                    message: dict[str, object] = {"id": reply, "model": model, "role": "assistant"}
                    message |= {"content": [block], "stop_reason": "tool_use", "usage": usage}
                    size += put({"type": "assistant", "requestId": id_of(rng, "req_01"), "message": message})
                result = text_of(rng, filler, min(100_000, rng.lognormvariate(7.4, 1.3)))
                answer = {"type": "tool_result", "tool_use_id": tool, "content": result}
                told = {"role": "user", "content": [answer]}
                size += put({"type": "user", "message": told, "toolUseResult": {"stdout": result}})
    return size


def _codex_log(out: Path, rng: random.Random, filler: list[str], now: datetime, target: int) -> int:
    """One thread; returns the bytes written."""
    thread = f"{rng.getrandbits(128):032x}"
    thread = f"{thread[:8]}-{thread[8:12]}-7{thread[13:16]}-a{thread[17:20]}-{thread[20:]}"
    folder = out / ".codex" / "sessions" / now.strftime("%Y/%m/%d")
    folder.mkdir(parents=True, exist_ok=True)
    total = dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens", "total_tokens"), 0)
    context = 9_000
    size = 0
    with (folder / f"rollout-{now:%Y-%m-%dT%H-%M-%S}-{thread}.jsonl").open("w", encoding="utf-8") as log:

        def put(kind: str, payload: dict[str, object]) -> int:
            line = {"timestamp": stamp(now), "type": kind, "payload": payload}
            return log.write(json.dumps(line, separators=(",", ":")) + "\n")

        meta: dict[str, object] = {
            "id": thread,
            "timestamp": stamp(now),
            "cwd": "/home/dev/app00",
            "source": "cli",
        }
        size += put("session_meta", {**meta, "instructions": text_of(rng, filler, 6000)})
        while size < target:
            size += put(
                "turn_context", {"model": "gpt-5-codex", "effort": "medium", "cwd": "/home/dev/app00"}
            )
            size += put("event_msg", {"type": "user_message", "message": text_of(rng, filler, 300)})
            for _ in range(rng.randint(1, 10)):
                now += timedelta(seconds=rng.randint(2, 40))
                call = id_of(rng, "call_")
                size += put("response_item", {"type": "function_call", "name": "shell", "call_id": call})
                output = text_of(rng, filler, min(100_000, rng.lognormvariate(7.3, 1.4)))
                item: dict[str, object] = {"type": "function_call_output", "call_id": call, "output": output}
                size += put("response_item", item)
                context = context + 900 if context < 200_000 else 12_000
                out_tokens = rng.randint(20, 600)
                last = {
                    "input_tokens": context,
                    "cached_input_tokens": context - 900,
                    "output_tokens": out_tokens,
                }
                last["total_tokens"] = context + out_tokens
                total = {name: total[name] + last[name] for name in total}
                info = {"total_token_usage": total, "last_token_usage": last}
                size += put("event_msg", {"type": "token_count", "info": info, "rate_limits": None})
    return size
