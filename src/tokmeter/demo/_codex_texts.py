"""Texts for invented rollouts, of the size that their counts tell (as for Claude: `_claude_texts`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import Random

from tokmeter.demo._claude_texts import SHOWN, SYSTEM
from tokmeter.demo._tools import CODEX_COMMANDS, CODEX_QUERIES, CODEX_READS, ISSUES
from tokmeter.demo._words import code, prose, table

Item = dict[str, object]

_SAID = 6
"""What a response with one message has beside its text and its reasoning: 7 for the message, 2 for the
reasoning, 3 fewer at its end."""
_CALLED = 20
"""The same with a call: 7, 2 and 11 for the call."""
_RULES = "# AGENTS.md instructions for {}\n\n<INSTRUCTIONS>\n{}\n</INSTRUCTIONS>"
_PLACE = "<environment_context>\n  <cwd>{}</cwd>\n  <shell>bash</shell>\n</environment_context>"


class CodexTexts:
    """Writes one thread's texts."""

    def __init__(self, seed: str, project: str) -> None:
        self._random = Random(seed)  # noqa: S311 - filler, no secret
        self._project = project
        self._sent: int | None = None
        self._thought = 0
        self._prompt: Item | None = None
        self._result: Item | None = None

    def prompted(self, event: Item) -> None:
        """A person says something; how much is known with the next counts. Earlier thinking is forgotten."""
        self._prompt = event
        if self._sent is not None:
            self._sent -= self._thought
        self._thought = 0

    def step(self, last: Mapping[str, int], *, final: bool) -> tuple[list[Item], list[Item], list[Item]]:
        """Items in front of a response, its own, and the results of its call, whose text comes later."""
        random = self._random
        before = self._fill(last["input_tokens"])
        reasoning = last["reasoning_output_tokens"]
        visible = last["output_tokens"] - reasoning
        secret = f"gAAAA{random.getrandbits(320):080x}"
        items: list[Item] = [{"type": "reasoning", "summary": [], "encrypted_content": secret}]
        behind: list[Item] = []
        if final:
            items.append(_message("assistant", "The" + prose().text(random, visible - _SAID - 1)))
        else:
            name, arguments, cost = self._call()
            items.append(_message("assistant", "The" + prose().text(random, visible - _CALLED - cost - 1)))
            mark = f"call_{random.getrandbits(96):024x}"
            items.append({"type": "function_call", "name": name, "arguments": arguments, "call_id": mark})
            self._result = {"type": "function_call_output", "call_id": mark, "output": ""}
            behind.append(self._result)
        self._sent = (self._sent or 0) + last["output_tokens"]
        self._thought += reasoning
        return before, items, behind

    def _call(self) -> tuple[str, str, int]:
        """Name, arguments and their tokens."""
        random = self._random
        kind = random.random()
        if kind < 0.25:
            query, cost = random.choice(CODEX_QUERIES)
            return ISSUES, json.dumps({"query": query}, separators=(",", ":")), cost
        if kind < 0.75:
            name, cost = random.choice(CODEX_READS[self._project])
            command = f"cat {name}"
        else:
            command, cost = random.choice(CODEX_COMMANDS)
        return "exec_command", json.dumps({"cmd": command}, separators=(",", ":")), cost

    def _fill(self, logged: int) -> list[Item]:
        """Texts of what was sent with a request of `logged` input, beyond the request before."""
        if self._sent is None:
            self._sent = logged
            return self._first(logged)
        room = int((logged - self._sent) * SHOWN)
        used = 0
        found: list[Item] = []
        if self._prompt is not None:
            used = min(max(20, room), 120)
            text = "Now" + prose().text(self._random, used)
            self._prompt["message"] = text
            found.append(_message("user", text))
        if self._result is not None:
            size = max(4, room - used)
            self._result["output"] = code().text(self._random, size)
            used += size
        self._sent += int(used / SHOWN)
        self._prompt = self._result = None
        return found

    def _first(self, logged: int) -> list[Item]:
        """The first prompt with what was pasted into it, and what Codex puts in front of it."""
        random = self._random
        system = random.randint(*SYSTEM)
        room = (logged - system) // 2  # the other half are tools
        rules = min(room // 2, random.randint(300, 600))
        pasted = max(0, room - rules) // 4
        skill = f"<skill>\n<name>reports</name>\n{table(random, room - rules - pasted)}\n</skill>"
        text = "Please look at" + prose().text(random, random.randint(40, 160))
        text += "\n\n" + table(random, pasted)
        if self._prompt is not None:
            self._prompt["message"] = text
            self._prompt = None
        injected = (
            _RULES.format(self._project, prose().text(random, rules)),
            _PLACE.format(self._project),
            skill,
        )
        return [_message("user", one) for one in (*injected, text)]


def _message(role: str, text: str) -> Item:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
