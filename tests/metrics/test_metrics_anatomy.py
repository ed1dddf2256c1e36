"""Where the context went: every figure worked out by hand from a ledger of a few rows."""

from __future__ import annotations

import pytest

from support.texts import OPUS, START, Texts
from tokmeter.metrics import anatomy_rows
from tokmeter.metrics.anatomy import Anatomy, Part
from tokmeter.metrics.anatomy_rows import Chosen
from tokmeter.metrics.query import Filter
from tokmeter.metrics.scaling import Scale

HOUR = 3_600_000


def kind(found: Anatomy, name: str) -> Part:
    return next((part for part in found.kinds if part.name == name), Part(name, 0, 0, 0, 0, 0, 0, 0))


def figures(part: Part) -> tuple[int, int, int, int]:
    """Entered, sent, pieces and times a piece was sent."""
    return part.entered_tokens, part.sent_tokens, part.pieces, part.sends


def eighty_turns() -> Texts:
    """A session of 80 requests; the answer to the third reads a file of 4,000 tokens. $0.50 a million cached."""
    books = Texts()
    rate = books.rate((0, 500))
    books.piece("user_text", 100)
    for turn in range(1, 81):
        books.request(rate=rate, cost=10_000_000)
        if turn == 3:
            books.piece("tool_call", 20, tool="Read", path="/home/ana/shop/cart.py")
            books.piece("file_read", 4_000, tool="Read", path="/home/ana/shop/cart.py")
    return books


def test_a_file_read_at_turn_3_of_80_was_sent_77_times():
    found = eighty_turns().dissect()
    read = kind(found, "file_read")

    # Requests 4 to 80 sent it: the first of them as new, 76 again, at 500 nano-USD a token.
    assert (4_000, 308_000, 1, 77) == figures(read)
    assert (76, 304_000, 152_000_000) == (read.resends, read.resent_tokens, read.cost_nanousd)
    assert (100, 8_000, 1, 80) == figures(kind(found, "user_text"))
    assert (80, 80, 800_000_000) == (found.asked, found.covered, found.list_cost_nanousd)


def test_tools_and_files_are_other_cuts_of_the_same_texts():
    found = eighty_turns().dissect()

    # The call's 20 tokens and the file's 4,000 were sent 77 times each.
    assert [("Read", 4_020 * 77)] == [(part.name, part.sent_tokens) for part in found.tools]
    assert [("/home/ana/shop/cart.py", 4_020 * 77, 1)] == [
        (part.name, part.sent_tokens, part.reads) for part in found.paths
    ]
    assert [] == found.servers
    assert 4_020 * 77 + 100 * 80 == found.total.sent_tokens


def test_a_compaction_ends_what_was_sent_and_its_summary_goes_on():
    books = Texts()
    books.piece("file_read", 1_000)
    books.request()
    books.request()
    books.piece("compaction")
    books.piece("summary", 50)
    for _ in range(3):
        books.request()
    found = books.dissect()

    assert (1_000, 2_000, 1, 2) == figures(kind(found, "file_read"))
    assert (50, 150, 1, 3) == figures(kind(found, "summary"))
    assert (0, 0, 0, 0) == figures(kind(found, "compaction"))


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("claude-sonnet-4-5", 2),
        ("claude-3-7-sonnet", 2),
        ("claude-opus-4-1", 2),
        ("gpt-5.5", 2),
        ("", 2),
        ("claude-opus-4-5", 3),
        ("claude-sonnet-4-6", 3),
        ("claude-opus-5", 3),
    ],
)
def test_thinking_is_sent_until_a_persons_next_message_unless_the_model_keeps_it(model: str, sent: int):
    books = Texts()
    books.piece("user_text", 10)
    books.request(model=model)
    books.piece("thinking", 300)
    books.piece("tool_call", 5)
    books.piece("command_output", 7)
    books.request(model=model)
    books.request(model=model)
    books.piece("user_text", 10)
    books.request(model=model)
    found = books.dissect()

    assert (300, 300 * sent, 1, sent) == figures(kind(found, "thinking"))
    assert (5, 15, 1, 3) == figures(kind(found, "tool_call"))


