"""The calibrated path on real Claude Code logs: how far off it is on messages that it has not seen."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tokmeter.tokenization.calibration import NEEDED, Sample, fit, quantile
from tokmeter.tokenization.priors import prior_for
from tokmeter.tokenization.tokenizers import load

MOST_MEDIAN, MOST_BIAS = 0.06, 0.03
MEASURED = ("claude-opus-4-7", "claude-opus-4-8", "claude-fable-5")
"""Models from Opus 4.7 on with 20 messages or more in the corpus: 139, 56 and 22."""
HALVED = MEASURED[:2]
"""Those of which a half still has 20."""


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and record.get("type") == "assistant":
                yield record


@lru_cache(maxsize=1)
def messages(folder: Path) -> dict[str, list[tuple[str, Sample]]]:
    """Model → (message id, sample) of every finished message without thinking, by merging its lines."""
    blocks: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    output: dict[str, int] = defaultdict(int)
    about: dict[str, tuple[str, str]] = {}
    finished = set()
    for record in lines(folder):
        message = record["message"]
        name = message["id"]
        about.setdefault(name, (message["model"], record["sessionId"]))
        for block in message["content"]:
            blocks[name].setdefault(json.dumps(block, sort_keys=True), block)
        output[name] = max(output[name], message["usage"]["output_tokens"])
        if message.get("stop_reason"):
            finished.add(name)
    found: dict[str, list[tuple[str, Sample]]] = defaultdict(list)
    for name in sorted(finished):
        parts = list(blocks[name].values())
        if any("thinking" in part["type"] for part in parts):
            continue
        text = "".join(part["text"] for part in parts if part["type"] == "text")
        calls = [part for part in parts if part["type"] == "tool_use"]
        count = load("o200k_base").count
        model, session = about[name]
        base = count(text) + count("".join(map(markup, calls)))
        found[model].append((name, Sample(session, base, len(calls), output[name])))
    return found


def markup(call: dict[str, Any]) -> str:
    parameters = "".join(
        f'<parameter name="{key}">{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}'
        "</parameter>\n"
        for key, value in call["input"].items()
    )
    return f'\n<invoke name="{call["name"]}">\n{parameters}</invoke>'


@pytest.fixture(scope="module")
def samples(corpus: Path) -> dict[str, list[tuple[str, Sample]]]:
    return messages(corpus / "claude" / "projects")


def halves(pairs: list[tuple[str, Sample]]) -> tuple[list[Sample], list[Sample]]:
    """Two halves by a hash of the message's id."""
    ordered = [sample for name, sample in sorted(pairs, key=lambda pair: sha256(pair[0].encode()).digest())]
    return ordered[::2], ordered[1::2]


def crossed(model: str, pairs: list[tuple[str, Sample]]) -> list[tuple[int, int]]:
    """(estimate, logged) of every message, each by a fit on the half that it is not in."""
    found = []
    first, second = halves(pairs)
    for known, unseen in ((first, second), (second, first)):
        law = fit(model, "o200k_base", known, 0)
        assert law is not None
        found += [(law.tokens(sample.base, sample.calls), sample.logged) for sample in unseen]
    return found


def errors(pairs: list[tuple[int, int]]) -> tuple[float, float]:
    """Median of single errors, and the error of the sum (signed)."""
    single = sorted(abs(estimate / logged - 1) for estimate, logged in pairs)
    return single[len(single) // 2], sum(e for e, _ in pairs) / sum(logged for _, logged in pairs) - 1


@pytest.mark.parametrize("model", HALVED)
def test_a_fit_on_one_half_of_the_messages_holds_for_the_other(
    samples: dict[str, list[tuple[str, Sample]]], model: str
) -> None:
    median, bias = errors(crossed(model, samples[model]))

    assert median <= MOST_MEDIAN
    assert abs(bias) <= MOST_BIAS


def test_all_models_from_opus_4_7_on_together_hold_as_well(
    samples: dict[str, list[tuple[str, Sample]]],
) -> None:
    median, bias = errors([pair for model in HALVED for pair in crossed(model, samples[model])])

    assert median <= MOST_MEDIAN
    assert abs(bias) <= MOST_BIAS


@pytest.mark.parametrize(
    ("model", "most"), [*((model, MOST_MEDIAN) for model in HALVED), (MEASURED[2], 0.08)]
)
def test_the_errors_that_a_fit_states_are_within_the_bounds(
    samples: dict[str, list[tuple[str, Sample]]], model: str, most: float
) -> None:
    """With 22 messages of one session the bound is wider: a median of 22 is itself uncertain by a quarter."""
    law = fit(model, "o200k_base", [sample for _, sample in samples[model]], 0)
    assert law is not None

    assert len(samples[model]) == law.messages
    assert law.median_error <= most
    assert abs(law.bias) <= MOST_BIAS


def test_a_few_partial_counts_in_real_messages_change_little(
    samples: dict[str, list[tuple[str, Sample]]],
) -> None:
    """The same messages with every twentieth count cut to 31, as logs do."""
    whole = [sample for _, sample in samples[MEASURED[0]]]
    cut = [sample._replace(logged=31) if i % 20 == 7 else sample for i, sample in enumerate(whole)]
    law, marred = fit("m", "b", whole, 0), fit("m", "b", cut, 0)
    assert law is not None
    assert marred is not None

    assert law.slope == pytest.approx(marred.slope, rel=0.02)
    assert marred.median_error <= MOST_MEDIAN


@pytest.mark.parametrize("model", MEASURED)
def test_the_shipped_fit_is_as_far_off_as_it_states(
    samples: dict[str, list[tuple[str, Sample]]], model: str
) -> None:
    """Its stated p90 covers nine in ten, give or take the scatter of so few messages."""
    prior = prior_for(model)
    assert prior is not None
    single = [
        abs(prior.tokens(sample.base, sample.calls) / sample.logged - 1) for _, sample in samples[model]
    ]

    assert quantile(single, 0.85) <= prior.p90_error


def test_models_with_fewer_messages_are_not_fitted(samples: dict[str, list[tuple[str, Sample]]]) -> None:
    few = {model: [sample for _, sample in pairs] for model, pairs in samples.items() if len(pairs) < NEEDED}

    assert few
    assert {} == {
        model: law for model, pairs in few.items() if (law := fit(model, "o200k_base", pairs, 0)) is not None
    }
