"""Every fixture case of every adapter gives exactly its hand-derived records."""

from __future__ import annotations

import pytest

from sources.golden import Case, all_cases, read_expected, run_case, source_of, write_expected


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case_gives_its_expected_records(case: Case, update_golden: bool) -> None:
    found = run_case(case.folder, source_of(case.adapter))
    if update_golden:
        write_expected(case.folder, found)

    assert read_expected(case.folder) == found


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case_says_what_it_shows_and_where_the_format_is_known_from(case: Case) -> None:
    assert {"title", "format_version", "evidence"} <= set(case.about)
