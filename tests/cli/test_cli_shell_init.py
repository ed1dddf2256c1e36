"""`tokmeter shell init`, as a process."""

from __future__ import annotations

import re

import pytest
from cli_run import SOURCE, Tokmeter


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "pwsh"])
def test_the_snippet_names_the_state_folder(lonely: Tokmeter, shell: str) -> None:
    result = lonely.bare("shell", "init", shell)

    assert (0, "") == (result.status, result.err)
    assert f"'{lonely.own / 'state'}'" in result.out
    assert not re.search("@[A-Z]+@", result.out)
    assert result.out == lonely.bare("shell", "init", shell, "-q").out


def test_a_shell_there_is_no_snippet_for_is_told(lonely: Tokmeter) -> None:
    result = lonely.bare("shell", "init", "tcsh")

    assert 2 == result.status
    assert "There is no snippet for 'tcsh'" in result.err


def test_the_folder_of_the_snippets_is_part_of_the_package() -> None:
    folder = SOURCE / "tokmeter" / "integrations" / "shells"

    assert ["prompt.bash", "prompt.fish", "prompt.ps1", "prompt.zsh"] == sorted(
        path.name for path in folder.iterdir()
    )
