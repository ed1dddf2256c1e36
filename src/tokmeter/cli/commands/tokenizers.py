"""`tokmeter tokenizers`: how each model's tokens are counted from text; `calibrate` fits that on the logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokmeter.cli.context import Context
from tokmeter.cli.options import Switches, command
from tokmeter.cli.reporting import chosen_format, report_options, show

if TYPE_CHECKING:
    from tokmeter.ingest.calibrating import Fitted
    from tokmeter.reports.tokenizers import Method, Outcome
    from tokmeter.tokenization.counting import Counter


@command("json", "shape", "sync", "demo", "common")
def tokenizers(switches: Switches) -> int:
    """How the tokens of each model in the ledger are counted where only text is there, and how exactly."""
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - `--help` does without
    from tokmeter.metrics.tokenizers import models_seen  # noqa: PLC0415 - the same
    from tokmeter.reports.tokenizers import build_tokenizers  # noqa: PLC0415 - the same
    from tokmeter.tokenization.counting import Counter  # noqa: PLC0415 - the same

    chosen = chosen_format(switches)
    context = Context(switches)
    connection = context.ledger.connection
    counter = Counter(load_calibrations(connection), context.settings.tokenizers)
    seen = models_seen(connection)
    methods = {row.model: _method(counter, row.model) for row in seen}
    options = report_options(context, None, "", details=False)
    return show(context, build_tokenizers(connection, seen, methods, context.now_ms, options), chosen)


@command("json", "shape", "sync", "demo", "common")
def calibrate(switches: Switches) -> int:
    """Fit each model's tokens on the messages of your own logs whose count is known; 20 are enough.

    The texts of logs that changed are counted first, which takes a while the first time. None is kept.
    """
    from tokmeter.cli.measured import measured  # noqa: PLC0415 - `--help` does without
    from tokmeter.ingest.calibrating import calibrate as fit_all  # noqa: PLC0415 - the same
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - the same
    from tokmeter.reports.tokenizers import build_calibrated  # noqa: PLC0415 - the same
    from tokmeter.tokenization.calibration import NEEDED  # noqa: PLC0415 - the same
    from tokmeter.tokenization.counting import Counter  # noqa: PLC0415 - the same

    chosen = chosen_format(switches)
    context = Context(switches)
    ledger = measured(context)
    fitted = fit_all(ledger, context.present_ms)
    counter = Counter(load_calibrations(ledger.connection), context.settings.tokenizers)
    outcomes = [_outcome(counter, one) for one in fitted]
    return show(context, build_calibrated(outcomes, NEEDED, context.now_ms), chosen)


def _method(counter: Counter, model: str) -> Method:
    """How `model` is counted."""
    from tokmeter.reports.tokenizers import CALIBRATED, EXACT, PRIOR, ROUGH, Method  # noqa: PLC0415 - see above
    from tokmeter.tokenization.counting import ROUGH_ERROR  # noqa: PLC0415 - the same

    choice = counter.how(model)
    install = _install(choice.wanted)
    if choice.exact:
        return Method(
            model, EXACT, choice.tokenizer, choice.source, choice.wanted, install, 0.0, 0.0, None, None
        )
    fit = counter.fit_of(model)
    if fit is None:
        return Method(
            model, ROUGH, choice.tokenizer, choice.source, choice.wanted, install, None, ROUGH_ERROR, 0, None
        )
    own = bool(fit.fitted_ms)
    source = f"{fit.messages:,} messages of your logs" if own else f"shipped fit of {fit.family}"
    return Method(
        model,
        CALIBRATED if own else PRIOR,
        fit.base,
        source,
        choice.wanted,
        install,
        fit.median_error,
        fit.p90_error,
        fit.messages,
        fit.fitted_ms or None,
    )


def _install(wanted: str) -> str:
    """A sentence that says how to get the tokenizer `wanted`; '' if it is here, or none is wanted."""
    from tokmeter.tokenization.tokenizers import (  # noqa: PLC0415 - see above
        NAMES,
        UnknownTokenizerError,
        is_here,
        load,
    )

    if not wanted or is_here(wanted):
        return ""
    if wanted in NAMES:
        try:
            load(wanted)
        except UnknownTokenizerError as error:
            return str(error)
    return (
        f"No package carries {wanted}: name its tokenizer.json in the table [tokenizers] of the config file."
    )


def _outcome(counter: Counter, one: Fitted) -> Outcome:
    """What came of one model, and what counts for it now."""
    from tokmeter.reports.tokenizers import CALIBRATED, EXACT, PRIOR, Outcome  # noqa: PLC0415 - see above

    how = _method(counter, one.model)
    instead = {
        EXACT: f"{how.tokenizer}, exact",
        CALIBRATED: "this fit",
        PRIOR: "the shipped fit",
    }.get(how.method, f"{how.tokenizer} as it is")
    fit = one.calibration
    if fit is None:
        return Outcome(one.model, one.samples, None, None, None, None, None, None, None, instead)
    return Outcome(
        one.model,
        one.samples,
        fit.messages,
        fit.median_error,
        fit.p90_error,
        fit.bias,
        fit.slope,
        fit.per_call,
        fit.constant,
        instead,
    )