@pytest.mark.parametrize(
    ("logged", "more", "hidden"),
    [
        (0, {}, 400),
        (150, {}, 250),
        (600, {}, 0),
        (None, {}, 0),
        (0, {"reasoning_output_tokens": 380}, 380),
        (None, {"reasoning_output_tokens": 380}, 380),
        (0, {"flags": 1}, 0),
    ],
    ids=["none-logged", "some-logged", "all-logged", "no-thinking", "reported", "reported-only", "cut-short"],
)
def test_hidden_thinking_is_output_that_the_visible_part_does_not_explain(
    logged: int | None, more: dict[str, int], hidden: int
):
    books = Texts()
    books.request(output_tokens=500, visible=(100, 60), thinking=logged, **more)
    books.piece("tool_call", 5)
    books.request()
    books.request()
    found = books.dissect()

    assert (hidden, 2 * hidden) == figures(kind(found, "hidden_thinking"))[:2]


def test_hidden_thinking_is_scaled_back_to_the_models_own_tokens():
    books = Texts()
    books.request(output_tokens=500, visible=(100, 60), thinking=0)
    books.request()
    found = books.dissect(scales={OPUS: Scale(1.6, "given")})

    assert (400, 400, 1, 1) == figures(kind(found, "hidden_thinking"))


def test_an_answer_that_no_request_followed_was_never_sent():
    books = Texts()
    books.piece("user_text", 10)
    books.request()
    books.piece("assistant_text", 900)
    books.piece("user_text", 11)
    found = books.dissect()

    assert (10, 10, 1, 1) == figures(found.total)


def test_a_forks_copied_history_was_sent_again_but_is_not_new():
    books = Texts()
    books.piece("file_read", 1_000)
    parent = books.request()
    books.piece("assistant_text", 40)
    fork = books.log()
    books.piece("file_read", 1_000, file=fork)
    books.output(parent, file=fork)
    books.piece("assistant_text", 40, file=fork)
    books.piece("user_text", 5, file=fork)
    books.request(file=fork)
    books.request(file=fork)
    found = books.dissect()

    # The parent's request sent the file for the first time, each of the fork's two sent it again.
    assert (1_000, 3_000, 1, 3) == figures(kind(found, "file_read"))
    assert (0, 80, 0, 2) == figures(kind(found, "assistant_text"))
    assert (5, 10, 1, 2) == figures(kind(found, "user_text"))


@pytest.mark.parametrize(
    "bits", [{"superseded": 1}, {"superseded": 2}], ids=["better-evidence", "another-history"]
)
def test_a_request_that_is_counted_elsewhere_sends_nothing(bits: dict[str, int]):
    books = Texts()
    books.piece("user_text", 10)
    books.request(**bits)
    books.request()
    found = books.dissect()

    # It stands where copied history does: what is before it was sent before.
    assert (0, 10, 0, 1) == figures(kind(found, "user_text"))
    assert (1, 1) == (found.asked, found.covered)


def test_a_response_that_stands_twice_in_a_log_is_one_request():
    books = Texts()
    books.piece("user_text", 10)
    entry = books.request()
    books.output(entry)
    found = books.dissect()

    assert (10, 10, 1, 1) == figures(kind(found, "user_text"))
    assert 1 == found.covered


def test_a_subagents_context_is_its_own():
    books = Texts()
    books.piece("user_text", 10)
    books.request()
    books.piece("user_text", 500, context="agent-1")
    books.request(context="agent-1")
    books.request(context="agent-1")
    books.request()
    found = books.dissect()

    assert (510, 10 * 2 + 500 * 2, 2, 4) == figures(kind(found, "user_text"))


def test_a_session_includes_the_logs_of_its_subagents_and_nothing_else():
    books = Texts()
    child = books.origin(session="child", root_session_id="s1", agent_id="a1")
    other = books.origin(session="s2")
    for origin, tokens in ((books.origin(), 10), (child, 200), (other, 3_000)):
        file = books.log()
        books.piece("user_text", tokens, file=file)
        books.request(file=file, origin=origin)

    assert (210, 210, 2, 2) == figures(books.dissect(session=("claude-code", "s1")).total)
    assert (3_000, 3_000, 1, 1) == figures(books.dissect(session=("claude-code", "s2")).total)


