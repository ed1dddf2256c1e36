"""Names on a page are those that adapters and formats give themselves."""

from __future__ import annotations

from tokmeter.histories._formats import all_formats
from tokmeter.histories._watched import Watched
from tokmeter.histories.mapped_csv import MappedCsv
from tokmeter.reports.labels import TITLES
from tokmeter.reports.sources import HISTORIES
from tokmeter.sources._discover import all_sources


def test_titles_are_those_of_sources_and_formats() -> None:
    own = {one.slug: one.title for one in [*all_sources(), Watched()]}
    own |= {format_.id: format_.title for format_ in (*all_formats(), MappedCsv({}))}

    assert own == {slug: title for slug, title in TITLES.items() if slug in own}


def test_histories_are_called_so() -> None:
    assert Watched.slug == HISTORIES
