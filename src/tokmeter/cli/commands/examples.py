"""Examples of each command, for its help: what to type, and what that shows. Lines fit on 80 columns."""

from __future__ import annotations

Example = tuple[str, str]

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "week": (
        ("tokmeter week", "this week"),
        ("tokmeter week last week", "also 2026-W47, 2026-11, 7d, all"),
        ("tokmeter week --project shop", "a part of it; also --model 'claude-*'"),
        ("tokmeter week --json", "for a script"),
    ),
    "day": (
        ("tokmeter day", "today, hour by hour"),
        ("tokmeter day yesterday", "also 2026-11-20"),
    ),
    "month": (("tokmeter month", "this month"), ("tokmeter month 2026-10", "also: last month")),
    "year": (("tokmeter year", "this year, month by month"), ("tokmeter year all", "everything there is")),
    "models": (
        ("tokmeter models", "of this week"),
        ("tokmeter models 30d --wide", "with every kind of token"),
    ),
    "projects": (
        ("tokmeter projects", "of this week"),
        ("tokmeter projects last month", "of another period"),
    ),
    "sessions": (("tokmeter sessions today", "what ran today"), ("tokmeter sessions --project shop all", "")),
    "session": (("tokmeter session 7f3a", "the beginning of an id, as tokmeter sessions lists it"),),
    "sources": (("tokmeter sources", "whose logs, from where, how many"),),
    "anatomy": (
        ("tokmeter anatomy", "what this week's context was made of"),
        ("tokmeter anatomy 7f3a", "one session, by its id's beginning"),
        ("tokmeter anatomy today --project shop", "also --wide: more files"),
    ),
    "explain": (
        ("tokmeter explain claude-opus-4-8", "a model: its sums, prices, top requests"),
        ("tokmeter explain yesterday", "the same for a period"),
        ("tokmeter explain unpriced last week", "what had no price, and what to do"),
        ("tokmeter explain a.jsonl:120", "what was counted from this line"),
    ),
    "import": (
        ("tokmeter import export.zip", "whatever it holds"),
        ("tokmeter import logs/ --dry-run", "what would come of it"),
        ("tokmeter import a.csv --map ts=Date,model=Model,in=In", "a table of your own"),
    ),
    "reconcile": (
        ("tokmeter reconcile last month", "bills against list cost"),
        ("tokmeter reconcile --statement cost.csv", "a bill of your own"),
        ("tokmeter reconcile --check --tolerance 1%", "status 3 if they differ"),
    ),
    "audit": (
        ("tokmeter audit", "everything the ledger holds"),
        ("tokmeter audit last month --wide", "more outliers, with file and line"),
        ("tokmeter audit --model 'claude-*' --json", "for a script"),
    ),
    "count": (
        ("tokmeter count README.md", "for your own models"),
        ("git diff | tokmeter count", "standard input"),
        ("tokmeter count .", "this folder"),
        ("tokmeter count src tests -m gpt-5.5 -m gpt-4o", "side by side"),
        ("tokmeter count . --files --no-ignore", "every file"),
    ),
    "export": (
        ("tokmeter export > all.jsonl", "as JSON lines"),
        ("tokmeter export --since 2026-11-01 --format csv -o nov.csv", "a spreadsheet"),
    ),
    "commit": (
        ("tokmeter commit", "HEAD: tokens, cost, models, prompts, time of work"),
        ("tokmeter commit v1.2~3", "another one, as git names it"),
        ("tokmeter commit --pending", "what has been used since the last commit"),
    ),
    "log": (
        ("tokmeter log", "the last 20 commits, and the rest"),
        ("tokmeter log main..HEAD", "a branch before it is merged"),
        ("tokmeter log --since 2026-11-01", "all commits of a time"),
        ("tokmeter log -n 50 -C ~/code/shop --json", "of another repository, as JSON"),
    ),
    "sync": (
        ("tokmeter sync", "reports do this by themselves"),
        ("tokmeter sync --verify", "trust no file's date"),
    ),
    "prompt": (
        ("tokmeter prompt", "$4.84 today · 66% wk"),
        ("tokmeter prompt --short", "4.84/66%"),
        ("tokmeter prompt --format '{today_cost} {week_tokens}'", "your own text"),
        ("tokmeter prompt --shell tmux", "escaped for tmux"),
    ),
    "shell completion": (("tokmeter shell completion zsh > ~/.zfunc/_tokmeter", "for the TAB key"),),
    "shell init": (
        ('eval "$(tokmeter shell init bash)"', "in ~/.bashrc"),
        ('eval "$(tokmeter shell init zsh)"', "in ~/.zshrc"),
        ("tokmeter shell init fish | source", "in config.fish"),
        ("tokmeter shell init pwsh | Out-String | Invoke-Expression", "in $PROFILE"),
    ),
    "reprice": (
        ("tokmeter reprice --dry-run", "what would change"),
        ("tokmeter reprice --since 2026-11-01", "only what is newer"),
    ),
    "prices show": (
        ("tokmeter prices show claude-opus-4-8", "today's prices"),
        ("tokmeter prices show openai/gpt-5 --at 2026-03-01", "of a provider, on a day"),
    ),
    "tokenizers": (
        ("tokmeter tokenizers", "by which tokenizer or fit, and its error"),
        ("tokmeter tokenizers --json", "for a script"),
    ),
    "tokenizers calibrate": (("tokmeter tokenizers calibrate", "once; again after some weeks"),),
    "paths": (("tokmeter paths", "our files, and the places of the logs"),),
    "statusline": (
        ("tokmeter statusline < message.json", "as Claude Code does"),
        ("tokmeter statusline --show model,context < message.json", "parts of it"),
    ),
    "statusline install": (
        ("tokmeter statusline install --hooks", "and its hooks: new figures"),
        ("tokmeter statusline install --show model,prompt", "less on the line"),
        ("tokmeter statusline install --codex --dry-run", "what would change for Codex"),
        ("tokmeter statusline install --repair", "after tokmeter moved"),
    ),
    "statusline remove": (
        ("tokmeter statusline remove", "the files are as they were before"),
        ("tokmeter statusline remove --dry-run", "only look"),
    ),
    "notify": (
        ("tokmeter notify claude-code", "in a Stop or SessionEnd hook"),
        ("tokmeter notify codex --then say done -- '{}'", "call another program as well"),
    ),
    "git install": (
        ("tokmeter git install", "two lines after each commit here"),
        ("tokmeter git install --summary --trailer", "and a trailer in each message"),
        ("tokmeter git install --notes --dry-run", "only look"),
        ("tokmeter git install --global", "in all repositories"),
    ),
    "git remove": (("tokmeter git remove", "every hook is as it was before"),),
    "git status": (("tokmeter git status", "which hooks do what, and where"),),
    "git hook": (("tokmeter git hook post-commit --summary", "what git calls after a commit"),),
    "doctor": (
        ("tokmeter doctor", "is everything in order?"),
        ("tokmeter doctor -v", "every fault with file and line"),
    ),
}


def lines(name: str) -> list[str]:
    """The examples of a command as aligned lines."""
    examples = EXAMPLES.get(name, ())
    width = max((len(line) for line, _ in examples), default=0)
    return [f"  {line:<{width}}  {meaning}".rstrip() for line, meaning in examples]
