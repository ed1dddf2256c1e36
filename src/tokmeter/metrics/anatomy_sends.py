"""How often each text was sent: the rules of docs/reference/anatomy.md, over one log at a time.

A context is walked once, from its first line to its last. Sums over its requests so far are kept, so that a
piece costs two subtractions when it leaves the context, however many requests sent it: time grows with
pieces plus requests, not with their product.

A request is never given more than its logged input. Where the texts come to more, its factor is the smaller
one that they fit in with; where they come to far more twice in a row, older texts were dropped (`_shed`).

Everything is an integer, so that sums do not depend on the order: tokens are millionths of the model's own
tokens (`MICRO`), money is 10⁻¹² nano-USD (`COST`); both are rounded once, by whoever shows them.
"""

from __future__ import annotations

from typing import NamedTuple

from tokmeter.core.piece import COMPACTION, PIECE_KINDS, THINKING, USER_TEXT

MICRO = 1_000_000
"""Parts of a token, of a factor, and of a nano-USD in a price."""
COST = MICRO * MICRO
"""Parts of a nano-USD in a cost: a count times a factor times a price."""
WRITTEN = frozenset(PIECE_KINDS.index(kind) for kind in ("assistant_text", "tool_call", "edit", "thinking"))
"""Kinds that a response is made of; they stand right behind it."""

HIDDEN = -1
"""The kind of thinking that no log shows: no piece, but its size is known from the output that was billed."""

DROPPED_TOKENS = 2_000
DROPPED_PART = 5
"""Texts of which over a fifth, and more than 2,000 tokens by o200k, have no room in what was logged tell of
texts that were dropped. In 2,584 requests of real logs one context had so little room, and had been set back;
estimates that were too high came to 11% at most."""

Key = tuple[int, int | None, int | None]
"""Kind, tool and path of a piece."""


class Sent(NamedTuple):
    """A response in a log, seen as the request that asked for it.

    `own` is off where it is copied history: billed elsewhere, so nothing was sent here. `chosen`: within the
    period and selection asked for. `factor`: the model's tokens for a million of o200k. `price`: of one
    token read from the cache, in millionths of a nano-USD, or None. `input_tokens`: all input as logged.
    `keeps_thinking`: the model is sent its thinking also behind a person's next message. `hidden`: tokens by
    o200k of thinking in this response whose text was not logged.
    """

    own: bool
    chosen: bool
    factor: int
    price: int | None
    input_tokens: int
    keeps_thinking: bool = False
    hidden: int = 0


def keeps_thinking(model: str) -> bool:
    """Whether a model is sent its earlier thinking also behind a person's next message.

    Claude is from Opus 4.5 and the 4.6 generation on: in real logs of Opus 4.5 to 4.8 the input does not
    shrink there by what was thought before. In those of GPT-5 to 5.5 it does. Earlier ones of Claude, and
    others, are taken to forget it.
    """
    words = model.split("-")
    if words[0] != "claude":
        return False
    version = tuple(int(word) for word in words if word.isdecimal() and len(word) < 3)[:2]
    return version > (4, 5) or (version == (4, 5) and "opus" in words)


class Tally:
    """What was sent of one kind of text: a first time, and again."""

    __slots__ = ("cost", "entered", "pieces", "resends", "resent", "unpriced")

    def __init__(self) -> None:
        self.pieces = 0
        self.entered = 0
        self.resends = 0
        self.resent = 0
        self.cost = 0
        self.unpriced = 0

    def add(self, other: Tally) -> None:
        """Take in another tally."""
        self.pieces += other.pieces
        self.entered += other.entered
        self.resends += other.resends
        self.resent += other.resent
        self.cost += other.cost
        self.unpriced += other.unpriced


class Walked:
    """What the walk over all logs adds up to."""

    def __init__(self) -> None:
        self.tallies: dict[Key, Tally] = {}
        self.system = Tally()
        self.requests = 0
        self.unpriced_requests = 0
        self.input_tokens = 0
        self.left = 0
        self.excess = 0

    def tally(self, key: Key) -> Tally:
        """The tally of a kind, tool and path."""
        found = self.tallies.get(key)
        if found is None:
            found = self.tallies[key] = Tally()
        return found