def test_a_period_cuts_a_session_by_its_requests():
    books = Texts()
    books.piece("user_text", 10)
    books.request(ts=START + HOUR)
    books.request(ts=START + 2 * HOUR)
    books.piece("file_read", 100)
    books.request(ts=START + 3 * HOUR)
    books.request(ts=START + 4 * HOUR)

    early = books.dissect(Filter(START, START + 3 * HOUR))
    late = books.dissect(Filter(START + 3 * HOUR, START + 5 * HOUR))

    # In the second half the message is old: both of its sends are repetitions.
    assert (10, 20, 1, 2) == figures(early.total)
    assert (0, 20, 0, 2) == figures(kind(late, "user_text"))
    assert (20, 2) == (kind(late, "user_text").resent_tokens, kind(late, "user_text").resends)
    assert (100, 200, 1, 2) == figures(kind(late, "file_read"))


def test_two_models_have_their_own_tokens_and_prices():
    books = Texts()
    cheap, dear = books.rate((0, 100)), books.rate((0, 1_000), (5_000, 2_000))
    books.piece("user_text", 1_000)
    books.request(1_000, model="gpt-5", rate=cheap)
    books.request(1_600, model=OPUS, rate=dear)
    books.request(6_000, model=OPUS, rate=dear)
    found = books.dissect(scales={"gpt-5": Scale(1.0, "exact", 0.0), OPUS: Scale(1.6, "given", 0.1)})
    sent = kind(found, "user_text")

    # New as 1,000 tokens of gpt-5, again as 1,600 of Opus at 1,000, then in the dearer tier at 2,000.
    assert (1_000, 4_200, 1, 3) == figures(sent)
    assert 1_600 * 1_000 + 1_600 * 2_000 == sent.cost_nanousd
    assert {"gpt-5": 1, OPUS: 2} == found.requests_by_model
    assert ["given", "exact"] == [found.scales[model].basis for model in (OPUS, "gpt-5")]


def test_a_model_filter_counts_the_requests_of_that_model_only():
    books = Texts()
    books.piece("user_text", 1_000)
    books.request(model="gpt-5")
    books.request()
    found = books.dissect(Filter(models=(OPUS,)))

    assert (0, 1_000, 0, 1) == figures(kind(found, "user_text"))
    assert [OPUS] == list(found.scales)


def test_requests_without_a_price_are_counted_apart():
    books = Texts()
    books.piece("user_text", 100)
    books.request(rate=books.rate((0, 500)), cost=7)
    books.request(rate=books.rate(), cost=None)
    books.request(rate=None, cost=None)
    books.request(rate=1, cost=7)
    found = books.dissect()
    sent = kind(found, "user_text")

    assert (2, 100 * 500, 200, 14) == (
        found.unpriced_requests,
        sent.resend_cost_nanousd,
        sent.unpriced_tokens,
        found.list_cost_nanousd,
    )


def test_re_sends_of_which_none_has_a_price_have_no_cost():
    books = Texts()
    books.piece("user_text", 100)
    books.request(cost=None)
    books.request(cost=None)

    assert books.dissect().total.resend_cost_nanousd is None


# What stands beside the texts


def test_the_system_prompt_is_what_the_first_request_holds_beyond_its_texts():
    books = Texts()
    rate = books.rate((0, 500))
    books.piece("user_text", 100)
    books.request(20_100, rate=rate)
    books.piece("command_output", 400)
    books.request(20_500, rate=rate)
    books.request(21_000, rate=rate)
    found = books.dissect()

    # 20,000 that no text explains, sent three times; the third request had 500 more than is known.
    assert (20_000, 60_000, 1, 3) == figures(kind(found, "system"))
    assert 40_000 * 500 == kind(found, "system").cost_nanousd
    assert (61_600, 500, 0) == (found.input_tokens, found.unexplained_tokens, found.excess_tokens)


