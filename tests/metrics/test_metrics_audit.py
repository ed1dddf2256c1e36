"""Reported output against the text beside it, over small ledgers whose figures are reckoned by hand."""

from __future__ import annotations

import pytest

from support.books import entry, post
from tokmeter.core import usage
from tokmeter.core.usage import COUNT_BASES, OUTPUT_PARTIAL, Origin, Sku
from tokmeter.ledger.measures import OutputRow, Unmeasured, keep_measures
from tokmeter.ledger.store import Ledger
from tokmeter.metrics import audit as audit_module
from tokmeter.metrics import query
from tokmeter.metrics.audit import Audit, Cut, audit
from tokmeter.metrics.query import Filter
from tokmeter.reports.audit import bias, verdict

OPUS = Sku("anthropic", "claude-opus-4-8", "claude-opus-4-8")
CODEX = Sku("openai", "gpt-5.5", "gpt-5.5")


class Logs:
    """A ledger of responses with what their text measures."""

    def __init__(self) -> None:
        self.ledger = Ledger.in_memory()
        self._outputs: list[tuple[str, OutputRow]] = []
        self._entries: list[object] = []

    def response(
        self,
        logged: int,
        visible: int | None,
        *,
        base: int = 0,
        calls: int = 0,
        thinking: int = 0,
        final: bool = True,
        reasoning: int = 0,
        sku: Sku = OPUS,
        version: str = "2.1.9",
    ) -> None:
        number = len(self._entries) + 1
        origin = Origin("claude-code", session_id="s", client_version=version)
        self._entries.append(
            entry(
                f"m:{number:030d}",
                origin=origin,
                sku=sku,
                uncached_input_tokens=0,
                output_tokens=logged,
                reasoning_output_tokens=reasoning,
                flags=0 if final else OUTPUT_PARTIAL,
                first_line=number,
                last_line=number,
            )
        )
        row = OutputRow(number, number, "", 0, base, 0, 0, 1, calls, thinking, int(final), visible)
        self._outputs.append((f"m:{number:030d}", row))

    def keep(self) -> Ledger:
        post(self.ledger, self._entries)  # type: ignore[arg-type] # entries, as `entry` makes them
        ids = dict(self.ledger.connection.execute("SELECT key, id FROM entry"))
        rows = [row._replace(entry_id=ids[key]) for key, row in self._outputs]
        file_id = self.ledger.connection.execute("SELECT id FROM log_file").fetchone()[0]
        log = Unmeasured(file_id, "claude-code", "/logs/a.jsonl", 100, 1, 99)
        with self.ledger.transaction() as connection:
            keep_measures(connection, log, 3, [], rows, 0)
        return self.ledger

    def audit(self) -> Audit:
        return audit(
            self.keep().connection,
            Filter(),
            predict,
            lambda *_: 2.0,
            lambda _: "2026-W47",
        )


def predict(_model: str, base: int, calls: int, exact: int | None) -> tuple[int, int, float]:
    """Exact where it is known; else twice the base and ten a call, give or take a tenth."""
    return (exact, 1, 0.0) if exact is not None else (2 * base + 10 * calls, 2, 0.1)


def test_the_bases_are_those_of_the_ledger() -> None:
    names = ("TOKENIZED", "CALIBRATED", "ESTIMATED")

    for module in (query, usage):
        named = [getattr(module, name) for name in names]
        assert ["tokenized", "calibrated", "estimated"] == [COUNT_BASES[index] for index in named]


def test_agreement_is_counted_to_the_token_and_within_five_percent() -> None:
    """100/100 is exact; 104/100 is within 5 % of 104; 110/100 is neither: sums 314 logged, 300 explained."""
    logs = Logs()
    for logged in (100, 104, 110):
        logs.response(logged, 100)

    found = logs.audit()
    (model,) = found.models

    assert (3, 3) == (found.requests, found.measured)
    assert (3, 1, 2, 0) == (model.checked, model.exact, model.within, model.short)
    assert (314, 300) == (model.logged, model.explained)
    assert pytest.approx(314 / 300 - 1) == bias(model)
    assert pytest.approx(4 / 104) == model.median_error
    assert [] == found.thinking
    assert [] == found.outliers  # ten tokens are no outlier


def test_what_thinking_used_is_the_output_that_no_text_explains() -> None:
    """1000 - 300 and 500 - 100 make 1100 tokens at two nano-dollars; the text of the third is all there is."""
    logs = Logs()
    logs.response(1000, 300, thinking=1)
    logs.response(500, 100, thinking=2)
    logs.response(100, 100, thinking=1)

    found = logs.audit()
    (thinking,) = found.thinking

    assert ("2026-W47", "claude-opus-4-8", 2, 1600, 1100) == thinking[:5]
    assert 2200 == thinking.cost_nanousd
    assert audit_module.TOKENIZED == thinking.basis
    assert 0 == found.models[0].checked  # hidden thinking says nothing about the tokenizer