class Stream:
    """One context of one log, fed in the order of the log; `end` closes it."""

    def __init__(self, walked: Walked) -> None:
        self._walked = walked
        # Sums over the chosen requests so far, one more than there were requests.
        self._counts = [0]
        self._factors = [0]
        self._costs = [0]
        self._unpriced = [0]
        # (key, tokens, first request that sends it again)
        self._live: list[tuple[Key, int, int]] = []
        self._thoughts: list[tuple[Key, int, int]] = []
        self._live_tokens = 0
        self._thought_tokens = 0
        self._waiting: list[tuple[Key, int]] = []
        self._behind_copy = False
        self._copied = False
        # How many texts waited for the next request when a person last spoke, if that was since the last one.
        self._spoken: int | None = None
        self._system: tuple[int, int] | None = None
        # How many texts stood before the last request, if that had far too little room for them.
        self._doubted: int | None = None
        self._dropped_tokens = 0

    def piece(self, kind: int, tool: int | None, path: int | None, tokens: int) -> None:
        """A text that entered the context, or the end of what was in it."""
        if kind == COMPACTION:
            self.end()
            return
        if kind == USER_TEXT:
            self._spoken = len(self._waiting)
        key = (kind, tool, path)
        if self._behind_copy:
            if kind in WRITTEN:
                self._keep(key, tokens, len(self._counts) - 1)
                return
            self._behind_copy = False
        self._waiting.append((key, tokens))

    def output(self, sent: Sent) -> None:
        """A response: with its request, everything in the context was sent."""
        now = len(self._counts) - 1
        if self._spoken is not None and not sent.keeps_thinking:
            self._forget_thoughts(self._spoken)
        self._spoken = None
        if not sent.own:
            for key, tokens in self._waiting:
                self._keep(key, tokens, now)
            self._waiting.clear()
            self._behind_copy = self._copied = True
            if sent.hidden:
                self._keep((HIDDEN, None, None), sent.hidden, now)
            return
        self._behind_copy = False
        if sent.input_tokens > 0:
            self._send(sent, now)
        elif sent.chosen:  # No input was logged, so nothing is known to have been sent.
            self._walked.requests += 1
            self._walked.unpriced_requests += sent.price is None
        if sent.hidden:
            self._waiting.append(((HIDDEN, None, None), sent.hidden))

    def _send(self, sent: Sent, now: int) -> None:
        """A request with everything in the context, as far as its logged input has room for that."""
        before = len(self._live)
        for key, tokens in self._waiting:
            self._keep(key, tokens, now + 1)
        if self._system is None:
            self._begin_system(sent, now)
        self._shed(sent, before, now)
        held = self._held()
        # The model's tokens for a million of o200k: as estimated, or as few as there is room for.
        weight = min(sent.factor, sent.input_tokens * COST // held) if held else sent.factor
        if sent.chosen:
            self._enter(weight, now)
            self._total(sent, held, weight)
        self._waiting.clear()
        self._count(sent, weight)

    def _held(self) -> int:
        """Millionths of a token of o200k in the context, the system prompt included."""
        return (self._live_tokens + self._thought_tokens) * MICRO + (self._system[0] if self._system else 0)

    def _enter(self, weight: int, now: int) -> None:
        """Count what is sent for the first time."""
        for key, tokens in self._waiting:
            tally = self._walked.tally(key)
            tally.pieces += 1
            tally.entered += tokens * weight
        if self._system is not None and self._system[0] and self._system[1] == now + 1:
            self._walked.system.pieces += 1
            self._walked.system.entered += self._system[0] * weight // MICRO

    def _shed(self, sent: Sent, before: int, now: int) -> None:
        """Cut texts that left the context without a compaction in the log: cleared, or the thread set back.

        A sign of that is a request with far less input than the texts come to, and the next one as well: one
        alone may be logged wrongly. What stood there `before` the first of the two is cut to what there is
        room for, each text by the same part, since nothing tells which of them are gone. Later texts are
        whole. So is the system prompt: assistants drop what was said, never that.
        """
        held = self._held()
        over = held - sent.input_tokens * COST // sent.factor
        if over <= DROPPED_TOKENS * MICRO or over * DROPPED_PART <= held:
            self._doubted = None
            return
        if self._doubted is None:
            self._doubted = before
            return
        older, newer = self._live[: self._doubted], self._live[self._doubted :]
        self._doubted = None
        tokens_before = sum(tokens for _, tokens, _ in older)
        if not tokens_before:
            return
        kept = max(0, tokens_before * MICRO - over)
        self._live = []
        for key, tokens, start in older:
            self._close(key, tokens, start)
            cut = tokens * kept // (tokens_before * MICRO)
            if cut:
                self._live.append((key, cut, now))
        dropped = tokens_before - sum(tokens for _, tokens, _ in self._live)
        self._live += newer
        self._live_tokens -= dropped
        self._dropped_tokens += dropped

    def end(self) -> None:
        """Nothing of what is in the context is sent any more. What was never sent is left out."""
        for key, tokens, start in self._live:
            self._close(key, tokens, start)
        for key, tokens, start in self._thoughts:
            self._close(key, tokens, start)
        if self._system is not None and self._system[0]:
            self._close_system(*self._system)
        self._live.clear()
        self._thoughts.clear()
        self._waiting.clear()
        self._live_tokens = self._thought_tokens = 0
        self._system = self._doubted = None
        self._dropped_tokens = 0
        self._behind_copy = self._copied = False
        self._spoken = None

    def _keep(self, key: Key, tokens: int, start: int) -> None:
        if key[0] in (THINKING, HIDDEN):
            self._thoughts.append((key, tokens, start))
            self._thought_tokens += tokens
        else:
            self._live.append((key, tokens, start))
            self._live_tokens += tokens

    def _forget_thoughts(self, waited: int) -> None:
        """Behind a person's message: earlier thinking is not sent any more. `waited`: texts before it."""
        for key, tokens, start in self._thoughts:
            self._close(key, tokens, start)
        self._thoughts.clear()
        self._thought_tokens = 0
        if waited:
            earlier = [item for item in self._waiting[:waited] if item[0][0] not in (THINKING, HIDDEN)]
            self._waiting[:waited] = earlier

    def _close(self, key: Key, tokens: int, start: int) -> None:
        resends = self._counts[-1] - self._counts[start]
        if not resends:
            return
        tally = self._walked.tally(key)
        tally.resends += resends
        tally.resent += tokens * (self._factors[-1] - self._factors[start])
        tally.cost += tokens * (self._costs[-1] - self._costs[start])
        tally.unpriced += tokens * (self._unpriced[-1] - self._unpriced[start])

    def _count(self, sent: Sent, weight: int) -> None:
        """Add a request to the running sums."""
        chosen, price = sent.chosen, sent.price
        self._counts.append(self._counts[-1] + chosen)
        self._factors.append(self._factors[-1] + (weight if chosen else 0))
        self._costs.append(self._costs[-1] + (weight * price if chosen and price is not None else 0))
        self._unpriced.append(self._unpriced[-1] + (weight if chosen and price is None else 0))

    def _total(self, sent: Sent, held: int, weight: int) -> None:
        """What the texts do not explain of a request's input, and what they would come to beyond it."""
        walked = self._walked
        logged = sent.input_tokens * MICRO
        walked.requests += 1
        walked.unpriced_requests += sent.price is None
        walked.input_tokens += sent.input_tokens
        walked.left += logged - held * weight // MICRO
        walked.excess += max(0, (held + self._dropped_tokens * MICRO) * sent.factor // MICRO - logged)

    # What was sent beside the logged texts: system prompt and tool definitions

    def _begin_system(self, sent: Sent, now: int) -> None:
        """What the first request since the beginning (or a compaction) holds beyond the texts before it.

        Kept in millionths of a token of o200k, so that another model's factor applies to it as to any text.
        Where the history was copied, it was sent before: there, not here.
        """
        size = max(0, sent.input_tokens * COST // sent.factor - self._held())
        self._system = (size, now if self._copied else now + 1)

    def _close_system(self, size: int, start: int) -> None:
        system = self._walked.system
        system.resends += self._counts[-1] - self._counts[start]
        system.resent += size * (self._factors[-1] - self._factors[start]) // MICRO
        system.cost += size * (self._costs[-1] - self._costs[start]) // MICRO
        system.unpriced += size * (self._unpriced[-1] - self._unpriced[start]) // MICRO