def test_the_system_prompt_is_derived_anew_after_a_compaction_and_for_each_context():
    books = Texts()
    books.piece("user_text", 100)
    books.request(1_100)
    books.piece("compaction")
    books.piece("summary", 10)
    books.request(910)
    books.request(700, context="agent-1")
    found = books.dissect()

    assert (1_000 + 900 + 700, 2_600, 3, 3) == figures(kind(found, "system"))
    assert 0 == found.unexplained_tokens


def test_a_first_request_smaller_than_its_texts_has_no_system_prompt():
    books = Texts()
    books.piece("user_text", 100)
    books.request(60)
    books.request(130)
    found = books.dissect()

    # 40 too few, then 30 too many.
    assert 0 == kind(found, "system").sent_tokens
    assert (30, 40) == (found.unexplained_tokens, found.excess_tokens)


def test_a_forks_system_prompt_was_sent_before():
    books = Texts()
    parent = books.request(1_000)
    fork = books.log()
    books.output(parent, file=fork)
    books.piece("user_text", 5, file=fork)
    books.request(1_005, file=fork)
    found = books.dissect()

    assert (1_000, 2_000, 1, 2) == figures(kind(found, "system"))


def test_the_system_prompt_of_another_model_is_scaled_like_any_text():
    books = Texts()
    books.request(1_600, model=OPUS)
    books.request(1_000, model="gpt-5")
    found = books.dissect(scales={OPUS: Scale(1.6, "given"), "gpt-5": Scale(1.0, "exact")})

    assert (1_600, 2_600, 1, 2) == figures(kind(found, "system"))
    assert (0, 0) == (found.unexplained_tokens, found.excess_tokens)


def test_a_request_of_another_day_still_tells_the_system_prompt():
    books = Texts()
    books.request(1_000, ts=START)
    books.request(1_300, ts=START + HOUR)
    found = books.dissect(Filter(START + HOUR, START + 2 * HOUR))

    assert (0, 1_000, 0, 1) == figures(kind(found, "system"))
    assert 300 == found.unexplained_tokens


# Texts that the logged input has no room for


def test_a_request_is_never_given_more_than_its_logged_input():
    books = Texts()
    rate = books.rate((0, 500))
    books.piece("user_text", 1_000)
    books.request(3_000, rate=rate)
    books.piece("file_read", 2_000)
    books.request(4_000, rate=rate)
    books.request(2_500, rate=rate)
    books.request(9_000, rate=rate)
    found = books.dissect()

    # 5,000 with the system prompt: 4/5 of each are sent by the second request, half by the third.
    assert (1_000, 1_000 + 800 + 500 + 1_000) == figures(kind(found, "user_text"))[:2]
    assert (1_600, 1_600 + 1_000 + 2_000) == figures(kind(found, "file_read"))[:2]
    assert (2_000, 2_000 + 1_600 + 1_000 + 2_000) == figures(kind(found, "system"))[:2]
    assert (800 + 500 + 1_000) * 500 == kind(found, "user_text").cost_nanousd
    assert (4_000, 1_000 + 2_500) == (found.unexplained_tokens, found.excess_tokens)


def test_a_request_without_logged_input_sends_nothing():
    books = Texts()
    books.piece("user_text", 1_000)
    books.request(0)
    books.request(1_200)
    books.request(0)
    found = books.dissect()

    assert (1_000, 1_000, 1, 1) == figures(kind(found, "user_text"))
    assert (200, 200, 1, 1) == figures(kind(found, "system"))
    assert (3, 1_200, 0) == (found.covered, found.input_tokens, found.excess_tokens)


def set_back() -> Texts:
    """A session of 20,000 tokens that goes on with a system prompt of 1,000 and a quarter of the rest."""
    books = Texts()
    books.piece("user_text", 2_000)
    books.request(3_000)
    books.piece("file_read", 18_000)
    books.request(21_000)
    books.piece("command_output", 500)
    books.request(6_500)
    books.piece("search_result", 3_500)
    for _ in range(3):
        books.request(10_000)
    return books


