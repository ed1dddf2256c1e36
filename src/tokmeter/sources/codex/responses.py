"""From usage records and token counts to entries (docs/formats.md, Codex)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from tokmeter.core.usage import FORK_GUESSED, MAX_TOKENS, MODEL_GUESSED, Entry, Sku, merge
from tokmeter.sources._fields import as_text
from tokmeter.sources.codex.context import UNKNOWN, Context
from tokmeter.sources.codex.counting import added, disjoint, dotted, has_gap
from tokmeter.sources.codex.lines import (
    MAX_TOTAL,
    AnyLine,
    Info,
    Line,
    Payload,
    Usage,
    Vector,
    repaired,
    vector,
)
from tokmeter.sources.codex.state import State


class Responses:
    """The entries of one reading."""

    def __init__(
        self,
        state: State,
        context: Context,
        clock: Callable[[AnyLine, int], int],
        problem: Callable[[str, int, str], None],
    ) -> None:
        self._state = state
        self._context = context
        self._clock = clock
        self._problem = problem
        self.entries: dict[str, Entry] = {}
        self.guessed_line = 0
        """The first line that is counted by a guess about its region."""

    def keep_first(self, number: int) -> None:
        """Forget all but the first `number` entries; not usage records, which name their thread."""
        certain = {key: entry for key, entry in self.entries.items() if entry.evidence_rank == 0}
        self.entries = dict(islice(self.entries.items(), number)) | certain
        self.guessed_line = 0

    def token_count(
        self, record: AnyLine, info: Info, model: object, number: int, *, own: bool, settled: bool
    ) -> None:
        """Count the latest response of a running total that was not seen before."""
        state = self._state
        total = self._vector(info.total_token_usage, MAX_TOTAL, number)
        if total is not None and total in state.seen:
            return
        last = self._vector(info.last_token_usage, MAX_TOKENS, number)
        previous = state.previous
        if total is not None:
            state.previous = total
            state.seen.add(total)
        if not own:
            return
        usage = added(total, last, previous)
        place = self._place(total, last)
        if usage is None:
            return
        if last is None and not _fits(usage, MAX_TOKENS):
            self._problem("count-invalid", number, "total_token_usage")
            return
        if has_gap(total, last, previous, state.seen):
            self._problem("lost-lines", number, "")
        state.counted = True
        sku = self._context.sku(model, info.model, info.model_name)
        flags = 0
        if not settled:
            flags = FORK_GUESSED
            self.guessed_line = self.guessed_line or number
        self._add(f"codex:{place}", record, number, usage, sku, state.turn_id, 1, flags)

    def _place(self, total: Vector | None, last: Vector | None) -> str:
        """What identifies a token count: thread and running total, or its place in the turn."""
        state = self._state
        if total is None:
            turn = state.turn_id or f"#{state.turns}"
            state.unnumbered += 1
            return f"tc:{state.own_id}:{turn}:{state.unnumbered - 1}:{dotted(last) if last else ''}"
        known = state.lineage
        if known is not None and known.guessed:
            # Siblings that copied the same absent parent say the same: one entry, not one for each.
            return f"fork:{known.parent_id}:{dotted(total)}"
        return f"tc:{state.own_id}:{dotted(total)}"

    def usage_record(self, record: Line, payload: Payload, number: int) -> None:
        """Count an exact record of one response; copies carry the parent's thread id."""
        state = self._state
        thread = as_text(payload.thread_id)
        if thread is not None and thread != state.own_id:
            return
        usage = self._vector(payload.usage, MAX_TOKENS, number)
        if usage is None:
            self._problem("line-shape", number, "")
            return
        if not (usage[0] or usage[3]):
            return
        turn = as_text(payload.turn_id) or state.turn_id
        response = as_text(payload.response_id) or ""
        key = f"codex:resp:{response}"
        if len(response) < 16:
            running = self._vector(payload.thread_token_usage, MAX_TOTAL, number) or usage
            key = f"codex:rec:{state.own_id}:{turn or ''}:{response}:{dotted(running)}"
        state.counted = True
        self._add(key, record, number, usage, self._context.sku(payload.model), turn, 0, 0)

    def _vector(self, usage: Usage | None, most: int, number: int) -> Vector | None:
        """The counts of a usage object, invalid ones taken as 0 and reported."""
        if usage is None:
            return None
        found = vector(usage)
        if (found[0] | found[1] | found[2] | found[3] | found[4] | found[5]) >> 29 and not _fits(found, most):
            for name in repaired(usage, most):
                self._problem("count-invalid", number, name)
            found = vector(usage)
        return found

    def _add(
        self,
        key: str,
        record: AnyLine,
        number: int,
        usage: Vector,
        sku: Sku,
        turn_id: str | None,
        rank: int,
        flags: int,
    ) -> None:
        ts = self._clock(record, number)
        fresh, cached, written, output, reasoning = disjoint(usage)
        if sku.model_raw == UNKNOWN:
            flags |= MODEL_GUESSED
        entry = Entry(
            key=key,
            ts=ts,
            origin=self._context.origin(),
            sku=sku,
            uncached_input_tokens=fresh,
            cache_read_input_tokens=cached,
            cache_creation_input_tokens=written,
            output_tokens=output,
            reasoning_output_tokens=reasoning,
            flags=flags,
            sku_ts=ts,
            turn_id=turn_id,
            evidence_rank=rank,
            first_line=number,
            last_line=number,
        )
        mine = self.entries.setdefault(key, entry)
        if mine is not entry:
            merge(mine, entry)


def _fits(found: Vector, most: int) -> bool:
    return min(found) >= 0 and max(found) <= most
