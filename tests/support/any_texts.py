"""Texts of every kind that logs hold, the same at every run: source code, scripts of the world, noise."""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

# First and last code point of what is drawn from, one range a line of noise.
RANGES = [
    (0x20, 0x7E),
    (0x00, 0x1F),
    (0x80, 0x24F),
    (0x300, 0x36F),
    (0x370, 0x52F),
    (0x590, 0x6FF),
    (0x900, 0xDFF),
    (0xE00, 0xEFF),
    (0x1100, 0x11FF),
    (0x2000, 0x206F),
    (0x20A0, 0x2BFF),
    (0x3000, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xD800, 0xDFFF),
    (0xF900, 0xFAFF),
    (0xFE00, 0xFFFF),
    (0x1F300, 0x1FAFF),
    (0x20000, 0x2A6DF),
    (0xE0000, 0xE01EF),
    (0x10FFF0, 0x10FFFF),
]
BLANKS = [
    " ",
    "  ",
    "    ",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\t",
    "\x0b",
    "\x0c",
    "\x1f",
    "\x85",
    "\xa0",
    "\u2028",
    "\u3000",
]
SNIPPETS = [
    "don't", "I'LL", "we\u2019ve", "'S", "\u017f", "HTTPServer", "snake_case", "camelCase", "straße", "ǅ", "e\u0301",
    "123", "1234567", "3.14", "٣٤", "½", "x²", "//", "/*", "*/", "://", "()", "{}", "[];", "->", "!=", "...", "----",
    "<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>", "<|im_start|>", "<|start|>", "<|return|>", "<think>",
    "你好", "。", "日本語", "カタカナ", "한국어", "สวัสดี", "नमस्ते", "שלום", "مرحبا", "Привет",
    "👍🏽", "👩\u200d👩\u200d👧", "🇩🇪", "\ufe0f", "\ufeff", "\x00", "\ud83d\ude00", "\ud83d", "\ude00",
]  # fmt: skip
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@cache
def sources() -> tuple[str, ...]:
    """Files of Python's standard library."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted([*folder.glob("*.py"), *folder.glob("*/*.py")])
    return tuple(
        text
        for file in files[::3]
        if "site-packages" not in file.parts and (text := file.read_text(encoding="utf-8", errors="replace"))
    )


def _code(chance: random.Random) -> str:
    text = chance.choice(sources())
    start = chance.randrange(len(text))
    return text[start : start + chance.choice([10, 100, 400, 1500])]


def _noise(chance: random.Random) -> str:
    low, high = chance.choice(RANGES)
    return "".join(chr(chance.randint(low, high)) for _ in range(chance.randint(1, 80)))


def _mixed(chance: random.Random) -> str:
    return "".join(chr(chance.randint(*chance.choice(RANGES))) for _ in range(chance.randint(1, 40)))


def _blank(chance: random.Random) -> str:
    return "".join(chance.choice(BLANKS) * chance.choice([1, 1, 2, 7]) for _ in range(chance.randint(1, 12)))


def _snippets(chance: random.Random) -> str:
    parts = chance.choices(SNIPPETS, k=chance.randint(1, 20)) + chance.choices(
        BLANKS, k=chance.randint(0, 12)
    )
    chance.shuffle(parts)
    return "".join(parts)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(LETTERS, k=chance.choice([5, 60, 700])))


def _run(chance: random.Random) -> str:
    return chance.choice(SNIPPETS + BLANKS) * chance.choice([2, 17, 130])


KINDS: list[Callable[[random.Random], str]] = [
    _code, _code, _noise, _mixed, _blank, _snippets, _snippets, _word, _run,
    lambda chance: _code(chance) + _blank(chance) + _snippets(chance) + _mixed(chance),
]  # fmt: skip


def any_texts(count: int, seed: int) -> Iterator[str]:
    """`count` texts, drawn from every kind in turn."""
    chance = random.Random(seed)  # noqa: S311 - the same texts at every run
    for number in range(count):
        yield KINDS[number % len(KINDS)](chance)