def test_texts_dropped_without_a_word_are_not_sent_any_more():
    found = set_back().dissect()

    # 6,500 of 21,500 is far too little, and so is 10,000 of 25,000 behind it: 15,000 of the old 20,000 are
    # gone, a quarter of each is sent on, and all of what is newer.
    assert (3_500, 3 * 3_500) == figures(kind(found, "search_result"))[:2]
    assert 3 * 500 == kind(found, "command_output").sent_tokens - round(500 * 6_500 / 21_500)
    assert 18_000 + round(18_000 * 6_500 / 21_500) + 3 * 4_500 == kind(found, "file_read").sent_tokens
    assert (18_000, 1, 5) == (figures(kind(found, "file_read"))[0], *figures(kind(found, "file_read"))[2:])
    assert (0, 15_000 * 4) == (found.unexplained_tokens, found.excess_tokens)


def test_the_system_prompt_is_not_dropped():
    sent = kind(set_back().dissect(), "system").sent_tokens

    assert 5 * 1_000 + round(1_000 * 6_500 / 21_500) == sent


def test_one_request_with_little_input_drops_nothing():
    books = Texts()
    books.piece("file_read", 20_000)
    books.request(20_000)
    books.request(300)
    books.request(20_000)
    books.request(300)
    books.request(20_000)
    found = books.dissect()

    assert (20_000, 60_600, 1, 5) == figures(kind(found, "file_read"))
    assert 2 * 19_700 == found.excess_tokens


@pytest.mark.parametrize(
    ("tokens", "logged"), [(40_000, 32_000), (4_000, 2_000)], ids=["a-fifth", "two-thousand"]
)
def test_estimates_that_are_a_little_too_high_drop_nothing(tokens: int, logged: int):
    books = Texts()
    books.piece("file_read", tokens)
    books.request(tokens)
    for _ in range(3):
        books.request(logged)
    books.request(tokens)
    found = books.dissect()

    assert (2 * tokens + 3 * logged, 5) == figures(kind(found, "file_read"))[1::2]


def test_a_fall_that_thinking_leaves_drops_nothing():
    books = Texts()
    books.piece("user_text", 5_000)
    books.request(5_000, model="gpt-5.5")
    books.piece("thinking", 20_000)
    books.request(25_000, model="gpt-5.5")
    books.piece("user_text", 10)
    for _ in range(3):
        books.request(5_010, model="gpt-5.5")
    found = books.dissect()

    assert (5_010, 5 * 5_000 + 3 * 10, 2, 8) == figures(kind(found, "user_text"))
    assert (0, 0) == (found.unexplained_tokens, found.excess_tokens)


# Coverage, tools, factors


def test_requests_whose_logs_were_never_measured_are_counted():
    books = Texts()
    gone = books.log(measured=False)
    books.entry(START, books.origin(), books.sku(), file_id=gone)
    books.entry(START, books.origin(), books.sku(), file_id=1)
    books.piece("user_text", 10)
    books.request()
    found = books.dissect()

    assert (3, 1, 1) == (found.asked, found.unmeasured, found.covered)
    assert 3 == found.sums.requests


def test_an_empty_selection_has_no_parts():
    found = eighty_turns().dissect(Filter(projects=("elsewhere",)))

    assert (0, 0, []) == (found.asked, found.covered, found.kinds)
    assert (0, 0, 0, 0) == figures(found.total)


def test_mcp_servers_gather_their_tools():
    books = Texts()
    books.piece("tool_output", 10, tool="search", server="jira")
    books.piece("tool_output", 20, tool="read", server="jira")
    books.piece("tool_output", 5, tool="search", server="wiki")
    books.piece("command_output", 7, tool="Bash")
    books.request()
    found = books.dissect()

    assert [("jira", 30), ("wiki", 5)] == [(part.name, part.sent_tokens) for part in found.servers]
    assert [("read", "jira"), ("search", "jira"), ("Bash", ""), ("search", "wiki")] == [
        (part.name, part.server) for part in found.tools
    ]


