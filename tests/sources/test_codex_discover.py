"""Which folders are Codex homes and which files in them are rollouts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sources.rollouts import OTHER, OWN, count, meta, read, text, totals, turn, usage, write
from tokmeter.sources.codex import SOURCE

LINES = [meta(), turn(0.5), count(1, usage(7), usage(7))]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, [(".codex", False)]),
        ("  ", [(".codex", False)]),
        ("{home}/one", [("one", True)]),
        ("{home}/a,b", [("a,b", True)]),
        ("{home}/one, {home}/gone,", [("one", True), ("gone", False)]),
        ("~/one,~/one", [("one", True)]),
    ],
    ids=["unset", "blank", "one", "whole path before list", "list, one missing", "tilde, once"],
)
def test_codex_home_is_one_folder_or_a_list(
    value: str | None, expected: list[tuple[str, bool]], tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "a,b").mkdir()
    env = {} if value is None else {"CODEX_HOME": value.format(home=tmp_path)}
    found = SOURCE.roots(env, tmp_path)

    assert expected == [(str(root.path.relative_to(tmp_path)), root.exists) for root in found]


def test_other_names_count_only_if_they_begin_with_a_session_meta(tmp_path: Path) -> None:
    folder = write(tmp_path, LINES).parent
    (folder / "mine.jsonl").write_text(text([meta(OTHER), turn(1), count(2, usage(9), usage(9))]))
    (folder / "history.jsonl").write_text('{"session_id":"x","ts":1,"text":"hi"}\n')
    (folder / "empty.jsonl").write_text("")
    (folder / "torn.jsonl").write_text('{"type":"session_meta","payload":{"id":"x"')
    (folder / f"rollout-2026-03-01T10-00-00-{OTHER}.jsonl.tmp").write_text(text(LINES))
    found = read(tmp_path)

    assert ["mine.jsonl", f"rollout-2026-03-01T10-00-00-{OWN}.jsonl"] == [
        Path(file.path).name for file in found.files
    ]
    assert [7, 9] == totals(found)


def test_two_threads_under_one_plain_name_are_both_read(tmp_path: Path) -> None:
    for folder, thread in (("a", OWN), ("b", OTHER)):
        path = tmp_path / ".codex" / "sessions" / folder / "session.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(text([meta(thread), turn(1), count(2, usage(9), usage(9))]))

    assert [9, 9] == totals(read(tmp_path))


def test_a_log_keeps_its_identity_when_it_is_archived_or_compressed(tmp_path: Path) -> None:
    import zstandard

    path = write(tmp_path, LINES)
    identities = [file.identity for file in read(tmp_path).files]
    archived = tmp_path / ".codex" / "archived_sessions" / path.name
    archived.parent.mkdir()
    path.rename(archived)
    identities += [file.identity for file in read(tmp_path).files]
    archived.with_name(path.name + ".zst").write_bytes(zstandard.compress(archived.read_bytes()))
    archived.unlink()
    identities += [file.identity for file in read(tmp_path).files]

    assert [f"{tmp_path}/.codex::{path.name}"] * 3 == identities


def test_siblings_are_named_by_thread(tmp_path: Path) -> None:
    folder = write(tmp_path, LINES).parent
    (folder / "mine.jsonl").write_text(text([meta(OTHER)]))

    assert [OTHER, OWN] == [SOURCE.sibling_id(file) for file in read(tmp_path).files]


def test_looking_for_logs_imports_neither_msgspec_nor_json(tmp_path: Path) -> None:
    write(tmp_path, LINES)
    script = (
        "import sys; from pathlib import Path; from tokmeter.sources.codex import SOURCE as s;"
        f"f = s.discover(s.roots({{}}, Path({str(tmp_path)!r}))).files; s.sibling_id(f[0]);"
        "print(len(f), sorted({'msgspec', 'json', 'zstandard', 'hashlib'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "1 []" == ran.stdout.strip()