def test_thinking_without_a_block_is_seen_by_its_size_and_named_with_its_place() -> None:
    """Without a block the response stays in the check: 900 logged, 100 explained is an outlier as well."""
    logs = Logs()
    logs.response(900, 100)

    found = logs.audit()

    assert [800] == [one.hidden_tokens for one in found.thinking]
    assert [("claude-opus-4-8", 900, 100, "/logs/a.jsonl", 1)] == [
        (one.model, one.logged, one.explained, one.path, one.line) for one in found.outliers
    ]


def test_a_response_far_below_its_text_was_cut_short_whatever_it_says() -> None:
    logs = Logs()
    logs.response(31, 5840)

    found = logs.audit()

    assert (1, 0, 0) == (found.models[0].short, found.models[0].logged, found.models[0].explained)
    assert [(31, 5840)] == [(one.logged, one.explained) for one in found.outliers]
    assert [] == found.thinking


def test_reported_reasoning_is_told_as_the_log_tells_it() -> None:
    """Codex reports 64 of 170 as reasoning; the other 106 are what the text explains."""
    logs = Logs()
    logs.response(170, 106, reasoning=64, sku=CODEX)

    found = logs.audit()
    (thinking,) = found.thinking

    assert (64, 0) == (thinking.hidden_tokens, thinking.basis)
    assert (1, 1) == (found.models[0].checked, found.models[0].exact)


def test_a_calibrated_model_has_no_exact_share_but_an_error() -> None:
    """Base 50 and one call: 110 expected; 112 logged is within 5 %, and its error 2/112."""
    logs = Logs()
    logs.response(112, None, base=50, calls=1)

    (model,) = logs.audit().models

    assert (None, 1, 0.1) == (model.exact, model.within, model.error)
    assert pytest.approx(2 / 112) == model.median_error


def test_what_was_cut_short_is_in_no_check_and_told_by_client_version() -> None:
    logs = Logs()
    logs.response(1, 400, final=False, version="2.1.7")
    logs.response(1, 300, final=False, version="2.1.7")
    ledger = logs.keep()
    first = ledger.connection.execute("SELECT min(id) FROM entry").fetchone()[0]
    ledger.connection.execute("INSERT INTO cut_output VALUES (?, 400, 399, 798, 1, 0.0, 0)", (first,))

    found = audit(ledger.connection, Filter(), predict, lambda *_: 2.0, lambda _: "2026-W47")

    assert [Cut("claude-opus-4-8", "2.1.7", 2, 2, 1, 0, 399, 798, 0, 0.0, 0)] == found.cut
    assert 0 == found.models[0].checked
    assert 2 == found.models[0].responses


class TestVerdict:
    """The sentence that everything comes down to."""

    def test_agreement(self) -> None:
        logs = Logs()
        for _ in range(20):
            logs.response(100, 100)

        expected = "Reported output agrees with the text: 20 of 20 checked responses match to the token."
        assert expected == verdict(logs.audit())

    def test_disagreement_names_model_direction_and_amount(self) -> None:
        """2,040 logged against 2,000 explained: 2.0 % more, over the 20 responses that a verdict takes."""
        logs = Logs()
        for logged in (100, 104) * 10:
            logs.response(logged, 100)

        assert verdict(logs.audit()).startswith(
            "claude-opus-4-8 reports 2.0% more output than its text explains"
        )

    def test_a_few_responses_are_no_verdict_on_a_model(self) -> None:
        logs = Logs()
        logs.response(500, 490)

        assert "Too few to tell: 0 of 1 checked responses match to the token." == verdict(logs.audit())

    def test_counts_that_are_a_fraction_of_their_text_are_no_agreement(self) -> None:
        """They are left out of the sums, which agree then; so they are told by their number."""
        logs = Logs()
        for _ in range(27):
            logs.response(100, 100)
        for _ in range(3):
            logs.response(10, 1800)
        assert verdict(logs.audit()).startswith("Reported output agrees")
        more = Logs()
        for logged in (100,) * 26 + (10,) * 4:
            more.response(logged, 100 if logged == 100 else 1800)

        assert verdict(more.audit()).startswith(
            "claude-opus-4-8 reports a fraction of its text in 4 of 30 responses"
        )

    def test_errors_that_cancel_out_are_no_agreement(self) -> None:
        """Half a tenth too high, half a tenth too low: the sum agrees, no response does."""
        logs = Logs()
        for logged in (90, 110) * 10:
            logs.response(logged, 100)

        assert verdict(logs.audit()).startswith(
            "claude-opus-4-8 is within 5% of its text in only 0 of 20 responses"
        )

    def test_a_calibration_is_given_half_of_its_own_error(self) -> None:
        """Base 50 is 100 expected; with an error of a tenth, 5 % more or less is agreement, 6 % is not."""
        logs, off = Logs(), Logs()
        for _ in range(20):
            logs.response(104, None, base=50)
            off.response(107, None, base=50)

        assert verdict(logs.audit()).startswith(
            "Reported output agrees with the text: 20 responses were held"
        )
        assert verdict(off.audit()).startswith("claude-opus-4-8 reports 7.0% more output")

    def test_nothing_to_check(self) -> None:
        assert verdict(Logs().audit()).startswith("Nothing to hold against the text")
