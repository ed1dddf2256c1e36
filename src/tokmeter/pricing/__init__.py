"""Counts → money at list price: a side room that knows nothing of logs, ledgers or clocks.

How the pieces are used:

- `fingerprint.fingerprint(user_file)` names the installed price data in a fraction of a millisecond. Rates
  saved under the same fingerprint are used again, and the price library (200 ms) isn't imported.
- Else `catalog.Catalog(load_user_prices(path)).rate(sku, ts_ms)` gives the `Rate` that holds for that sku in
  `[valid_from_ms, valid_to_ms)`. Ask once per sku and window, not once per call.
- `cost.pricer(rate)` gives the function that prices one call in integer nano-USD (`cost.cost_nanousd` does
  both at once); an unpriced rate gives None, never 0.
- `rate.prices_json()` and `rates.rate_from_row(...)` write and read the ledger's `rate.unit_prices`.

`rates`, `cost` and `fingerprint` are light: they never import the price library.
The rules are those of docs/reference/prices.md.
"""
