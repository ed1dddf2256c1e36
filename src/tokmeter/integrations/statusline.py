"""Claude Code's status line: the JSON that it sends → one line (docs/reference/statusline.md).

Every field may be missing, null or of another type; a part that lacks its figures is left out. Text of the
JSON is untrusted: what a terminal would obey is taken out of it. The result is never empty.
This module is on the fast path: the json package alone takes nearly as long to import as Python to start.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokmeter.integrations.prompt_line import PromptLine

PARTS = ("model", "context", "limits", "session", "prompt")
"""What the line can show, in the order it shows by default."""

LAST_RESORT = "tokmeter"
BETWEEN = " · "
NEAR, NEARLY_OVER = 80, 95
"""Percent of a limit or of the context from which on it is yellow, and red."""

COLOR_CODES = {"yellow": "\033[33m", "red": "\033[31m"}
COLOR_END = "\033[0m"
LONGEST_NAME = 24
MOST_PERCENT = 1000
SECONDS_IN_MS = 100_000_000_000
"""An instant above this (the year 5138) was given in milliseconds."""

_SPACES = " \t\n\r"


def status_line(
    data: object, line: PromptLine | None, now: int, show: Sequence[str] = PARTS, *, color: bool = False
) -> str:
    """The line for what Claude Code sent (`data`; None: nothing could be read) and the prepared prompt line.

    Never empty, never more than one line. Colour marks only what is nearly used up.
    """
    texts = []
    for name in show:
        for text, tint in _part(name, data, line, now):
            code = COLOR_CODES.get(tint) if color else None
            texts.append(f"{code}{text}{COLOR_END}" if code else text)
    return BETWEEN.join(texts) or LAST_RESORT


def read_json(text: str) -> object:
    """What `json.loads` gives for `text`; None if it is no JSON.

    The scanner written in C does it alone, without the package around it.
    """
    try:
        from _json import make_scanner  # noqa: PLC0415 - private, so its absence must be survivable
    except ImportError:
        return _read_slowly(text)
    start = len(text) - len(text.lstrip(_SPACES))
    try:
        value, end = make_scanner(_Reading)(text, start)  # type: ignore[arg-type] # any object with these names
    except (ValueError, StopIteration, RecursionError):  # what it raises for text that is no JSON
        return None
    except Exception:  # noqa: BLE001 - another Python may ask more of a private function
        return _read_slowly(text)
    return None if text[end:].strip(_SPACES) else value


class _Reading:
    """What the scanner wants to know: the defaults of `json.loads`."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - read by the scanner, never filled


def _read_slowly(text: str) -> object:
    import json  # noqa: PLC0415 - see above

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _part(name: str, data: object, line: PromptLine | None, now: int) -> Iterable[tuple[str, str]]:
    """(text, colour) of each figure that a part has to show."""
    if name == "model":
        text = _model(_field(data, "model"))
        return [(text, "")] if text else []
    if name == "context":
        used = _context_percent(_field(data, "context_window"))
        return [] if used is None else [(f"ctx {_percent(used)}", _tint(used))]
    if name == "limits":
        limits = _field(data, "rate_limits")
        windows = (("5h", "five_hour", 0), ("7d", "seven_day", NEAR))
        return [
            part for label, key, near in windows for part in _limit(label, _field(limits, key), near, now)
        ]
    if name == "session":
        cost = _number(_field(_field(data, "cost"), "total_cost_usd"))
        # Claude Code counts this itself, at list price, also where a plan pays.
        return [(f"{_usd(cost)} this session (est.)", "")] if cost else []
    if name == "prompt" and line is not None and line.text:
        return [(_clean(line.marked(line.text, now)), line.color)]
    return []


def _model(model: object) -> str:
    """`Opus 4.8`: the name it is shown by, else its id."""
    for key in ("display_name", "id"):
        name = _field(model, key)
        text = _clean(name).removeprefix("Claude ").removeprefix("claude-") if isinstance(name, str) else ""
        if text:
            return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1].rstrip()}…"
    return ""


def _context_percent(window: object) -> float | None:
    """How much of the context is used: as told, else the input of the last request over the window's size."""
    told = _number(_field(window, "used_percentage"))
    if told is None:
        left = _number(_field(window, "remaining_percentage"))
        told = None if left is None or left > 100 else 100 - left
    if told is None:
        usage = _field(window, "current_usage")
        keys = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        counts = [_number(_field(usage, key)) for key in keys]
        size = _number(_field(window, "context_window_size"))
        if size and any(count is not None for count in counts):
            told = 100 * sum(count or 0 for count in counts) / size
    return told if told is not None and told <= MOST_PERCENT else None


def _limit(label: str, limit: object, time_from: int, now: int) -> list[tuple[str, str]]:
    """`5h 31% (2h10m left)`; the time from `time_from` percent on. A window that has ended says nothing."""
    used = _number(_field(limit, "used_percentage"))
    if used is None or used > MOST_PERCENT:
        return []
    resets_at = _number(_field(limit, "resets_at"))
    if resets_at is None:
        return [(f"{label} {_percent(used)}", _tint(used))]
    left = int(resets_at / 1000 if resets_at > SECONDS_IN_MS else resets_at) - now
    if left <= 0:
        return []
    time_left = f" ({_duration(left)} left)" if used >= time_from else ""
    return [(f"{label} {_percent(used)}{time_left}", _tint(used))]


def _field(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _number(value: object) -> float | None:
    """A number that is not negative and has a sensible size; nothing else, above all no bool."""
    if type(value) is float:
        return value if 0 <= value < 10**15 else None
    if type(value) is int:
        return float(value) if 0 <= value < 10**15 else None
    return None


def _percent(value: float) -> str:
    """Whole percent, half up; what is not all never reads 100%, what is not nothing never 0%."""
    rounded = int(value + 0.5)
    if rounded == 0 and value > 0:
        return "<1%"
    return f"{99 if rounded == 100 and value < 100 else rounded}%"


def _tint(percent: float) -> str:
    return "red" if percent >= NEARLY_OVER else "yellow" if percent >= NEAR else ""


def _usd(amount: float) -> str:
    """Money as reports show it: two decimals, four below a cent."""
    if amount >= 0.01:
        return f"${amount:,.2f}"
    return f"${amount:.4f}" if amount >= 0.00005 else "<$0.0001"


def _duration(seconds: int) -> str:
    """`6d3h`, `2h10m`, `14m`; never nothing."""
    minutes = max(seconds // 60, 1)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours}h"
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m"


def _clean(text: str) -> str:
    """`text` without what a terminal obeys: control, direction and line-breaking characters."""
    return "".join([char for char in text[:200] if char.isprintable()]).strip()
