"""Archives made to burst, to break out or to break: ended or refused, and what is sound in them counts."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
import zstandard

from histories.opening import LINE, contents, noise
from tokmeter.histories._container import open_history
from tokmeter.histories._flow import Budget


def small_budget() -> Budget:
    return Budget(highest_ratio=200, ratio_counts_from=1 << 20, most=8 << 20)


def bomb(size: int) -> bytes:
    """A line that begins like a record and never ends."""
    return b'{"n": 1}\n{"text": "' + b"0" * size


@pytest.mark.parametrize("layers", ["gzip", "zstd", "zip", "gzip in gzip", "gzip in zip", "zip in zip"])
def test_a_bomb_is_ended_by_what_it_unpacks_to(tmp_path: Path, layers: str) -> None:
    data = bomb(6 << 20)
    for layer in reversed(layers.split(" in ")):
        if layer == "zip":
            target = io.BytesIO()
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("calls.jsonl", data)
            data = target.getvalue()
        else:
            data = gzip.compress(data) if layer == "gzip" else zstandard.ZstdCompressor().compress(data)
    path = tmp_path / "calls.jsonl.gz"
    path.write_bytes(data)
    budget = small_budget()

    values, remarks = contents(path, budget=budget)

    assert [{"n": 1}] == values[:1]
    assert ("too-large", "unpacks to more than 200 times its size") in remarks
    assert budget.unpacked <= (1 << 20) + len(data) * 200 + (1 << 18)


def test_a_log_that_repeats_its_conversation_at_every_call_is_no_bomb(tmp_path: Path) -> None:
    """The n-th of 400 calls repeats n messages of 1,000 characters: 80 MB that pack more than 100 times."""
    messages = [noise(1_000, n).decode() for n in range(400)]
    lines = [json.dumps({"messages": messages[: n + 1]}) for n in range(400)]
    path = tmp_path / "calls.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor(level=3).compress("\n".join(lines).encode()))
    budget = Budget(ratio_counts_from=1 << 20)

    values, remarks = contents(path, budget=budget)

    assert (400, []) == (len(values), remarks)
    assert budget.unpacked > 80_000_000
    assert budget.unpacked > 100 * path.stat().st_size


def test_a_bomb_of_many_members_is_ended_at_their_sum(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.jsonl", LINE * 40_000)
    budget = Budget(highest_ratio=200, ratio_counts_from=1 << 20)

    _, remarks = contents(path, budget=budget)

    # 58 bytes times 40,000 lines are 2,320,000 a member, which pack to less than a 200th.
    assert [("too-large", "unpacks to more than 200 times its size")] == remarks[-1:]
    assert path.stat().st_size * 200 < budget.unpacked < 20 * 2_320_000


def test_what_is_too_long_in_all_is_ended_whatever_its_ratio(tmp_path: Path) -> None:
    path = tmp_path / "long.gz"
    path.write_bytes(gzip.compress(LINE + noise(6 << 20), 1))

    _, remarks = contents(path, budget=Budget(most=4 << 20))

    assert ("too-large", "unpacks to more than 4 MB") in remarks


def test_a_pipe_that_must_be_kept_is_kept_up_to_a_limit() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("calls.jsonl", LINE * 40_000)

    _, remarks = contents(io.BytesIO(target.getvalue()), budget=Budget(most_spooled=1 << 20))

    assert [("too-large", "longer than 1 MB")] == remarks


NAMES = [
    "../../etc/cron.d/evil.jsonl",
    "/abs/evil.jsonl",
    "C:\\windows\\evil.jsonl",
    "a/\x1b[31mevil\x07.jsonl",
    "x" * 900 + "evil.jsonl",
]


@pytest.mark.parametrize("name", NAMES, ids=["dots", "absolute", "drive", "escape", "long"])
def test_a_members_name_is_a_label_and_never_a_place(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "traversal.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, LINE * 2)

    pieces = [(piece.place.name, sum(1 for _ in piece.records)) for piece in open_history(path)]

    assert [2] == [count for _, count in pieces]
    assert all(label.isprintable() and len(label) <= 120 and "/" not in label for label, _ in pieces)
    assert all(label.endswith(("evil.jsonl", "evil_.jsonl")) for label, _ in pieces)
    assert [path] == [entry for entry in tmp_path.rglob("*") if entry.is_file()]


def test_an_encrypted_member_is_named_as_such_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "closed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", LINE * 2)
        archive.writestr("b.jsonl", LINE * 2)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag of the first local header …
    data[data.index(b"PK\x01\x02") + 8] |= 1  # … and of its entry in the directory
    path.write_bytes(data)

    values, remarks = contents(path)

    assert (2, [("encrypted", "ZIP member")]) == (len(values), remarks)


def test_a_damaged_archive_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(b"PK\x03\x04" + b"\x14\0" * 200)

    assert ([], [("unreadable", "damaged ZIP archive")]) == contents(path)


def test_a_member_whose_bytes_were_changed_is_a_sentence_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "changed.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jsonl", LINE * 2)
        archive.writestr("b.jsonl", LINE * 3)
    data = path.read_bytes().replace(b'"n": 1', b'"n": 2', 1)
    path.write_bytes(data)

    values, remarks = contents(path)

    assert ("unreadable", "damaged or cut off: ZIP member") in remarks
    assert 3 == sum(value["n"] == 1 for value in values)


def test_of_a_gzip_that_is_cut_off_what_can_be_read_counts(tmp_path: Path) -> None:
    lines = [json.dumps({"n": n, "noise": noise(80, n).decode()}) for n in range(5_000)]
    packed = gzip.compress("\n".join(lines).encode())
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])

    values, remarks = contents(path)

    # Noise packs evenly, so about half of the lines are there, from the first on without a gap.
    assert list(range(len(values))) == [value["n"] for value in values]
    assert 2_300 < len(values) < 2_700
    assert ("unreadable", "damaged or cut off: gzip") in remarks


def test_garbage_behind_a_gzip_does_not_take_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "tail.jsonl.gz"
    path.write_bytes(gzip.compress(LINE * 3) + b"garbage that is no gzip")

    values, remarks = contents(path)

    assert (3, [("unreadable", "damaged or cut off: gzip")]) == (len(values), remarks)


def test_garbage_behind_a_zstd_frame_does_not_take_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "tail.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(LINE * 3) + b"garbage that is no zstd")

    values, remarks = contents(path)

    assert (3, [("unreadable", "damaged or cut off: zstd")]) == (len(values), remarks)


def test_a_zstd_frame_that_asks_for_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    compressor = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    path = tmp_path / "wide.zst"
    path.write_bytes(compressor.compress(LINE * 10) + compressor.flush())

    assert ([], [("unreadable", "damaged or cut off: zstd")]) == contents(path)
