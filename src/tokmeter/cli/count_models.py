"""The columns of `tokmeter count`: which models, how each is counted, and what its tokens cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tokmeter.cli.context import Context
from tokmeter.cli.count_texts import Sums
from tokmeter.core.errors import SettingsError, UsageError
from tokmeter.core.usage import COUNT_BASES, Sku
from tokmeter.pricing.catalog import Catalog
from tokmeter.pricing.cost import cost_nanousd
from tokmeter.pricing.rates import Rate, bulk
from tokmeter.pricing.show import price_lines
from tokmeter.pricing.user_prices import load_user_prices
from tokmeter.reports.counted import CountedModel
from tokmeter.reports.counted_rows import CountedFile, Row
from tokmeter.tokenization.counting import Counter
from tokmeter.tokenization.tally import Gauge, file_gauge, gauge
from tokmeter.tokenization.tokenizers import UnknownTokenizerError, load

if TYPE_CHECKING:
    from tokmeter.tokenization._interface import Calibration

DEFAULT_MODELS = (("openai", "gpt-5.5"), ("anthropic", "claude-sonnet-5"))
"""Where no ledger tells what the user works with: a current model of each of the two large makers."""
MOST_MODELS = 3
DAY_MS = 86_400_000
DAYS = 30
"""The models used most in so many days are counted for where none is named."""


class _Known(NamedTuple):
    """What the ledger tells: the models used most, with their providers, and the fits on the user's logs."""

    models: list[tuple[str, str]]
    calibrations: Mapping[str, Calibration]


class Columns:
    """The models to count for."""

    def __init__(self, context: Context, asked: tuple[str, ...], tokenizer: Path | None) -> None:
        known = _from_ledger(context, with_models=not asked)
        names = [_parted(name) for name in dict.fromkeys(asked)] or known.models or list(DEFAULT_MODELS)
        counter = Counter(known.calibrations, context.settings.tokenizers)
        self._gauges = [gauge(counter, name) for _, name in names]
        catalog = Catalog(load_user_prices(context.prices.user_file))
        rates = [catalog.rate(_sku(*name), context.now_ms) for name in names]
        self.models = [
            _model(provider, one, rate)
            for (provider, _), one, rate in zip(names, self._gauges, rates, strict=True)
        ]
        # The price of one token, whatever the length of a request: folders are no requests.
        self._rates: list[Rate | None] = [bulk(rate, long=False) for rate in rates]
        if tokenizer is not None:
            self._add_file(tokenizer)
        self.tokenizers = tuple(dict.fromkeys(one.tokenizer for one in self._gauges))
        for name in self.tokenizers:
            _check(name, SettingsError)

    def rows(self, sums: Iterable[Sums]) -> list[CountedFile]:
        """What was counted by tokenizer, as tokens and costs by model."""
        places = [self.tokenizers.index(one.tokenizer) for one in self._gauges]
        found = []
        for one in sums:
            tokens = tuple(g.tokens(one.tokens[n]) for g, n in zip(self._gauges, places, strict=True))
            costs = tuple(
                None if rate is None else cost_nanousd(rate, count, 0, 0, 0, 0, 0, 0)
                for rate, count in zip(self._rates, tokens, strict=True)
            )
            found.append(
                CountedFile(one.named, Row(one.path, 1, one.bytes, one.characters, one.lines, tokens, costs))
            )
        return found

    def _add_file(self, tokenizer: Path) -> None:
        """One more column for a tokenizer.json that nobody sells tokens of."""
        file = f"file:{tokenizer.expanduser().absolute()}"
        _check(file, UsageError)
        one = file_gauge(str(tokenizer), file)
        self._gauges.append(one)
        self._rates.append(None)
        self.models.append(
            CountedModel(one.model, "", file, one.source, "", COUNT_BASES[one.basis], one.error)._replace(
                price_quality=""
            )
        )


def _parted(name: str) -> tuple[str, str]:
    """`--model` as provider ('' if unsaid) and model, as `prices show` takes it."""
    provider, _, model = name.rpartition("/") if name.count("/") == 1 else ("", "", name)
    if not model.strip():
        raise UsageError("The model has no name.", "For example: tokmeter count --model gpt-5.5 README.md")
    if "*" in model or "?" in model:
        raise UsageError(
            f"--model names one model here, not a pattern like {name!r}.",
            "For several models: tokmeter count --model gpt-5.5 --model claude-sonnet-5 README.md",
        )
    return provider, model


def _from_ledger(context: Context, *, with_models: bool) -> _Known:
    """What the ledger on disk tells; nothing where there is none that can be read at once. Makes none."""
    from tokmeter.ledger.glance import glance  # noqa: PLC0415 - brings sqlite3

    connection = glance(str(context.paths.ledger))
    if connection is None:
        return _Known([], {})
    from tokmeter.ingest.calibrating import load_calibrations  # noqa: PLC0415 - only with a ledger
    from tokmeter.metrics.most_used import most_used  # noqa: PLC0415 - the same

    models = []
    if with_models:
        start_ms = context.now_ms - DAYS * DAY_MS
        used = most_used(connection, start_ms, context.now_ms + 1, MOST_MODELS)
        models = [(one.provider, one.model) for one in used]
    calibrations = load_calibrations(connection)
    connection.close()
    return _Known(models, calibrations)


def _sku(provider: str, model: str) -> Sku:
    from tokmeter.core.names import normalise_model  # noqa: PLC0415 - compiles patterns

    return Sku(provider, normalise_model(model), model)


def _check(tokenizer: str, fault: type[SettingsError | UsageError]) -> None:
    """Load a tokenizer; one that cannot be used is the user's to know before anything is read."""
    try:
        load(tokenizer)
    except UnknownTokenizerError as error:
        raise fault(str(error), "Its file is that of a Hugging Face model: tokenizer.json") from error


def _model(provider: str, one: Gauge, rate: Rate) -> CountedModel:
    """A column in the words of the report."""
    lines = price_lines(rate)
    return CountedModel(
        one.model,
        provider,
        one.tokenizer,
        one.source,
        one.wanted,
        COUNT_BASES[one.basis],
        one.error,
        _fit(one),
        f"{lines[0].input:f}" if lines else None,
        rate.price_quality,
        rate.prices_source,
        rate.prices_version,
        rate.priced_as,
    )


def _fit(one: Gauge) -> str:
    """What a base tokenizer's counts are multiplied by."""
    return "" if one.fit is None else f"{one.fit.slope:.2f} \N{MULTIPLICATION SIGN}"
