"""prepare-commit-msg and commit-msg: the trailers in a commit message.

What git does in each case was found out with real git; docs/decisions/git-hooks.md has the table.
"""

from __future__ import annotations

import os

from tokmeter.cli.fast_git_commit import FOREVER, Look
from tokmeter.integrations.git.call import git
from tokmeter.integrations.git.repository import read_reflog
from tokmeter.integrations.git.situation import Situation, forget, leave
from tokmeter.integrations.git.trailers import (
    ASSISTED,
    NOTHING,
    USAGE,
    Figures,
    assisted,
    figures_of,
    last_figures,
    names_assistant,
    squashed,
    without_usage,
)
from tokmeter.integrations.git.window import author_of, open_window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokmeter.integrations.git.repository import Repository

TEMPLATE = "tokmeter-template"
"""Beside the message: what it was before we added to it, where git would compare it with its template."""

_MESSAGE_FOLLOWS = (b"-m", b"-am", b"--message", b"-F", b"--file")
"""Switches of `git commit` behind which a word is no switch."""

SCISSORS = " ------------------------ >8 ------------------------"


def prepare(
    repository: Repository, switches: set[str], names: Sequence[str], env: Mapping[str, str], now: float
) -> None:
    """Add the trailers to the message that is about to be edited or committed."""
    path = names[0]
    source = names[1] if len(names) > 1 else env.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")
    sha = names[2] if len(names) > 2 else env.get("PRE_COMMIT_COMMIT_OBJECT_NAME", "")
    situation = Situation(repository.git_dir)
    moves = read_reflog(repository, env=env)
    head = moves[-1].new if moves else ""
    listed = squashed(situation.squash_message)
    _forget_template(path)
    if "--notes" in switches:
        _tell_post_commit(repository, situation, head, [commit for commit, _ in listed])
    if not switches & {"--trailer", "--assisted-by"}:
        return
    if situation.rebasing:
        if situation.melting and "--trailer" in switches:
            _melt(path, situation.melting, env)
        return
    if not _is_written_now(source, situation, env):
        return
    look = Look(repository, env, now)
    old = _amended(repository, (source, sha), head, env, now)
    start = open_window(repository, env, amend=old is not None)[0]
    uses = look.used(start, FOREVER if old is not None else _end(env))
    figures = figures_of(uses)
    for _, found in listed:
        figures = figures.plus(found or NOTHING)
    kept = last_figures(old) if old else None
    if kept is not None:
        # Its trailer may hold more than the ledger tells: the sums of commits that were squashed.
        later = kept.plus(figures_of(look.used(open_window(repository, env, amend=False)[0], FOREVER)))
        figures = max(later, figures, key=lambda one: one.requests)
    if figures.requests:
        _write(path, source, switches, figures, assisted(uses, _titles()), env, strip=bool(listed))


def _is_written_now(source: str, situation: Situation, env: Mapping[str, str]) -> bool:
    """Whether somebody is writing this commit, so that it may bear what was used for it."""
    if source == "merge" or situation.merging or situation.picking or situation.reverting:
        return False
    if (
        "GIT_AUTHOR_DATE" not in env
    ):  # git makes the commit itself, from one that exists (cherry-pick, revert)
        return False
    # Where commit-msg is skipped, nobody would stop a message that holds our trailer alone.
    return source in ("message", "commit") or not _skips_commit_msg()


def _tell_post_commit(repository: Repository, situation: Situation, head: str, listed: list[str]) -> None:
    """What the note of the new commit comes from, where post-commit can't see it any more."""
    if situation.picking:
        leave(repository, "picked", head, [situation.picking])
    elif listed and head:
        leave(repository, "squashed", head, listed)
    else:
        forget(repository)


def _author_second(env: Mapping[str, str]) -> int | None:
    """The author date that git shows to hooks, `@1795295905 +0000`."""
    second = env["GIT_AUTHOR_DATE"].lstrip("@").split(" ")[0]
    return int(second) if second.isdigit() else None


def _end(env: Mapping[str, str]) -> int:
    """The instant of a new commit is its author date, that second included."""
    second = _author_second(env)
    return FOREVER if second is None else (second + 1) * 1000


def _amended(
    repository: Repository, given: tuple[str, str], head: str, env: Mapping[str, str], now: float
) -> str | None:
    """The message of HEAD if it is being amended, else None. `given`: source and commit, as git names them.

    With `-m` and `-F` git does not say so. Where its command line cannot be seen, HEAD's author date tells,
    which an amend keeps unless `--date` or `--reset-author` is given.
    """
    source, sha = given
    if not head:
        return None
    said = _says_amend()
    if said is False or (source == "commit" and sha not in ("HEAD", head)):
        return None
    if said is None and source != "commit":
        second = _author_second(env)
        author = author_of(repository, head, env)
        if second is None or author is None or second != author[0] or int(now) - second <= 1:
            return None
    status, out = git(["log", "-1", "--no-show-signature", "--format=%B", "HEAD", "--"], env)
    return out.decode("utf-8", "replace") if status == 0 else None


