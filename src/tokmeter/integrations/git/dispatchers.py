"""Hooks for all repositories: git then looks in one folder only, so each hook calls the repository's own.

Pure text: the dispatchers, and the block in git's global configuration that names their folder.
"""

from __future__ import annotations

import re

from tokmeter.integrations.git.hooks import (
    BEGIN,
    END,
    MADE_FILE,
    RAN,
    UNDO_GLOBAL,
    Features,
    Program,
    block,
    switches,
)

NAMES = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit",
    "prepare-commit-msg", "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge",
    "pre-push", "pre-receive", "update", "proc-receive", "post-receive", "post-update",
    "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite", "sendemail-validate",
    "fsmonitor-watchman", "p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
    "post-index-change",
)  # fmt: skip
"""Every hook of githooks(5). One that is missing here would be switched off in every repository."""

_HEAD = "#!/bin/sh\n# Made by: tokmeter git install --global. Calls the repository's own hook.\n"

_TAIL = """\
if [ -z "${{GIT_DIR:-}}" ] && [ -d .git ]; then
  tokmeter_dir=.git
else
  tokmeter_dir=$(git rev-parse --git-common-dir 2>/dev/null) || exit 0
fi
if [ -x "$tokmeter_dir/hooks/{hook}" ]; then
  {ran}={hook}
  export {ran}
  exec "$tokmeter_dir/hooks/{hook}" "$@"
fi
"""

# Without such a hook git does this itself; with one, the hook has to (builtin/receive-pack.c).
_PUSH_TO_CHECKOUT = """\
git update-index -q --ignore-submodules --refresh || exit 1
git diff-files --quiet --ignore-submodules -- ||
  { echo 'Working directory has unstaged changes' >&2; exit 1; }
tokmeter_head=HEAD
git rev-parse -q --verify HEAD >/dev/null || tokmeter_head=$(git hash-object -t tree /dev/null)
git diff-index --quiet --cached --ignore-submodules "$tokmeter_head" -- ||
  { echo 'Working directory has staged changes' >&2; exit 1; }
exec git read-tree -u -m -- "$1"
"""


def dispatcher(hook: str, features: Features, program: Program) -> str:
    """The whole text of one dispatcher."""
    wanted = switches(hook, features) is not None
    ours = block(hook, features, program, undo=UNDO_GLOBAL) if wanted else ""
    last = _PUSH_TO_CHECKOUT if hook == "push-to-checkout" else "exit 0\n"
    return _HEAD + ours + _TAIL.format(hook=hook, ran=RAN) + last


def is_dispatcher(content: bytes) -> bool:
    """Whether a file is one of ours."""
    return content.startswith(_HEAD.encode())


def only_passes_on(content: bytes | None) -> bool:
    """Whether a file is a dispatcher that does nothing but call the repository's own hook."""
    return content is not None and is_dispatcher(content) and BEGIN.encode() not in content


def configured(content: bytes | None, folder: str) -> bytes:
    """Git's global configuration with a block that names the folder.

    On top, so that whatever the user says further down (also by `include`) wins.
    """
    made = f" ({MADE_FILE})" if content is None else ""
    text = f"{BEGIN} {UNDO_GLOBAL}{made}\n[core]\n\thooksPath = {_quoted(folder)}\n{END}\n".encode()
    rest = content or b""
    if rest.startswith(b"\xef\xbb\xbf"):
        return rest[:3] + text + rest[3:]
    return text + rest


def unconfigured(content: bytes, folder: str) -> bytes | None:
    """The configuration without the block; None where the file was made for it and holds nothing else.

    What `git config` wrote into the block's section in the meantime stays.
    """
    match = re.search(
        rb"%s([^\n]*)\n(.*?)^%s\n?" % (BEGIN.encode(), END.encode()), content, re.DOTALL | re.MULTILINE
    )
    if match is None:
        return content
    inside = match[2].replace(f"\thooksPath = {_quoted(folder)}\n".encode(), b"", 1)
    kept = b"" if inside == b"[core]\n" else inside
    rest = content[: match.start()] + kept + content[match.end() :]
    return None if not rest and MADE_FILE.encode() in match[1] else rest


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
