"""The user's own price file: TOML, USD per million tokens (docs/reference/prices.md)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from tokmeter.core.errors import SettingsError
from tokmeter.pricing import lookup
from tokmeter.pricing.fingerprint import content_mark
from tokmeter.pricing.rates import BEGINNING_MS, UnitPrices

_TOKEN_KEYS = ("input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning")
_FALLBACKS = {
    "cache_read": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "reasoning": "output",
}
_VARIANTS = ("batch", "flex", "priority", "fast")
_PRICE_KEYS = {"provider", "model", "from", "tiers", "web_search", *_TOKEN_KEYS, *_VARIANTS}
_TIER_KEYS = {"above", *_TOKEN_KEYS}
_HINT = 'See "Your own prices" in docs/reference/prices.md'


class UserPrice(NamedTuple):
    """One `[[price]]`: for models matching a glob, from a date on, until a later one starts."""

    provider: str
    model: str
    from_ms: int
    prices: UnitPrices
    variants: Mapping[str, Fraction]
    has_cache_price: bool

    def matches(self, provider: str, names: list[str]) -> bool:
        """Whether it is meant for a model of `provider` (a catalogue id) known under `names`."""
        if self.provider not in ("", provider):
            return False
        return any(fnmatchcase(name, self.model) for name in names)

    @property
    def name(self) -> str:
        """What `prices show` calls it."""
        return f"{self.provider}/{self.model}" if self.provider else self.model


class UserPrices(NamedTuple):
    """A whole file. `version` names its content."""

    prices: tuple[UserPrice, ...] = ()
    aliases: Mapping[str, str] = {}
    version: str = ""


def load_user_prices(path: Path | None) -> UserPrices | None:
    """The prices in `path`, or None if there is no such file. A faulty file raises SettingsError."""
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise SettingsError(
            f"The price file {path} can't be read: {reason}.", f"Make it readable: chmod u+r '{path}'"
        ) from error
    return parse_user_prices(content, str(path))


def parse_user_prices(content: bytes, where: str) -> UserPrices:
    """The prices in the text of a file called `where`."""
    blank = re.search(rb"(?m)^[ \t]*(\w+)[ \t]*=[ \t]*\?", content)
    if blank:
        line, key = content.count(b"\n", 0, blank.start()) + 1, blank[1].decode()
        raise SettingsError(
            f"The price file {where}, line {line}: {key} is still ?. Write USD per million tokens.",
            _HINT,
        )
    try:
        document = tomllib.loads(content.decode(), parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # also a number or a nesting beyond what Python reads
        raise SettingsError(f"The price file {where} is not valid TOML: {error}.", _HINT) from error
    return _Reader(where).document(document, content_mark(content))


class _Reader:
    """Turns a TOML document into prices; every complaint names file, entry and key."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.place = ""

    def fail(self, what: str) -> NoReturn:
        place = f", {self.place}" if self.place else ""
        raise SettingsError(f"The price file {self.where}{place}: {what}.", _HINT)

    def document(self, document: dict[str, Any], mark: str) -> UserPrices:
        self.only(document, {"price", "alias"})
        entries = document.get("price", [])
        if not isinstance(entries, list):
            self.fail("price must be a list: write [[price]] with two brackets")
        prices = []
        for number, entry in enumerate(entries, 1):
            self.place = f"[[price]] number {number}"
            prices.append(self.price(self.table(entry)))
        self.place = "[alias]"
        aliases = {
            lookup.clean(name): self.text({name: target}, name, lambda value: value)
            for name, target in self.table(document.get("alias", {})).items()
        }
        return UserPrices(tuple(prices), aliases, f"user {mark}")

    def price(self, entry: dict[str, Any]) -> UserPrice:
        self.only(entry, _PRICE_KEYS)
        if "model" not in entry:
            self.fail('model is missing; write model = "*" for every model')
        for needed in ("input", "output"):
            if needed not in entry:
                self.fail(f"{needed} is missing; write {needed} = 0 if it costs nothing")
        given = {key: self.number(entry, key) for key in _TOKEN_KEYS if key in entry}
        tiers = {0: _row(given)}
        rows = entry.get("tiers", [])
        if not isinstance(rows, list):
            self.fail(
                "tiers must be a list of tables: tiers = [{ above = 200000, input = 6, output = 22.5 }]"
            )
        for row in rows:
            tier = self.table(row)
            self.only(tier, _TIER_KEYS)
            above = tier.get("above")
            if type(above) is not int or above <= 0 or above in tiers:
                self.fail("each tier needs its own whole number of tokens, such as above = 200000")
            tiers[above] = _row(given | {key: self.number(tier, key) for key in tier if key != "above"})
        web_search = self.number(entry, "web_search") / 1000 if "web_search" in entry else Fraction(0)
        return UserPrice(
            provider=self.text(entry, "provider", lookup.catalogue_provider) if "provider" in entry else "",
            model=self.text(entry, "model", str.lower),
            from_ms=self.start(entry.get("from")),
            prices=UnitPrices(tiers, web_search),
            variants={key: self.number(entry, key) for key in _VARIANTS if key in entry},
            has_cache_price="cache_read" in given or not given["input"],
        )

    def only(self, table: dict[str, Any], known: set[str]) -> None:
        strange = sorted(table.keys() - known)
        if strange:
            self.fail(f"unknown key {strange[0]!r}; known are {', '.join(sorted(known))}")

    def table(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail("a table is expected here")
        return value

    def text(self, table: dict[str, Any], key: str, form: Callable[[str], str]) -> str:
        value = table[key]
        if not isinstance(value, str) or not value.strip():
            self.fail(f"{key} must be text in quotes")
        return form(value.strip())

    def number(self, table: dict[str, Any], key: str) -> Fraction:
        value = table[key]
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.fail(f"{key} must be a number without quotes")
        if isinstance(value, Decimal) and not value.is_finite():
            self.fail(f"{key} must be a finite number")
        if value < 0:
            self.fail(f"{key} can't be negative")
        return Fraction(value)

    def start(self, value: Any) -> int:
        """UTC milliseconds of a date (its first moment in UTC) or a time; a time without zone is UTC."""
        if value is None:
            return BEGINNING_MS
        if isinstance(value, datetime):
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        elif isinstance(value, date):
            aware = datetime(value.year, value.month, value.day, tzinfo=UTC)
        else:
            self.fail("from must be a date without quotes, such as from = 2026-05-01")
        return round(aware.timestamp() * 1000)


def _row(given: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    """USD per token of each kind, in the order of `Tier`; what isn't given costs what its parent costs."""

    def price(key: str) -> Fraction:
        return given[key] if key in given else price(_FALLBACKS[key])

    return tuple(price(key) / 10**6 for key in _TOKEN_KEYS)
