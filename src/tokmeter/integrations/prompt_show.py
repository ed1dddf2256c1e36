"""How the prepared line is shown by `tokmeter prompt`: filled into a format, coloured, escaped for a shell.

What is read from the file is data: control characters are taken out, and what the shell that shows it would
expand is escaped. This module is on the fast path: nothing but the line's own.
"""

from __future__ import annotations

from tokmeter.integrations.prompt_line import PromptLine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CODES = {"red": "\x1b[31m", "yellow": "\x1b[33m"}
PLAIN = "\x1b[39m"
"""Back to the terminal's own colour of text, leaving bold and background alone."""

SHELLS = ("bash", "zsh", "fish", "pwsh", "tmux")
"""What `--shell` takes."""

# tmux has its own words for colours and no escape sequences; in bash and zsh, marks say what has no width.
_MARKS = {"bash": ("\\[", "\\]"), "zsh": ("%{", "%}")}
_TMUX = {"red": "#[fg=red]", "yellow": "#[fg=yellow]"}
_TMUX_PLAIN = "#[fg=default]"


def shown(line: PromptLine, *, short: bool, layout: str | None, shell: str, color: bool, now: int) -> str:
    """The text to print for a shell's prompt (`shell` '' for none); '' where there is nothing to show."""
    text = line.short if short else line.text
    if layout is not None and line.text:
        text = filled(layout, line)
    text = escaped(clean(line.marked(text, now)), shell)
    if not color or not text or line.color not in CODES:
        return text
    if shell == "tmux":
        return f"{_TMUX[line.color]}{text}{_TMUX_PLAIN}"
    opening, closing = _MARKS.get(shell, ("", ""))
    return f"{opening}{CODES[line.color]}{closing}{text}{opening}{PLAIN}{closing}"


def filled(layout: str, line: PromptLine) -> str:
    """`layout` with `{name}` replaced by figures; a name that is none stays as it is."""
    for name, value in {**line.figures, "text": line.text, "short": line.short}.items():
        layout = layout.replace(f"{{{name}}}", value)
    return layout


def clean(text: str) -> str:
    """`text` without control characters."""
    if text.isprintable():
        return text
    return "".join(letter for letter in text if letter.isprintable())


def escaped(text: str, shell: str) -> str:
    """`text` so that the prompt of `shell` shows it as it is."""
    escape = _ESCAPES.get(shell)
    return escape(text) if escape else text


def _for_bash(text: str) -> str:
    """For PS1, where backslashes are read first, then `$` and backquotes."""
    for letter in "\\$`":
        text = text.replace(letter, "\\" + letter)
    return text.replace("\\", "\\\\")


def _for_zsh(text: str) -> str:
    return text.replace("%", "%%")


def _for_tmux(text: str) -> str:
    """For the output of `#(…)`, in which tmux reads `#{…}` and `#(…)` again."""
    return text.replace("#", "##")


_ESCAPES: dict[str, Callable[[str], str]] = {"bash": _for_bash, "zsh": _for_zsh, "tmux": _for_tmux}
