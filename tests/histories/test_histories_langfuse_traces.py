"""Ten real traces of agent frameworks, as Langfuse gives them: each call once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from histories.gateway_rows import PLACE, calls, read
from tokmeter.histories import langfuse

[LANGFUSE] = langfuse.FORMATS

# Input, output, calls, cost in nano-USD. What is left out of each file, and why:
# agno      two OpenAIChat.invoke (1,568 + 542 in): hold the generation that openai's instrumentation wrote
# beeai     its three generations with counts know input only (1,195 + 1,988 + 2,359); success and finish none
# microsoft invoke_agent (44 in, 180 out): an agent
# vercel    ai.generateText (14 in, 43 out): holds doGenerate
TRACES = {
    "agno-2025-06-11": (663 + 163, 225 + 20, 2, 234_450 + 36_450),
    "beeai-2025-08-01": (1195 + 1988 + 2359, 0, 3, 179_250 + 298_200 + 353_850),
    "crewai-2025-07-11": (190, 164, 1, 126_900),
    "google-adk-2025-08-28": (39 + 28, 6 + 3, 2, 6_300 + 4_000),
    "koog-2025-08-26": (168 + 47, 19 + 106, 2, 610_000 + 1_177_500),
    "langgraph-python-2025-08-22": (60 + 108, 15 + 51, 2, 75_000 + 159_000),
    "microsoft-agent-2025-12-17": (77 + 216, 86 + 20, 2, 191_250 + 94_000),
    "pydantic-ai-2025-06-06": (31, 96, 1, 1_037_500),
    "pydantic-ai-tools-2025-12-04": (
        417 + 131 + 502 + 265,
        53 + 69 + 14 + 73,
        4,
        94_350 + 61_050 + 83_700 + 83_550,
    ),
    "vercel-aisdk-2025-11-17": (62, 85, 1, 927_500),
}


def leaves(path: Path) -> list[dict[str, Any]]:
    """The generations with counts of a file that are no other such generation's parent, straight from the JSON."""
    observations = json.loads(path.read_text())["observations"]
    counted = [one for one in observations if one["type"] == "GENERATION" and one["totalUsage"]]
    return [one for one in counted if one["id"] not in {other["parentObservationId"] for other in counted}]


@pytest.mark.parametrize("name", TRACES)
def test_a_real_trace_is_counted_once(corpus: Path, name: str) -> None:
    """The files hold their observations twice: beside the trace, and (mostly) within it again."""
    path = corpus / "traces" / "langfuse" / f"{name}.trace.json"
    record = json.loads(path.read_text())
    found = calls(read(LANGFUSE, record))
    raw = leaves(path)
    recomputed = (sum(one["inputUsage"] for one in raw), sum(one["outputUsage"] for one in raw), len(raw))
    cost = sum(call.cost_nanousd or 0 for call in found)

    assert LANGFUSE.claims(record)
    assert TRACES[name][:3] == recomputed
    assert TRACES[name][:3] == (
        sum(call.tokens.input for call in found),
        sum(call.tokens.output for call in found),
        len(found),
    )
    assert TRACES[name][3] == pytest.approx(cost, abs=1)  # the files hold binary fractions
    assert all(call.ts_quality == "exact" and call.latency_ms for call in found)


def test_every_real_trace_is_in_the_table(corpus: Path) -> None:
    files = {path.name.removesuffix(".trace.json") for path in (corpus / "traces" / "langfuse").iterdir()}

    assert files == set(TRACES)


def test_the_ten_real_traces_hold_twenty_calls(corpus: Path) -> None:
    """8,709 tokens of input and 1,105 of output: the sums of the table."""
    reader = LANGFUSE.reader(PLACE)
    paths = sorted((corpus / "traces" / "langfuse").iterdir())
    items = [item for path in paths for item in reader.feed(json.loads(path.read_text()), 1)]
    items += list(reader.finish())
    found = calls(items)

    assert (20, 8709, 1105) == (
        len({call.key for call in found}),
        sum(call.tokens.input for call in found),
        sum(call.tokens.output for call in found),
    )


def test_no_text_of_a_real_trace_gets_into_a_call(corpus: Path) -> None:
    path = corpus / "traces" / "langfuse" / "pydantic-ai-2025-06-06.trace.json"
    for call in calls(read(LANGFUSE, json.loads(path.read_text()))):
        texts = [value for name in call.__struct_fields__ if isinstance(value := getattr(call, name), str)]

        assert all(" " not in text and len(text) < 80 for text in texts)
