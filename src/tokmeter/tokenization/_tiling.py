"""`ctok`'s count of a text, from its own parts, without the list of tokens that it makes and throws away.

`ctok` writes a text as a stream (words between boundary markers, capitals as a marker and a small letter) and
finds the fewest pieces of its vocabulary that cover the stream. Three facts about the vocabulary make it
quick, all looked up when it is loaded: a boundary marker opens or closes a piece and never stands inside; no
piece has a blank or a digit beside anything else. So the pieces of a word do not depend on what stands around
it, and a text is the sum of its words and of the gaps between them, each counted once and remembered.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from importlib import import_module
from typing import Any

from tokmeter.tokenization._alphabet import alphabets

PARTS = ("constants", "engine", "main", "normalize")
"""Modules of `ctok` whose insides are used."""
KEPT_CHARACTERS = 64
"""Longer words and gaps are not remembered: they hardly come again."""
KEPT = 200_000
"""Words and gaps remembered, about 30 MB; then all are forgotten."""
SAME = 4_096
"""Blanks of one kind in a row that are still tiled one by one."""

CASES = "a\tcart\tCart\tA\tAB\tABC\tABCD\tCARTS\tcARt\tCaRt\tcaRT\tCArt\tiOS"
"""Words in every mix of capitals."""
BLANKS = " \t\n\u3000"
"""All blanks that are left when a text has been made normal."""

_LINE_ENDS = re.compile("(\n+)")
# Looked for at their starts alone: from every place in a run, the search would be quadratic.
_SAME_BLANKS = re.compile("|".join(f"(?<!{blank}){blank}{{{SAME + 1},}}+" for blank in BLANKS))
_DIGIT = re.compile("[1-9]")
_DIGIT_BESIDE = re.compile("[0-9][^0-9]|[^0-9][0-9]")
# An opening word with the gap before it: what the end of a frame can touch.
_OPENING = re.compile(r"([ \t\n\u3000]*)([^ \t\n\u3000]*)( (?! ))?")


class UnknownVocabularyError(Exception):
    """The vocabulary lacks a property that the fast way stands on."""


class Tiling:
    """Counts texts by one vocabulary."""

    def __init__(self, asked: str) -> None:
        marks, engine, main, normalize = (import_module(f"ctok.{name}") for name in PARTS)
        self._framed: Any = main._model(main._family(asked))  # noqa: SLF001 - compared with the public count
        self._model: Any = copy.copy(self._framed)
        self._model.frame_bow = False
        self._stream = normalize.stream_norm
        self._nfc = normalize.nfc
        self._char_cost = engine.char_cost
        self._markers: frozenset[str] = marks.MARKER_GLYPHS
        self._vocabulary: frozenset[str] = self._model.vocab
        self._bow, self._eow, self._shift, self._caps = marks.BOW_G, marks.EOW_G, marks.SHIFT_G, marks.CAPS_G
        self._longest = self._check_vocabulary()
        self._root: dict[Any, Any] = self._model.trie.root
        self._end = engine.ReverseTrie._END  # noqa: SLF001 - the same
        words, self._strange = alphabets(normalize.classify, lambda char: char == self._normal_of(char))
        # A word; or the gap before one, with the word where an apostrophe ties them; or a gap at the end.
        self._tokens = re.compile(rf"[{words}]++|[^{words}]++(?<=')[{words}]++|[^{words}]++").findall
        self._is_word = re.compile(rf"[{words}]").match
        streams = normalize.stream_norm(f"\t{CASES}\t", self._model)[1:-1].split("\t")
        self._knows_case = streams == [self._marked(word) for word in CASES.split("\t")]
        self._known: dict[str, int] = {}
        self._known_edges: dict[str, int] = {}
        self._known_heads: dict[str, int] = {}
        self._units: dict[str, int] = {}
        self._runs: dict[str, list[int]] = {}

    def count(self, text: str) -> int:
        """Tokens of `text`, with nothing before it."""
        norm, cut = self._shorter(self._normal(text))
        return cut + self._count(norm)

    def framed(self, text: str) -> int:
        """Tokens of `text` in the frame of a message, without the frame's own."""
        norm, cut = self._shorter(self._normal(text))
        head = self._head(norm, raw=text.startswith(" ")) if self._framed.frame_bow else 0
        return cut + self._count(norm) + head

    def _normal(self, text: str) -> str:
        """`text` as the models see it: composed, without control characters, with one kind of blank."""
        if not self._strange(text):
            return text
        return self._normal_of(text)

    def _normal_of(self, text: str) -> str:
        normal: str = self._nfc(text, fold_quotes=self._model.fold_quotes)
        return normal

    def _count(self, norm: str) -> int:
        body = norm.rstrip("\n")
        tokens = self._tail(len(norm) - len(body))
        if not self._strange(body):
            return tokens + self._lines(body)
        for part in _LINE_ENDS.split(body):
            if part[:1] == "\n":
                tokens += self._blanks("\n", len(part))
            elif self._strange(part):
                tokens += self._cost(self._stream(part, self._model))
            else:
                tokens += self._lines(part)
        return tokens

    def _head(self, norm: str, *, raw: bool) -> int:
        """What the end of the frame adds to the count: -1 for a blank that it stands for, 1 or 0.

        `raw`: the blank was there before `norm` was made.
        """
        if self._is_word(norm):
            return 0
        found = _OPENING.match(norm)
        blanks, word, after = found.groups() if found else ("", "", None)
        opening = blanks + word + (" a" if after else "\ta") if word else blanks.rstrip("\n")
        key = f"{raw:d}{opening}"
        known = self._known_heads.get(key)
        if known is None:
            framed = self._cost(self._stream(opening, self._framed, raw_head_space=raw))
            known = framed - self._cost(self._stream(opening, self._model, raw_head_space=raw))
            self._remember(self._known_heads, key, known)
        return known

    def _lines(self, text: str) -> int:
        """Tokens of a text without strange characters, between line ends or the ends of the whole text."""
        found = self._tokens(text)
        tokens = 0
        # The first and the last gap have no word on one side.
        if found and not self._is_word(found[-1]) and not self._is_word(found[-1][-1]):
            tokens += self._edge(found.pop(), opens=not found, closes=True)
        if found and not self._is_word(found[0]):
            tokens += self._edge(found.pop(0), opens=True, closes=False)
        known, unknown = self._known, []
        for part, times in Counter(found).items():
            cost = known.get(part)
            if cost is None:
                unknown.append((part, times))
            else:
                tokens += cost * times
        if unknown:
            costs = self._learn([part for part, _ in unknown])
            tokens += sum(costs[part] * times for part, times in unknown)
        return tokens

    def _learn(self, parts: list[str]) -> dict[str, int]:
        """Tokens of words and gaps not seen before; streams are written for all of them at once."""
        costs: dict[str, int] = {}
        words: list[str] = []
        gaps: dict[str, str] = {}
        for part in parts:
            if not self._is_word(part):
                gaps[part] = _DIGIT.sub("0", part)  # a digit is like any other: all of up to three are pieces
            elif self._knows_case and part.isascii():
                costs[part] = self._cost(self._marked(part))
            else:
                words.append(part)
        if words:
            streams = self._stream("\t" + "\t".join(words) + "\t", self._model)[1:-1].split("\t")
            costs.update(zip(words, map(self._cost, streams), strict=True))
        alike = {gap: self._known[gap] for gap in set(gaps.values()) if gap in self._known}
        plain = [gap for gap in set(gaps.values()) if gap not in alike and not self._is_word(gap[-1])]
        if plain:
            streams = self._stream("a" + "a".join(plain) + "a", self._model).split(f"{self._bow}a{self._eow}")
            alike.update(zip(plain, map(self._cost, streams[1:-1]), strict=True))
        for gap in set(gaps.values()) - alike.keys():  # tied to their word
            alike[gap] = self._gap(gap)
        for part, gap in gaps.items():
            costs[part] = alike[gap]
        for part, cost in (costs | alike).items():
            self._remember(self._known, part, cost)
        return costs

    def _marked(self, word: str) -> str:
        """The stream of a word in ASCII: what `ctok` does with capitals, checked when loaded."""
        least = self._model.allcaps_min
        if least is not None and len(word) >= least and word.isupper():
            return f"{self._caps}{self._bow}{word.lower()}{self._eow}"
        if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
            return f"{self._shift}{self._bow}{word.lower()}{self._eow}"
        return f"{self._bow}{word}{self._eow}"

    def _edge(self, gap: str, *, opens: bool, closes: bool) -> int:
        """Tokens of the first or the last gap; a long one is counted line by line."""
        if not gap:
            return 0
        if len(gap) > KEPT_CHARACTERS and "\n" in gap:
            parts = _LINE_ENDS.split(gap)
            tokens = sum(self._blanks("\n", len(part)) for part in parts[1::2])
            last = len(parts) - 1
            for i, part in enumerate(parts[::2]):
                tokens += self._edge(part, opens=opens or i > 0, closes=closes or 2 * i < last)
            return tokens
        gap = _DIGIT.sub("0", gap)
        key = f"{opens:d}{closes:d}{gap}"
        cost = self._known_edges.get(key)
        if cost is None:
            cost = self._gap(gap, opens=opens, closes=closes)
            self._remember(self._known_edges, key, cost)
        return cost

    def _gap(self, gap: str, *, opens: bool = False, closes: bool = False) -> int:
        """Tokens of what stands between two words (or, tied by an apostrophe, of a gap and its word)."""
        before = "" if opens else "\ta"
        after = "" if closes else "\t" if self._is_word(gap[-1]) else "a\t"
        stream: str = self._stream(before + gap + after, self._model)
        if before:
            stream = stream.removeprefix(f"\t{self._bow}a{self._eow}")
        if after == "a\t":
            stream = stream.removesuffix(f"{self._bow}a{self._eow}\t")
        elif after:
            stream = stream.removesuffix("\t")
        return self._cost(stream)

    def _cost(self, stream: str) -> int:
        """The fewest pieces that cover `stream`: the recurrence of `ctok.engine`, without the pieces."""
        if stream in self._vocabulary:
            return 1
        units, root, end_of_piece = self._units, self._root, self._end
        best = [0] * (len(stream) + 1)
        for end, last in enumerate(stream):
            node = root.get(last)
            if node is None or end_of_piece not in node:
                unit = units.get(last)
                least = best[end] + (self._unit(last) if unit is None else unit)
            else:
                least = best[end] + 1
            start = end
            while node is not None and start:
                start -= 1
                node = node.get(stream[start])
                if node is not None and end_of_piece in node and best[start] < least:
                    least = best[start] + 1
            best[end + 1] = least
        return best[-1]

    def _unit(self, char: str) -> int:
        """Tokens of one character that is no piece: of its bytes."""
        cost = 1 if char in self._markers else self._char_cost(self._model, char)
        self._remember(self._units, char, cost)
        return cost

    def _tail(self, line_ends: int) -> int:
        """What line ends at the end of a text cost: the frame adds two and pays for one token of all."""
        return self._blanks("\n", line_ends + 2) - 1 if line_ends else 0

    def _blanks(self, char: str, times: int) -> int:
        """Tokens of the same blank many times. Beyond SAME, each time the longest piece adds one token."""
        longest = self._longest[char]
        more = max(0, -(-(times - SAME) // longest))
        costs = self._runs.get(char)
        if costs is None:
            pieces = [n for n in range(1, longest + 1) if char * n in self._vocabulary]
            costs = [0]
            for length in range(1, SAME + 1):
                costs.append(1 + min(costs[length - n] for n in pieces if n <= length))
            self._runs[char] = costs
        return costs[times - more * longest] + more

    def _shorter(self, norm: str) -> tuple[str, int]:
        """`norm` with runs of one blank cut to SAME or less, and the tokens that were cut."""
        cut = 0

        def shorter(found: re.Match[str]) -> str:
            nonlocal cut
            longest = self._longest[found[0][0]]
            more = -(-(len(found[0]) - SAME) // longest)
            cut += more
            return found[0][more * longest :]

        if len(norm) > SAME:
            norm = _SAME_BLANKS.sub(shorter, norm)
        return norm, cut

    def _check_vocabulary(self) -> dict[str, int]:
        """Raise unless words and gaps may be counted apart; the longest piece made of each blank."""
        cased = self._shift + self._caps
        inside = re.compile(rf"(?s){self._eow}.|[^{cased}]{self._bow}|[^{cased}][{cased}]")
        longest = dict.fromkeys(BLANKS, 0)
        numbers = 0
        for piece in self._vocabulary:
            kinds = set(piece)
            if piece[:1] in longest and len(kinds) == 1:
                longest[piece[0]] = max(longest[piece[0]], len(piece))
            elif inside.search(piece) or not kinds.isdisjoint(BLANKS) or _DIGIT_BESIDE.search(piece):
                raise UnknownVocabularyError(piece)
            numbers += piece.isascii() and piece.isdigit()
        if numbers != 1110 or not all(longest.values()):  # 10 + 100 + 1000: any three digits and fewer
            raise UnknownVocabularyError(numbers)
        return longest

    @staticmethod
    def _remember(known: dict[str, int], key: str, cost: int) -> None:
        if len(key) <= KEPT_CHARACTERS:
            if len(known) >= KEPT:
                known.clear()
            known[key] = cost
