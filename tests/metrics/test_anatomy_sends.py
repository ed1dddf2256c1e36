"""The walk that counts sends, against one that asks for every request what it held."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from tokmeter.core.piece import PIECE_KINDS
from tokmeter.metrics.anatomy import walk
from tokmeter.metrics.anatomy_sends import COST, HIDDEN, MICRO, WRITTEN, Sent, Walked

KINDS = {name: PIECE_KINDS.index(name) for name in PIECE_KINDS}
THOUGHTS = (KINDS["thinking"], HIDDEN)


class Text(NamedTuple):
    kind: int
    tool: int | None
    path: int | None
    tokens: int


Item = tuple[str, "Text | Sent"]
"""A context, and what comes next in it."""

TEXTS = st.builds(
    Text,
    st.sampled_from([*KINDS.values(), *[KINDS["user_text"], KINDS["assistant_text"]] * 3]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, 7]),
    st.integers(0, 5_000),
)
SENT = st.builds(
    Sent,
    own=st.sampled_from([True, True, True, False]),
    chosen=st.sampled_from([True, True, False]),
    factor=st.sampled_from([1_000_000, 1_620_000, 1_333_333]),
    price=st.sampled_from([None, 125_000_000, 500_000_001]),
    input_tokens=st.integers(0, 30_000),
    keeps_thinking=st.booleans(),
    hidden=st.sampled_from([0, 0, 300]),
)
ITEM = st.tuples(st.sampled_from(["", "", "agent"]), st.one_of(TEXTS, SENT))


@st.composite
def set_back(draw: st.DrawFn) -> list[Item]:
    """Texts that most of the later requests have room for a part of, as where some of them were dropped."""
    found: list[Item] = [("", text) for text in draw(st.lists(TEXTS, min_size=4, max_size=12))]
    found.append(("", draw(SENT)))
    for _ in range(draw(st.integers(2, 6))):
        found += [("", text) for text in draw(st.lists(TEXTS, max_size=2))]
        found.append(("", draw(SENT)._replace(input_tokens=draw(st.integers(4_000, 14_000)))))
    return found


LOG = st.one_of(st.lists(ITEM, max_size=40), st.builds(list.__add__, set_back(), st.lists(ITEM, max_size=9)))


def walked(logs: list[list[Item]]) -> Walked:
    outputs, pieces = [], []
    for file, items in enumerate(logs):
        for position, (context, item) in enumerate(items):
            if isinstance(item, Sent):
                outputs.append((file, position, context, item))
            else:
                pieces.append((file, position, context, *item))
    return walk(outputs, pieces)


# The slow way: requests times pieces, without any running sum


class Held(NamedTuple):
    """A text that a request sent, where it stands, and whether for the first time."""

    text: Text
    at: int
    new: bool


def contexts(items: list[Item]) -> list[list[Text | Sent]]:
    names = dict.fromkeys(name for name, _ in items)
    return [[each for at, item in items if at == name for each in with_thinking(item)] for name in names]


def with_thinking(item: Text | Sent) -> list[Text | Sent]:
    """A response, and behind it the text that its hidden thinking would be."""
    hidden = item.hidden if isinstance(item, Sent) else 0
    return [item, Text(HIDDEN, None, None, hidden)] if hidden else [item]


def is_request(item: Text | Sent) -> bool:
    """Whether something was sent: it is no copy, and the log tells some input."""
    return isinstance(item, Sent) and item.own and item.input_tokens > 0


def is_copy(item: Text | Sent) -> bool:
    return isinstance(item, Sent) and not item.own


def is_inherited(stream: list[Text | Sent], n: int) -> bool:
    following = next((item for item in stream[n + 1 :] if is_request(item) or is_copy(item)), None)
    if following is not None and is_copy(following):
        return True
    while n >= 0:
        item = stream[n]
        if isinstance(item, Sent):
            return not item.own
        if item.kind not in (*WRITTEN, HIDDEN):
            return False
        n -= 1
    return False


def held(stream: list[Text | Sent], request: int) -> list[Held]:
    """What the request at this place sent."""
    found = []
    for n in range(request):
        item = stream[n]
        if isinstance(item, Sent) or item.kind == KINDS["compaction"]:
            continue
        between = stream[n + 1 : request]
        kinds = [other.kind for other in between if isinstance(other, Text)]
        if KINDS["compaction"] in kinds or (item.kind in THOUGHTS and is_forgotten(stream, n, request)):
            continue
        earlier = any(is_request(other) for other in between)
        found.append(Held(item, n, not earlier and not is_inherited(stream, n)))
    return found


def is_forgotten(stream: list[Text | Sent], n: int, request: int) -> bool:
    """Whether a person spoke since, and the next response was of a model that then forgets its thinking."""
    for at in range(n + 1, request):
        item = stream[at]
        if isinstance(item, Text) and item.kind == KINDS["user_text"]:
            following = next(other for other in stream[at + 1 : request + 1] if isinstance(other, Sent))
            if not following.keeps_thinking:
                return True
    return False


def system_of(stream: list[Text | Sent], request: int) -> tuple[int, bool]:
    """Millionths of a token of o200k beside the texts, and whether this request is the first to send them."""
    start = max(
        (n + 1 for n in range(request) if getattr(stream[n], "kind", None) == KINDS["compaction"]), default=0
    )
    at = next(n for n in range(start, request + 1) if is_request(stream[n]))
    first = stream[at]
    copied = any(is_copy(item) for item in stream[start:at])
    texts = sum(each.text.tokens for each in held(stream, at))
    return max(0, first.input_tokens * COST // first.factor - texts * MICRO), at == request and not copied


class Context:
    """One context, request by request: what of each text is left, and what room there is for it."""

    def __init__(self, stream: list[Text | Sent]) -> None:
        self.stream = stream
        self.left = {n: item.tokens for n, item in enumerate(stream) if isinstance(item, Text)}
        self.dropped = 0
        self.doubted: set[int] | None = None

    def requests(self) -> Iterator[tuple[int, Sent, int, int]]:
        """(place, request, millionths of a token of o200k in the context, factor) of each."""
        for n, item in enumerate(self.stream):
            if isinstance(item, Text) and item.kind == KINDS["compaction"]:
                self.dropped, self.doubted = 0, None
            elif isinstance(item, Sent) and is_request(item):
                room = item.input_tokens * COST // item.factor
                self.drop(n, self.total(n) - room)
                total = self.total(n)
                yield n, item, total, min(item.factor, item.input_tokens * COST // total) if total else 1

    def held(self, n: int) -> list[Held]:
        return [each for each in held(self.stream, n) if each.at in self.left]

    def total(self, n: int) -> int:
        return system_of(self.stream, n)[0] + MICRO * sum(self.left[each.at] for each in self.held(n))

    def drop(self, n: int, over: int) -> None:
        """Texts older than two requests in a row with far too little room are cut to what the second has."""
        if over <= 2_000 * MICRO or over <= Fraction(self.total(n), 5):
            self.doubted = None
        elif self.doubted is None:
            self.doubted = {
                each.at for each in self.held(n) if not each.new and each.text.kind not in THOUGHTS
            }
        else:
            before = {at: self.left[at] for at in self.doubted}
            whole = sum(before.values())
            for at, tokens in before.items() if whole else ():
                self.left[at] = int(tokens * max(Fraction(0), 1 - Fraction(over, whole * MICRO)))
                self.dropped += tokens - self.left[at]
                if not self.left[at]:
                    del self.left[at]
            self.doubted = None


class Slow:
    """Exact sums by kind, tool and path; `None` is the system prompt."""

    def __init__(self, logs: list[list[Item]]) -> None:
        self.sums: dict[object, list[Fraction]] = {}
        self.left = self.excess = Fraction(0)
        self.requests = 0
        for items in logs:
            self.requests += sum(
                isinstance(item, Sent) and item.own and item.chosen and not item.input_tokens
                for _, item in items
            )
            for stream in contexts(items):
                context = Context(stream)
                for n, sent, total, weight in context.requests():
                    if sent.chosen:
                        self._request(context, n, sent, total, weight)

    def _request(self, context: Context, n: int, sent: Sent, total: int, weight: int) -> None:
        factor = Fraction(weight, MICRO)
        size, new = system_of(context.stream, n)
        everything = [(None, Fraction(size, MICRO) * factor, new)] if size else []
        everything += [
            ((*each.text[:3],), context.left[each.at] * factor, each.new) for each in context.held(n)
        ]
        for key, tokens, first in everything:
            sums = self.sums.setdefault(key, [Fraction(0)] * 6)
            price = None if sent.price is None else Fraction(sent.price, MICRO)
            again = 0 if first else 1
            added = (1 - again, tokens * (1 - again), again, tokens * again, tokens * again * (price or 0),
                     tokens * again * (price is None))  # fmt: skip
            self.sums[key] = [a + b for a, b in zip(sums, added, strict=True)]
        self.left += sent.input_tokens - sum(tokens for _, tokens, _ in everything)
        texts = Fraction(total + context.dropped * MICRO, MICRO) * Fraction(sent.factor, MICRO)
        self.excess += max(Fraction(0), texts - sent.input_tokens)
        self.requests += 1


UNITS = (1, MICRO, 1, MICRO, COST, MICRO)


@settings(max_examples=150, deadline=None)
@given(st.lists(LOG, max_size=3))
def test_the_walk_agrees_with_asking_every_request_for_every_text(logs: list[list[Item]]):
    slow, fast = Slow(logs), walked(logs)
    names = ("pieces", "entered", "resends", "resent", "cost", "unpriced")
    found = {
        key: [Fraction(getattr(tally, name), unit) for name, unit in zip(names, UNITS, strict=True)]
        for key, tally in {**fast.tallies, None: fast.system}.items()
    }

    assert {key: sums for key, sums in slow.sums.items() if key} == {
        key: sums for key, sums in found.items() if key and any(sums[n] for n in (0, 2))
    }
    # A system prompt is kept to a millionth of a token, so that a price may move its cost by as much.
    for exact, kept in zip(slow.sums.get(None, [Fraction(0)] * 6), found[None], strict=True):
        assert abs(exact - kept) <= Fraction(1, 10)
    assert slow.requests == fast.requests
    assert abs(slow.left - Fraction(fast.left, MICRO)) <= Fraction(1, 1000)
    assert abs(slow.excess - Fraction(fast.excess, MICRO)) <= Fraction(1, 1000)


@given(st.lists(LOG, max_size=3))
def test_what_was_logged_is_what_was_sent_and_what_is_left(logs: list[list[Item]]):
    found = walked(logs)
    tallies = [*found.tallies.values(), found.system]
    sent = sum(tally.entered + tally.resent for tally in tallies)

    assert abs(found.input_tokens * MICRO - sent - found.left) <= 100


@settings(max_examples=150)
@given(st.lists(LOG, max_size=3))
def test_no_more_is_sent_than_was_logged_and_none_of_it_is_dearer(logs: list[list[Item]]):
    found = walked(logs)
    tallies = [*found.tallies.values(), found.system]
    requests = [item for items in logs for _, item in items if isinstance(item, Sent)]
    asked = [sent for sent in requests if sent.own and sent.chosen]

    assert sum(sent.input_tokens for sent in asked) == found.input_tokens
    assert sum(tally.entered + tally.resent for tally in tallies) <= found.input_tokens * MICRO
    assert 0 <= found.left
    assert sum(tally.cost for tally in tallies) <= MICRO * sum(
        sent.input_tokens * (sent.price or 0) for sent in asked
    )
    assert sum(tally.unpriced for tally in tallies) <= MICRO * sum(
        sent.input_tokens for sent in asked if sent.price is None
    )


@given(LOG, LOG)
def test_logs_do_not_depend_on_each_other(one: list[Item], two: list[Item]):
    both, single, other = walked([one, two]), walked([one]), walked([two])

    assert single.left + other.left == both.left
    assert sum(t.cost for w in (single, other) for t in w.tallies.values()) == sum(
        t.cost for t in both.tallies.values()
    )
