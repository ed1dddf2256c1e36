"""Texts for invented transcripts, of the size that their counts tell.

Of the input of each request, what the request before did not have is filled: with its output, and with tool
results and prompts for the rest. Where a count grew by less than the output before it, the next results stay
short until it has caught up.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from tokmeter.demo._tools import ENDING, FILES, ISSUES, TABLES, Call, claude_call
from tokmeter.demo._words import RATIOS, V3, V4_8, code, prose, table

Block = dict[str, object]

_THINKS = {"claude-opus-4-8": 0.5, "claude-sonnet-4-6": 0.2, "claude-haiku-4-5-20251001": 0.2}
"""How often a model thinks before it answers. Of these responses the log holds the visible part only."""
_ODD = 0.02
"""Share of responses whose count is some per cent above their text."""
_LEAST_VISIBLE = 130
SYSTEM = (15_000, 20_000)
SYSTEM_PART = 12
"""Tokens that are left for system prompt and tool definitions, and the part of the rest that is: a large
context has more tools in it, and the logs are to stay small."""
SHOWN = 0.75
"""Of what an input grew by beside the output: what the log shows. The rest are words around it."""
_OPENINGS = ("The", "This", "First", "One", "All", "We")
_SHORT = {
    "Edit": "The file has been updated.",
    "Bash": "(no output)",
    "Grep": "No matches found",
    "Read": "(the file is empty)",
    "agent": "The agent is done.",
}


class Answer(NamedTuple):
    """What a response says: thinking without text, as Claude Code logs it; text; a call."""

    thinking: list[Block]
    text: str
    call: Call | None


class Context:
    """What has been sent in one conversation, in tokens of its model, and the blocks that wait for a text."""

    def __init__(self) -> None:
        self.sent: int | None = None
        self.waiting: list[tuple[Block, str, str]] = []
        """(block, tool or "prompt", path) of texts that come with the next request."""


def which_of(model: str) -> int:
    """Which tokenizer a Claude model has."""
    return V4_8 if model == "claude-opus-4-8" else V3


class Texts:
    """Writes one session's texts."""

    def __init__(self, seed: str, project: str) -> None:
        self.random = Random(seed)  # noqa: S311 - filler, no secret
        self._project = project

    def answer(self, model: str, output: int, tool: str | None) -> Answer:
        """A response of `output` tokens, with a call of `tool` or without one."""
        random, which = self.random, which_of(model)
        tokens = output
        thinking: list[Block] = []
        if random.random() < _THINKS[model]:
            tokens = max(_LEAST_VISIBLE, int(output * random.uniform(0.2, 0.4)))
            if tokens < output:
                signature = f"{random.getrandbits(480):0120x}"
                thinking.append({"type": "thinking", "thinking": "", "signature": signature})
            tokens = min(tokens, output)
        elif random.random() < _ODD:
            tokens = max(min(output, _LEAST_VISIBLE), int(output * 0.93))
        if tool is None:
            call, left = None, tokens - ENDING[which - 1]
        else:
            call = claude_call(random, tool, self._project, which, tokens)
            left = call.text_tokens
        return Answer(thinking, random.choice(_OPENINGS) + prose().text(random, left - 1, which), call)

    def fill(self, context: Context, model: str, logged: int, output: int) -> list[Block]:
        """Write the texts that were sent with a request of `logged` input and answered with `output` tokens.

        Gives back what stands behind a first prompt: lines as far as their kinds differ.
        """
        ratio = RATIOS[which_of(model)]
        lines: list[Block] = []
        if context.sent is None:
            context.sent = logged
            if context.waiting:
                system = self.random.randint(*SYSTEM)
                system += (logged - system) // SYSTEM_PART
                lines = self._first(context.waiting[0][0], int((logged - system) / ratio))
        else:
            room = int((logged - context.sent) * SHOWN / ratio)
            used = 0
            for block, what, path in reversed(context.waiting):
                used += self._result(block, what, path, room - used)
            context.sent += int(used * ratio / SHOWN)
        context.sent += output
        context.waiting.clear()
        return lines

    def _first(self, prompt: Block, room: int) -> list[Block]:
        """The first prompt, and lines of what came with it, in all about `room` tokens of o200k."""
        random, folder = self.random, self._project
        prompt["content"] = "Please look at" + self._prose(40, 160)
        memory = {"type": "Project", "content": "# Rules\n" + self._prose(400, 800)}
        found: list[Block] = [
            {"type": "nested_memory", "content": memory},
            {"type": "skill_listing", "content": self._prose(200, 400)},
            {"type": "mcp_instructions_delta", "addedBlocks": ["## issues\n" + self._prose(100, 200)]},
            {"type": "directory", "path": f"{folder}/docs", "content": self._prose(150, 700)},
        ]
        room -= 1_500
        for name, _ in random.sample(FILES[folder], random.randint(1, 3)):
            size = random.randint(400, 1_000)
            room -= size
            found.append(self._file(name, code().text(random, size)))
        printed = int(room * random.uniform(0.05, 0.3))
        first = int((room - printed) * random.uniform(0.3, 0.9))
        for name, size in zip(TABLES[folder], (first, room - printed - first), strict=True):
            found.append(self._file(name, table(random, size)))
        shell = f"<bash-stdout>{table(random, printed)}</bash-stdout><bash-stderr></bash-stderr>"
        lines: list[Block] = [{"type": "attachment", "attachment": attachment} for attachment in found]
        return [*lines, {"type": "user", "message": {"role": "user", "content": shell}}]

    def _prose(self, least: int, most: int) -> str:
        return prose().text(self.random, self.random.randint(least, most))

    def _file(self, name: str, text: str) -> Block:
        path = f"{self._project}/{name}"
        file = {"filePath": path, "content": text, "numLines": text.count("\n") + 1}
        return {"type": "file", "filename": path, "content": {"type": "text", "file": file}}

    def _result(self, block: Block, what: str, path: str, room: int) -> int:
        """Give a block its text; returns how many tokens of o200k it has, about `room` if it may."""
        random = self.random
        if what == "prompt":
            size = max(12, min(room // 2, random.randint(20, 140)))
            block["content"] = "Now" + prose().text(random, size)
            return size
        if room < 30:
            block["content"] = _SHORT.get(what, "[]")
            return 6
        text = "The file has been updated:\n" if what == "Edit" else ""
        style = code() if what in ("Read", "Edit", "Grep") else prose()
        text += (style if not path.endswith((".md", ".txt")) else prose()).text(random, room)
        block["content"] = [{"type": "text", "text": text}] if what in (ISSUES, "agent") else text
        return room
