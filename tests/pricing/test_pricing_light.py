"""What the warm path may touch: the fingerprint and saved rates, never the price library."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tokmeter.pricing.fingerprint import fingerprint

HEAVY = "genai_prices", "pydantic", "msgspec", "rich", "json", "dataclasses", "decimal"


def imported(code: str) -> set[str]:
    listing = "import sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}; {listing}"], check=True, capture_output=True, text=True
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["fingerprint"])
def test_the_fingerprint_loads_nothing_heavy(module):
    code = f"from tokmeter.pricing.{module} import fingerprint; fingerprint(None)"

    assert set() == imported(code) & set(HEAVY)


@pytest.mark.parametrize(
    "module", ["rates", "cost", "fingerprint", "lookup", "user_prices", "catalog", "show"]
)
def test_importing_a_pricing_module_does_not_import_the_price_library(module):
    assert set() == imported(f"import tokmeter.pricing.{module}") & {"genai_prices", "pydantic"}


def test_a_model_priced_by_the_user_alone_does_not_need_the_price_library():
    code = (
        "from tokmeter.pricing.catalog import Catalog; from tokmeter.core.usage import Sku; "
        "from tokmeter.pricing.user_prices import parse_user_prices as p; "
        "own = p(b'[[price]]\\nmodel = \"m\"\\ninput = 1\\noutput = 1', 'f'); "
        "assert Catalog(own).rate(Sku('x', 'm', 'm'), 0).tiers; "
        "assert Catalog().rate(Sku('ollama', 'm', 'm'), 0).tiers"
    )

    assert set() == imported(code) & {"genai_prices"}


def test_the_fingerprint_changes_with_the_users_file_and_back(tmp_path):
    path = tmp_path / "prices.toml"
    without = fingerprint(path)
    path.write_text("# first")
    first = fingerprint(path)
    path.write_text("# other")
    other = fingerprint(path)
    path.write_text("# first")

    assert len({without, first, other}) == 3
    assert fingerprint(None) == without
    assert fingerprint(path) == first


def test_the_fingerprint_tells_the_installed_data(tmp_path, monkeypatch):
    before = fingerprint(None)
    package = tmp_path / "genai_prices"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('must not run')")
    (package / "data.py").write_text("providers = []")
    monkeypatch.delitem(sys.modules, "genai_prices", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    assert fingerprint(None) != before
