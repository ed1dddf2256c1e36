"""The packaged tables are OpenAI's, and what is built from them is tiktoken, token for token."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import tiktoken
import tiktoken.registry

from support.any_texts import any_texts, sources
from tokmeter.tokenization import _ranks, _tiktoken
from tokmeter.tokenization.tokenizers import load

# What tiktoken demands of the files that it downloads, and the names that its cache gives them.
SHA_256 = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
CACHED_AS = {
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
}
NAMES = ["o200k_base", "o200k_harmony", "cl100k_base"]
SCRIPT = Path(__file__).parents[2] / "scripts" / "rank_tables.py"


@pytest.fixture(scope="module")
def folder_of_bpe_openai() -> Path:
    found = find_spec("bpe_openai")
    if found is None or not found.submodule_search_locations:
        pytest.skip("bpe-openai is not installed, which carries the published files")
    return Path(found.submodule_search_locations[0]) / "data"


@pytest.fixture(scope="module")
def published(
    folder_of_bpe_openai: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tiktoken.Encoding]:
    """tiktoken's own encodings, as it makes them from its own cache."""
    cache = tmp_path_factory.mktemp("tiktoken")
    for name, cached in CACHED_AS.items():
        (cache / cached).write_bytes(
            gzip.decompress((folder_of_bpe_openai / f"{name}.tiktoken.gz").read_bytes())
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(cache))
        return {name: tiktoken.get_encoding(name) for name in NAMES}


@pytest.mark.parametrize("name", SHA_256)
def test_a_packaged_table_gives_the_published_file_byte_for_byte(name: str) -> None:
    raw = _ranks.published(_ranks.ranks(name))

    assert SHA_256[name] == hashlib.sha256(raw).hexdigest()


def test_the_installed_tiktoken_demands_the_same_files(folder_of_bpe_openai: Path) -> None:
    """And the script that packs them finds nothing to change."""
    assert folder_of_bpe_openai.is_dir()
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, check=False, text=True)

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


def test_the_licence_of_the_tables_is_packaged_with_them() -> None:
    [licence] = [path for path in importlib.metadata.files("tiktoken") or () if path.name == "LICENSE"]

    packaged = (_ranks.DATA / "LICENSE-tiktoken").read_text()
    assert licence.read_text() == packaged
    assert "Copyright (c) 2022 OpenAI" in packaged


@pytest.mark.parametrize("name", NAMES)
def test_the_split_pattern_is_that_of_tiktoken(name: str, published: dict[str, tiktoken.Encoding]) -> None:
    assert published[name]._pat_str == _tiktoken.TABLES[name][1]


def differing(published: dict[str, tiktoken.Encoding], count: int, seed: int) -> list[str]:
    """Texts that ours cut into other tokens than tiktoken's own."""
    found = []
    encoders = [
        (published[name].encode_ordinary, _tiktoken.encoding(name).encode_ordinary, load(name).count)
        for name in ("o200k_base", "cl100k_base")
    ]
    for number, text in enumerate(any_texts(count, seed)):
        for theirs, ours, count_of in encoders:
            expected = theirs(text)
            if expected != ours(text) or (number % 16 == 0 and len(expected) != count_of(text)):
                found.append(text)
    return found


def test_ten_thousand_texts_are_cut_into_the_same_tokens(published: dict[str, tiktoken.Encoding]) -> None:
    assert [] == differing(published, 10_000, seed=1)


@pytest.mark.long
def test_a_hundred_thousand_texts_are_cut_into_the_same_tokens(
    published: dict[str, tiktoken.Encoding],
) -> None:
    assert [] == differing(published, 100_000, seed=2)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_above_a_slice_counts_as_in_one_piece(
    name: str, published: dict[str, tiktoken.Encoding]
) -> None:
    text = "".join(sources()[:60])
    assert len(text) > 500_000

    assert len(published[name].encode_ordinary(text)) == load(name).count(text)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_special_tokens_in_a_text_are_text(name: str) -> None:
    """A special token would be one; as text the pattern cuts each into three parts at least."""
    counter = load(name)

    assert 3 <= min(counter.count(text) for text in ("<|endoftext|>", "<|start|>", "<|endofprompt|>"))


def test_harmony_shares_the_table_of_o200k() -> None:
    assert _tiktoken.encoding("o200k_base") is _tiktoken.encoding(_tiktoken.TABLES["o200k_harmony"][0])
    assert "o200k_harmony" == load("o200k_harmony").name