@pytest.mark.parametrize(
    ("responses", "given", "expected"),
    [
        (20, {}, ("measured", 1.5)),
        (19, {}, ("unscaled", 1.0)),
        (19, {OPUS: Scale(1.65, "given", 0.12)}, ("given", 1.65)),
        (20, {OPUS: Scale(1.65, "given", 0.12)}, ("measured", 1.5)),
        (20, {OPUS: Scale(1.0, "exact", 0.0)}, ("exact", 1.0)),
        (0, {OPUS: Scale(0.49, "given", 0.1)}, ("unscaled", 1.0)),
        (0, {OPUS: Scale(3.01, "given", 0.1)}, ("unscaled", 1.0)),
    ],
)
def test_a_models_factor_is_measured_where_enough_responses_allow_it(
    responses: int, given: dict[str, Scale], expected: tuple[str, float]
):
    books = Texts()
    for n in range(max(1, responses)):
        # 100 of 100 and 200 of 100 in turn: 300 tokens for 200.
        books.request(visible=(100 + 100 * (n % 2), 100) if n < responses else None)
    if responses % 2:
        books.request(visible=None)
    scale = books.dissect(scales=given).scales[OPUS]

    assert expected[0] == scale.basis
    assert expected[1] == pytest.approx(scale.factor, abs=0.03)


@pytest.mark.parametrize("most_calls", [0, 1, 3], ids=["text", "one-call-each", "calls"])
def test_what_a_response_has_beside_its_text_is_not_taken_for_text(most_calls: int):
    books = Texts()
    for n in range(20):
        base, calls = 40 + n * n, most_calls if most_calls < 2 else n % most_calls
        books.request(visible=(2 * base + 25 * calls + 4, base, calls))
    scale = books.dissect().scales[OPUS]

    assert 2.0 == pytest.approx(scale.factor)
    assert 0.0 == pytest.approx(scale.error, abs=1e-9)


def test_the_error_of_a_measured_factor_is_that_of_nine_responses_of_ten():
    books = Texts()
    for own in [100] * 27 + [200] * 3:
        books.request(visible=(own, 100))
    scale = books.dissect().scales[OPUS]

    # 3,300 for 3,000: 1.1, so 110 for each; 27 of 30 are off by 10 of 100, the others by 90 of 200.
    assert (1.1, 30) == (scale.factor, scale.responses)
    assert 0.1 == pytest.approx(scale.error)


@pytest.mark.parametrize(
    ("own", "base", "basis"),
    [(120, 100, "measured"), (120, 99, "unscaled"), (300, 100, "measured"), (301, 100, "unscaled"),
     (50, 100, "measured"), (49, 100, "unscaled")],
)  # fmt: skip
def test_few_tokens_and_factors_that_no_tokenizer_has_are_no_measurement(own: int, base: int, basis: str):
    books = Texts()
    for _ in range(20):
        books.request(visible=(own, base))

    assert basis == books.dissect().scales[OPUS].basis


def test_copies_and_responses_with_thinking_do_not_measure_a_factor():
    books = Texts()
    entries = [books.request(visible=(150, 150)) for _ in range(19)]
    fork = books.log()
    for entry in entries:
        books.output(entry, file=fork, visible=(300, 150))
    books.request(visible=(500, 300))
    books.connection.execute("UPDATE visible_output SET thinking_blocks = 1 WHERE visible_tokens = 500")

    assert "unscaled" == books.dissect().scales[OPUS].basis


# Questions


@pytest.mark.parametrize("session", [None, ("claude-code", "s1")], ids=["period", "session"])
def test_the_questions_search_their_tables_by_index(session: tuple[str, str] | None):
    books = eighty_turns()
    chosen = Chosen(Filter(START, START + HOUR, projects=("shop",), models=("claude-*",)), session)
    index = "entry_ts (ts>? AND ts<?)" if session is None else "entry_origin (origin_id=?)"
    for sql, values in (anatomy_rows.outputs_sql(chosen), anatomy_rows.pieces_sql(chosen)):
        plan = [row[3] for row in books.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

        assert [] == [step for step in plan if step.startswith(("SCAN e", "SCAN v", "SCAN p", "USE TEMP"))]
        assert any(f"SEARCH e USING INDEX {index}" in step for step in plan)
        assert any(" USING PRIMARY KEY (file_id=?)" in step for step in plan)
