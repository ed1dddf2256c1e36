"""Rate-limit snapshots: how full each window is, kept when it changes (docs/formats.md, Codex)."""

from __future__ import annotations

import math
from collections.abc import Callable

from tokmeter.core.event import LimitSnapshot
from tokmeter.sources._fields import END_MS, as_millis, as_text, fixed_word
from tokmeter.sources.codex.events import EventReader
from tokmeter.sources.codex.lines import AnyLine, Limits, Window
from tokmeter.sources.codex.state import State

DRIFT_MS = 60_000
"""A reset time that moves by less than this is the same one: servers round it differently each time."""

LONGEST_MINUTES = 10_000_000
"""Nineteen years: no window is longer."""


class LimitReader:
    """Collects the snapshots of one reading."""

    def __init__(
        self,
        state: State,
        events: EventReader,
        clock: Callable[[AnyLine, int], int],
        problem: Callable[[str, int, str], None],
    ) -> None:
        self._state = state
        self._events = events
        self._clock = clock
        self._problem = problem
        self._names: dict[tuple[str, float], tuple[str, int]] = {}
        """What windows are called in the state, and their whole minutes."""
        self.found: list[LimitSnapshot] = []

    def note(self, line: AnyLine, limits: Limits, number: int) -> None:
        """Keep what changed, and tell when a limit has been reached."""
        named = limits.limit_id
        limit_id = "codex" if named is None or named == "codex" else _word(named) or "codex"
        plan = fixed_word(limits.plan_type)
        if limits.primary is not None:
            self._window(line, number, limit_id, limits.primary, plan)
        if limits.secondary is not None:
            self._window(line, number, limit_id, limits.secondary, plan)
        if limits.rate_limit_reached_type is not None or self._state.reached:
            self._reached(line, limits, number, limit_id)

    def _window(self, line: AnyLine, number: int, limit_id: str, window: Window, plan: str | None) -> None:
        used = window.used_percent
        if used is None:
            return
        length = window.window_minutes or 0
        about = self._names.get((limit_id, length))
        if about is None:
            if not 0 <= length <= LONGEST_MINUTES:
                self._problem("count-invalid", number, "window_minutes")
                return
            about = self._names[limit_id, length] = (f"{limit_id}:{int(length)}", int(length))
        name, minutes = about
        known = self._state.windows.get(name)
        resets = window.resets_at
        if resets is not None and 0 < resets < 1e11:
            resets_at: int | None = int(resets * 1000)
            if known is not None and known[0] == used and _same(known[1], resets_at) and known[2] == plan:
                return
            ts = self._clock(line, number)
        else:
            ts = self._clock(line, number)
            resets_at = _resets_at(window, ts)
            if resets_at is None and (fault := _resets_field(window)) is not None:
                self._problem("count-invalid", number, fault)
                return
            if known is not None and known[0] == used and _same(known[1], resets_at) and known[2] == plan:
                return
        if not math.isfinite(used):
            self._problem("count-invalid", number, "used_percent")
            return
        self._state.windows[name] = (used, resets_at, plan)
        self.found.append(LimitSnapshot("codex", limit_id, minutes, ts, used, resets_at, plan))

    def _reached(self, line: AnyLine, limits: Limits, number: int, limit_id: str) -> None:
        """Tell once for every change of the limit that is reached."""
        reached = _word(limits.rate_limit_reached_type)
        state = self._state
        if reached == state.reached.get(limit_id):
            return
        if reached is None:
            del state.reached[limit_id]
            return
        state.reached[limit_id] = reached
        windows = [window for window in (limits.primary, limits.secondary) if window is not None]
        fullest = max(windows, key=lambda window: window.used_percent or 0, default=None)
        until = _resets_at(fullest, self._clock(line, number)) if fullest is not None else None
        self._events.limit_hit(line, number, reached, until or 0)


def _same(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    return -DRIFT_MS < one - other < DRIFT_MS


def _word(value: object) -> str | None:
    """An identifier; "?" for a text that is none, None where there is no text."""
    text = as_text(value)
    return text and (fixed_word(text) or "?")


def _resets_at(window: Window, ts: int) -> int | None:
    """UTC milliseconds; builds of autumn 2025 wrote seconds from the line's time. None for no time at all."""
    if window.resets_at is not None:
        return as_millis(window.resets_at)
    if window.resets_in_seconds is not None and abs(window.resets_in_seconds) < 1e9:
        millis = ts + int(window.resets_in_seconds) * 1000
        return millis if 0 <= millis < END_MS else None
    return None


def _resets_field(window: Window) -> str | None:
    """The field that tells when the window resets, if any does."""
    if window.resets_at is not None:
        return "resets_at"
    return None if window.resets_in_seconds is None else "resets_in_seconds"