def _says_amend() -> bool | None:
    """Whether the git above us was called with `--amend`; None where that can't be seen.

    It tells `--amend` from `-C HEAD`, and from a second commit within the same second.
    """
    words = _git_words()
    if words is None:
        return None
    return any(b"--amend".startswith(word) and len(word) > 3 for word in words)


def _skips_commit_msg() -> bool:
    """Whether the git above us was called with `-n` or `--no-verify`, which keep commit-msg from running."""
    for word in _git_words() or ():
        if b"--no-verify".startswith(word) and len(word) > 5:
            return True
        if word[:1] == b"-" and word[1:2].isalpha() and b"n" in _flags(word):
            return True
    return False


def _flags(word: bytes) -> bytes:
    """The letters of `-anm`; what follows one that takes a value is that value."""
    for at in range(1, len(word)):
        if word[at : at + 1] in b"mFCctuS":
            return word[1:at]
    return word[1:]


def _git_words() -> list[bytes] | None:
    """The switches of the git above us, without the messages in between; None where they can't be seen."""
    process = str(os.getppid())
    for _ in range(6):
        try:
            with open(f"/proc/{process}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            with open(f"/proc/{process}/stat", "rb") as file:
                process = file.read().rpartition(b") ")[2].split()[1].decode()
        except (OSError, IndexError):
            return None
        if os.path.basename(words[0]) == b"git":
            return [word for n, word in enumerate(words) if n and words[n - 1] not in _MESSAGE_FOLLOWS]
    return None


def _melt(path: str, sha: str, env: Mapping[str, str]) -> None:
    """A squash or fixup of a rebase: what HEAD's trailer has so far, and that of the commit melting into it.

    Git builds the message anew at each step, from a file of its own; HEAD keeps our sum between the steps.
    """
    status, out = git(
        ["log", "--no-walk=unsorted", "--no-show-signature", "-z", "--format=%B", "HEAD", sha, "--"], env
    )
    if status:
        return
    found = [last_figures(message) for message in out.decode("utf-8", "replace").split("\0")[:2]]
    known = [figures for figures in found if figures is not None]
    if known:
        total = NOTHING
        for figures in known:
            total = total.plus(figures)
        _write(path, "", {"--trailer"}, total, [], env, strip=True)


def _write(
    path: str,
    source: str,
    switches: set[str],
    figures: Figures,
    assistants: list[str],
    env: Mapping[str, str],
    *,
    strip: bool,
) -> None:
    """Put the trailers in, by git's own rules of where they go."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        message = file.read()
    if source == "template":
        with open(_template(path), "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(message)
    if strip:
        bare = without_usage(message)
        if bare != message:
            with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.write(bare)
    arguments = ["interpret-trailers", "--in-place", "--no-divider", "--where", "end", "--if-missing", "add"]
    if "--assisted-by" in switches and not names_assistant(message):
        arguments += ["--if-exists", "addIfDifferent"]
        for one in assistants:
            arguments += ["--trailer", f"{ASSISTED}: {one}"]
    if "--trailer" in switches:
        arguments += ["--if-exists", "replace", "--trailer", f"{USAGE}: {figures.text()}"]
    if "--trailer" in arguments:
        git([*arguments, path], env)
        if not message.strip() or message.startswith("\n"):
            _leave_room(path)


def _leave_room(path: str) -> None:
    """A blank line between the first line, where the user will type, and the trailers: git gives one only."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        message = file.read()
    if message.startswith((f"\n{USAGE}:", f"\n{ASSISTED}:")):
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(f"\n{message}")


def empty_if_ours_alone(path: str, env: Mapping[str, str]) -> None:
    """Make a message empty that the user left empty, so that git stops as it would without us."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        message = file.read()
    rest = _bare(message, env)
    template = ""
    try:
        with open(_template(path), encoding="utf-8", errors="surrogateescape", newline="") as file:
            template = _bare(file.read(), env)
    except OSError:
        pass
    _forget_template(path)
    if rest == template:
        with open(path, "w", encoding="ascii"):
            pass


def _bare(message: str, env: Mapping[str, str]) -> str:
    """A message without comments, blank ends and our trailers."""
    at = message.find(SCISSORS)
    if at > 0:
        message = message[: message.rfind("\n", 0, at) + 1]
    ours = (f"{USAGE}:", f"{ASSISTED}:")
    kept = "".join(line for line in message.splitlines(keepends=True) if not line.startswith(ours))
    data = kept.encode("utf-8", "surrogateescape")
    status, out = git(["stripspace", "--strip-comments"], env, data=data)
    return (out if status == 0 else data).decode("utf-8", "surrogateescape").strip()


def _template(path: str) -> str:
    return os.path.join(os.path.dirname(path), TEMPLATE)


def _forget_template(path: str) -> None:
    try:
        os.unlink(_template(path))
    except OSError:
        return


def _titles() -> dict[str, str]:
    """What people call the assistants, by slug; a test holds them equal to the adapters' own titles."""
    return {"claude-code": "Claude Code", "codex": "Codex"}
