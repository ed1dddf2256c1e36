"""Calibrations on the user's own logs: fitted on what was measured, kept in the ledger, read from there."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from tokmeter.ledger.calibrations import calibration_rows, calibration_samples, keep_calibrations
from tokmeter.ledger.store import Ledger
from tokmeter.tokenization._interface import Calibration

BASE = "o200k_base"
"""The tokenizer that visible output is measured by."""


class Fitted(NamedTuple):
    """What came of one model. `samples`: responses that the log shows whole, with a final count."""

    model: str
    samples: int
    calibration: Calibration | None


def calibrate(ledger: Ledger, now_ms: int) -> list[Fitted]:
    """Fit every model that was measured anew, and keep the fits in place of the former ones.

    A model whose own tokenizer is here is fitted too: its count stays the exact one, but where that tokenizer
    is missing one day there is a fit to fall back on. Raises a `LedgerError` when nothing can be written.
    """
    from tokmeter.ingest.cut_output import refresh_cut_output  # noqa: PLC0415 - brings the price data
    from tokmeter.tokenization.calibration import Sample, fit  # noqa: PLC0415 - reading the fits does without
    from tokmeter.tokenization.prediction import Predictor  # noqa: PLC0415 - the same

    samples: dict[str, list[Sample]] = {}
    for model, session, base, calls, logged in calibration_samples(ledger.connection):
        samples.setdefault(model, []).append(Sample(session, base, calls, logged))
    done = [Fitted(model, len(found), fit(model, BASE, found, now_ms)) for model, found in samples.items()]
    done.sort(key=lambda one: (-one.samples, one.model))
    fits = [one.calibration for one in done if one.calibration is not None]
    with ledger.transaction() as connection:
        keep_calibrations(connection, fits)
        # What was estimated by the former fits is estimated anew.
        refresh_cut_output(connection, Predictor({one.family: one for one in fits}))
    return done


def load_calibrations(connection: sqlite3.Connection) -> dict[str, Calibration]:
    """The kept calibrations by model."""
    return {row[0]: Calibration._make(row) for row in calibration_rows(connection)}
