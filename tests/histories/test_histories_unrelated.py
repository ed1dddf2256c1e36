"""Nothing is taken for a history that is none: two hundred files of other programs."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from histories.unrelated import unrelated
from tokmeter.histories._detect import read_history
from tokmeter.histories._formats import all_formats
from tokmeter.histories._recognise import main_format
from tokmeter.histories._record import Remark

FILES = unrelated()


def test_there_are_two_hundred_files_and_no_two_alike() -> None:
    assert 200 == len(FILES) == len(set(FILES.values()))


@pytest.mark.parametrize("name", FILES)
def test_an_unrelated_file_is_claimed_by_no_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])

    found = list(read_history(path))

    assert [] == [(format_.id, item) for format_, item in found if format_ is not None]
    assert {"unknown-record", "unsupported", "unreadable"} >= {
        item.reason if isinstance(item, Remark) else "call" for _, item in found
    }
    assert found


def test_packed_and_through_a_pipe_they_are_not_either() -> None:
    for name, data in FILES.items():
        found = list(read_history(io.BytesIO(gzip.compress(data)), name=f"{name}.gz"))

        assert [] == [(name, format_.id) for format_, _ in found if format_ is not None]


def test_no_text_of_a_file_gets_into_its_remarks(tmp_path: Path) -> None:
    """Names of fields are told, if they are words; names that may be data are not."""
    path = tmp_path / "people.json"
    path.write_text('[{"ana@example.com": 1, "sk-ant-api03-0123456789": 2, "Bob Smith": 3, "plain_name": 4}]')

    details = [item.detail for _, item in read_history(path) if isinstance(item, Remark)]

    assert ["keys ?, ?, ?, plain_name"] == details


def test_the_majority_of_the_first_records_names_a_file() -> None:
    formats = all_formats()
    first, second = formats[0], formats[1]

    assert first is main_format({first.id: 12, second.id: 8}, formats)
    assert main_format({first.id: 11, second.id: 9}, formats) is None
    assert main_format({"": 20}, formats) is None
