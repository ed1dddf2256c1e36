"""What hooks ask the ledger gives the numbers of the reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.sums import NANO, Books
from tokmeter.core.spans import Slice
from tokmeter.metrics.query import Filter, cells
from tokmeter.metrics.totals import collect, sums_of, totals
from tokmeter.metrics.window import active_ms, folders, moments, used

MINUTE = 60_000
PLACES = ("/r", "/r/web", "/r/sub/x", "/real/r", "/r2", "C:\\r\\web", "", "/")


def test_it_names_models_with_their_sums_costliest_first():
    books = Books()
    origin = books.origin(project="/r/web")
    books.entry(5, origin, books.sku(), cost=NANO, uncached_input_tokens=1, cache_read_input_tokens=2,
                cache_creation_5m_input_tokens=4, cache_creation_1h_input_tokens=8, output_tokens=16)  # fmt: skip
    books.entry(9, origin, books.sku(), cost=None, output_tokens=32)
    books.entry(7, origin, books.sku("claude-haiku-4-5"), cost=2 * NANO, output_tokens=64)
    books.entry(7, books.origin("codex", project="/r"), books.sku("gpt-5", "openai"), cost=0, output_tokens=1)
    books.entry(8, origin, books.sku(), superseded=1, output_tokens=1000)
    found = used(books.connection, ["/r"], 5, 10)

    assert [
        ("claude-code", "anthropic", "claude-haiku-4-5", 1, 0, 64, 64, 2 * NANO, 0, 7, 7),
        ("claude-code", "anthropic", "claude-opus-4-8", 2, 15, 48, 63, NANO, 1, 5, 9),
        ("codex", "openai", "gpt-5", 1, 0, 1, 1, 0, 0, 7, 7),
    ] == [
        (
            use.source, use.provider, use.model, use.requests, use.input_tokens, use.output_tokens, use.total_tokens,
            use.cost_nanousd, use.unpriced_requests, use.first_ms, use.last_ms,
        )
        for use in found
    ]  # fmt: skip


def test_it_uses_the_index_on_time():
    books = Books()
    steps: list[str] = []
    books.connection.set_trace_callback(steps.append)
    used(books.connection, ["/r"], 0, 9, ["/r/sub"])
    moments(books.connection, ["/r"], 0, 9)
    books.connection.set_trace_callback(None)
    plans = [
        row[3] for step in steps for row in books.connection.execute(f"EXPLAIN QUERY PLAN {step}").fetchall()
    ]

    assert 2 == sum("SEARCH e USING INDEX entry_ts" in row for row in plans)
    assert 1 == sum("SEARCH v USING INDEX event_ts" in row for row in plans)
    assert [] == [row for row in plans if row.startswith(("SCAN e", "SCAN v"))]


amounts = st.one_of(st.none(), st.integers(0, 5))
rows = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(PLACES), st.sampled_from(["m1", "m2"]), amounts, st.integers(0, 9)),
    max_size=12,
)  # fmt: skip
chosen = st.lists(st.sampled_from(["/r", "/real/r", "/r/sub", "C:\\r"]), min_size=1, max_size=3)


@given(rows, chosen, st.lists(st.sampled_from(["/r/sub", "/r/web/"]), max_size=2), st.integers(0, 20))
def test_its_figures_are_those_of_the_reports(entries, roots, without, start):
    books = Books()
    for ts, project, model, cost, tokens in entries:
        books.entry(
            ts, books.origin(project=project), books.sku(model), cost=cost,
            output_tokens=tokens, uncached_input_tokens=2 * tokens,
        )  # fmt: skip
    found = used(books.connection, roots, start, 20, without)
    where = Filter(projects=tuple(roots), without_projects=tuple(without))
    part = [Slice(None, start, 20)]
    whole = totals(books.connection, where, part)
    by_model = collect((cell.model, sums_of(cell)) for cell in cells(books.connection, where, part))

    assert {
        model: (
            sums.requests,
            sums.input_tokens,
            sums.output_tokens,
            sums.cost_nanousd,
            sums.unpriced_requests,
        )
        for model, sums in by_model.items()
    } == {
        use.model: (
            use.requests,
            use.input_tokens,
            use.output_tokens,
            use.cost_nanousd,
            use.unpriced_requests,
        )
        for use in found
    }
    assert list(whole.by_model) == [use.model for use in found]
    assert whole.total.requests == len(
        [at for at, prompt in moments(books.connection, roots, start, 20, without) if not prompt]
    )


def test_moments_are_responses_and_prompts_in_order():
    books = Books()
    here, codex = books.origin(project="/r"), books.origin("codex", project="/r")
    books.entry(7, here, books.sku())
    books.event(0, 5, here)
    books.event(1, 6, here)
    books.event(0, 8, codex)
    books.event(0, 9, books.origin(project="/s"))

    assert [(5, 1), (7, 0), (8, 1)] == moments(books.connection, ["/r"], 0, 10)
    assert [(8, 1)] == moments(books.connection, ["/r"], 0, 10, sources=["codex"])
    assert [] == moments(books.connection, ["/r"], 0, 10, ["/r"])


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], 0),
        ([5], 0),
        ([0, 10 * MINUTE], 10 * MINUTE),
        ([0, 10 * MINUTE + 1], 0),
        ([0, MINUTE, 60 * MINUTE, 61 * MINUTE], 2 * MINUTE),
    ],
)
def test_work_is_the_time_without_breaks_of_more_than_ten_minutes(times: list[int], expected: int):
    assert expected == active_ms(times)


def test_folders_are_named_once_with_slashes():
    books = Books()
    for n, place in enumerate(("/r", "/r/", "C:\\r", "")):
        books.origin(session=f"s{n}", project=place)

    assert ["/r", "C:/r"] == folders(books.connection)
