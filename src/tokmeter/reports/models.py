"""`tokmeter models`: the mix of models in a period."""

from __future__ import annotations

from datetime import tzinfo

from tokmeter.core.spans import Period
from tokmeter.metrics.mix import shares
from tokmeter.metrics.query import Connection, Filter
from tokmeter.reports.document import Report
from tokmeter.reports.mixes import Mix
from tokmeter.reports.options import DEFAULTS, Options
from tokmeter.reports.records import record_table, sums_data
from tokmeter.reports.tables import model_table


def build_models(
    connection: Connection,
    period: Period,
    filters: Filter,
    now_ms: int,
    tz: tzinfo,
    options: Options = DEFAULTS,
) -> Report:
    """Every model with its cost, share, tokens, requests and course."""
    mix = Mix("models", connection, period._replace(tz=tz), filters, now_ms, options)
    found = mix.found
    percent = shares(found.by_model)
    before = mix.change.before_by_model if mix.change else None
    records = record_table(("model",), [((model,), sums) for model, sums in found.by_model.items()])
    data = {
        "models": [
            {
                "model": model,
                "providers": sorted(found.providers[model]),
                "share_percent": percent[model],
                **sums_data(sums),
            }
            for model, sums in found.by_model.items()
        ]
    }
    return mix.report("Models", model_table(mix.within, mix.kind, found, before), records, data)
