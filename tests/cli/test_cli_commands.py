"""What the single commands answer."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path

import pytest
from cli_run import AS_OF, Tokmeter

from tokmeter.cli.app import COMMANDS, load
from tokmeter.cli.commands.examples import EXAMPLES
from tokmeter.cli.help import show_help

CONTRACT = [
    "key",
    "source",
    "ts",
    "session_id",
    "parent_session_id",
    "agent_id",
    "project",
    "git_branch",
    "provider",
    "model",
    "model_raw",
    "uncached_input_tokens",
    "cache_read_input_tokens",
    "cache_creation_5m_input_tokens",
    "cache_creation_1h_input_tokens",
    "output_tokens",
    "reasoning_output_tokens",
    "web_searches",
    "service_tier",
    "speed",
    "count_basis",
    "flags",
    "reported_cost_nanousd",
    "list_cost_nanousd",
    "input_tokens",
    "total_tokens",
]
"""The fields of a ledger entry, and the two that are derived."""


class TestExport:
    """The contract that other programs read."""

    def test_every_entry_has_the_fields_of_the_contract(self, warm: Tokmeter) -> None:
        entries = [json.loads(line) for line in warm("export").out.splitlines()]

        assert entries
        assert [] == [name for entry in entries for name in CONTRACT if name not in entry]

    def test_the_disjoint_columns_add_up(self, warm: Tokmeter) -> None:
        for entry in map(json.loads, warm("export").out.splitlines()):
            read = entry["uncached_input_tokens"] + entry["cache_read_input_tokens"]
            written = entry["cache_creation_5m_input_tokens"] + entry["cache_creation_1h_input_tokens"]

            assert read + written == entry["input_tokens"]
            assert entry["input_tokens"] + entry["output_tokens"] == entry["total_tokens"]

    def test_entries_stand_in_order_of_time_and_keys_are_unique(self, warm: Tokmeter) -> None:
        entries = [json.loads(line) for line in warm("export").out.splitlines()]

        assert sorted(entries, key=lambda entry: (entry["ts"], entry["key"])) == entries
        assert len(entries) == len({entry["key"] for entry in entries})

    def test_an_unpriced_entry_has_null_never_zero(self, warm: Tokmeter) -> None:
        costs = {
            entry["model"]: entry["list_cost_nanousd"]
            for entry in map(json.loads, warm("export").out.splitlines())
        }

        assert costs["lantern-coder-30b"] is None
        assert costs["claude-opus-4-8"] > 0

    def test_csv_holds_the_same_rows(self, warm: Tokmeter) -> None:
        lines = [json.loads(line) for line in warm("export").out.splitlines()]
        rows = list(csv.DictReader(io.StringIO(warm("export", "--format", "csv").out)))

        def as_text(value: object) -> str:
            return "" if value is None else " ".join(value) if isinstance(value, list) else str(value)

        assert [{name: as_text(value) for name, value in entry.items()} for entry in lines] == rows

    @pytest.mark.parametrize(
        ("switches", "field", "values"),
        [
            pytest.param(("--source", "codex"), "source", {"codex"}, id="source"),
            pytest.param(("--model", "claude-haiku-4-5"), "model", {"claude-haiku-4-5"}, id="model"),
            pytest.param(("--project", "infra"), "project", {"/home/you/infra"}, id="project"),
        ],
    )
    def test_filters(self, warm: Tokmeter, switches: tuple[str, ...], field: str, values: set[str]) -> None:
        everything = [json.loads(line) for line in warm("export").out.splitlines()]
        chosen = [json.loads(line) for line in warm("export", *switches).out.splitlines()]

        assert [entry for entry in everything if entry[field] in values] == chosen
        assert chosen

    def test_since_and_until_hold_whole_days(self, warm: Tokmeter) -> None:
        everything = [json.loads(line) for line in warm("export").out.splitlines()]
        chosen = warm("export", "--since", "2026-11-17", "--until", "2026-11-18").out.splitlines()

        assert [entry for entry in everything if "2026-11-17" <= entry["ts"][:10] <= "2026-11-18"] == list(
            map(json.loads, chosen)
        )

    def test_what_is_later_than_a_moved_clock_is_left_out(self, warm: Tokmeter) -> None:
        """The clock of the test's history is 17:05 on 21 November; `--as-of` a day means its last instant."""
        everything = warm("export").out.splitlines()
        earlier = [line for line in everything if json.loads(line)["ts"] < "2026-11-16T00:00:00.000Z"]
        bounds = ("--as-of", "2026-11-15", "--no-sync")
        told = warm.bare("export", *bounds).out.splitlines()
        ranged = warm.bare(
            "export", *bounds, "--since", "2026-11-15", "--until", "2026-11-20"
        ).out.splitlines()

        assert 0 < len(earlier) < len(everything)
        assert earlier == told
        assert [line for line in earlier if json.loads(line)["ts"] >= "2026-11-15"] == ranged

    def test_a_file_is_private_and_complete(self, warm: Tokmeter, tmp_path: Path) -> None:
        result = warm("export", "-o", str(tmp_path / "all.jsonl"))

        assert (0, "") == (result.status, result.out)
        assert warm("export").out == (tmp_path / "all.jsonl").read_text()
        assert 0o600 == stat.S_IMODE((tmp_path / "all.jsonl").stat().st_mode)
        assert [tmp_path / "all.jsonl"] == list(tmp_path.iterdir())

    def test_a_file_that_cannot_be_written_is_said_so(self, warm: Tokmeter, tmp_path: Path) -> None:
        result = warm("export", "-o", str(tmp_path / "missing" / "all.jsonl"))

        assert 1 == result.status
        assert "cannot be written" in result.err


def test_sync_counts_what_it_read_and_nothing_the_second_time(fresh: Tokmeter) -> None:
    first, second = (json.loads(fresh("sync", "--json").out)["data"] for _ in range(2))

    entries = len(fresh("export").out.splitlines())
    assert (entries, 0) == (first["entries_new"], second["entries_new"])
    assert (first["files_seen"], 0) == (first["files_read"], second["files_read"])


def test_verify_reads_everything_again_and_changes_nothing(warm: Tokmeter) -> None:
    before = warm("export").out
    result = json.loads(warm("sync", "--verify", "--json").out)["data"]

    assert result["files_seen"] == result["files_read"]
    assert before == warm("export").out


def test_paths_names_every_file_and_creates_none(fresh: Tokmeter) -> None:
    data = json.loads(fresh("paths", "--json").out)["data"]

    assert {"config", "prices", "ledger", "state", "cache"} == set(data["files"])
    assert str(fresh.own / "ledger.db") == data["files"]["ledger"]["path"]
    assert {"claude-code", "codex"} <= {place["source"] for place in data["logs"]}
    assert not fresh.own.exists()
    assert str(fresh.own / "ledger.db") in fresh("paths").out


def test_sources_counts_files_and_entries(warm: Tokmeter) -> None:
    document = json.loads(warm("sources", "--json").out)
    entries = [json.loads(line)["source"] for line in warm("export").out.splitlines()]

    counted = {row["source"]: row["entries"] for row in document["data"]["sources"] if row["entries"]}
    assert {"claude-code": entries.count("claude-code"), "codex": entries.count("codex")} == counted


class TestSession:
    """One conversation by the beginning of its id."""

    def test_a_beginning_that_fits_one_session_is_enough(self, warm: Tokmeter) -> None:
        listed = json.loads(warm("sessions", "--json", "all").out)["data"]["sessions"]
        wanted = listed[0]["session_id"]
        shown = json.loads(warm("session", wanted[:13], "--json").out)

        assert "tokmeter.session/1" == shown["schema"]
        assert wanted == shown["data"]["session_id"]

    def test_one_that_fits_several_lists_them(self, warm: Tokmeter) -> None:
        listed = json.loads(warm("sessions", "--json", "all").out)["data"]["sessions"]
        first = [row["session_id"][0] for row in listed]
        several = next(letter for letter in first if first.count(letter) > 1)
        result = warm("session", several)

        assert 2 == result.status
        assert 2 <= sum(row["session_id"] in result.err for row in listed)


class TestExplain:
    """From a figure back to file and line."""

    def test_a_key_leads_to_the_line_that_holds_it(self, warm: Tokmeter) -> None:
        entry = next(
            entry
            for entry in map(json.loads, warm("export").out.splitlines())
            if entry["source"] == "claude-code"
        )
        found = json.loads(warm("explain", entry["key"], "--json").out)["data"]["entries"][0]

        lines = Path(found["path"]).read_text().splitlines()
        assert entry["key"].removeprefix("m:") in lines[found["first_line"] - 1]

    @pytest.mark.parametrize("subject", [("lantern-coder-30b",), ("unpriced",)], ids=" ".join)
    def test_a_model_and_a_word_list_the_same_entries(self, warm: Tokmeter, subject: tuple[str, ...]) -> None:
        entries = [
            entry
            for entry in map(json.loads, warm("export").out.splitlines())
            if entry["model"] == "lantern-coder-30b"
        ]
        data = json.loads(warm("explain", *subject, "--json").out)["data"]

        assert {entry["key"] for entry in entries} == {entry["key"] for entry in data["entries"]}
        assert len(entries) == data["matched"]

    def test_a_period_tells_how_many_there_are_beyond_those_listed(self, warm: Tokmeter) -> None:
        data = json.loads(warm("explain", "all", "--json").out)["data"]

        assert 10 == len(data["entries"])
        assert len(warm("export").out.splitlines()) == data["matched"]


class TestPrices:
    """Unit prices and what they are good for."""

    def test_a_published_price_is_shown_with_its_source(self, warm: Tokmeter) -> None:
        """claude-opus-4-8 lists at 5 and 25 dollars per million tokens."""
        result = warm("prices", "show", "claude-opus-4-8")

        assert 0 == result.status
        assert "$5.00" in result.out
        assert "$25.00" in result.out
        assert "genai-prices" in result.out

    def test_a_model_without_a_price_is_status_1(self, warm: Tokmeter) -> None:
        result = warm("prices", "show", "lantern-coder-30b")

        assert 1 == result.status
        assert "no published price" in result.out

    def test_a_price_of_ones_own_is_taken_by_reprice(self, fresh: Tokmeter) -> None:
        fresh("sync")
        (fresh.own / "prices.toml").write_text(
            '[[price]]\nmodel = "lantern-*"\ninput = 1.0\ncache_read = 1.0\noutput = 1.0\n'
        )
        before = fresh("export").out
        tried = json.loads(fresh("reprice", "--dry-run", "--json").out)["data"]
        untouched = fresh("export", "--no-sync").out
        done = json.loads(fresh("reprice", "--json").out)["data"]
        priced = [
            entry
            for entry in map(json.loads, fresh("export").out.splitlines())
            if entry["model"] == "lantern-coder-30b"
        ]

        assert before == untouched
        assert len(priced) == tried["changed"] == done["changed"]
        # One dollar per million tokens of any kind is 1,000 nano-dollars a token.
        assert [1_000 * entry["total_tokens"] for entry in priced] == [
            entry["list_cost_nanousd"] for entry in priced
        ]


class TestDoctor:
    """Checks, their status and what they may tell."""

    def test_a_sound_installation_is_status_0(self, warm: Tokmeter) -> None:
        result = warm("doctor")

        assert 0 == result.status
        assert "integrity good" in result.out
        assert "1 model: lantern-coder-30b" in result.out

    def test_json_has_the_same_checks(self, warm: Tokmeter) -> None:
        document = json.loads(warm("doctor", "--json").out)
        checks = {check["id"]: check["status"] for check in document["data"]["checks"]}

        assert "ok" == checks["ledger.ledger.db"]
        assert "warn" == checks["pricing.unpriced"]

    def test_faults_are_listed_with_file_and_line_and_without_content(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        log = home / ".claude" / "projects" / "-p" / "11111111-1111-4111-8111-111111111111.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text('{"type":"summary"}\n{"type":"assistant","secret words: tru\n')
        run = Tokmeter(tmp_path, home)
        result = run("doctor", "-v")

        assert 0 == result.status
        assert f"{log}:2  line-unreadable" in result.out
        assert "secret" not in result.out

    def test_a_ledger_that_cannot_be_written_is_a_failure(self, fresh: Tokmeter) -> None:
        blocked = fresh.own.parent / "file"
        blocked.write_text("")
        result = fresh("doctor", env={"TOKMETER_LEDGER": str(blocked / "ledger.db")})

        assert 1 == result.status
        assert "fail" in result.out

    def test_a_ledger_open_to_others_is_a_warning_with_the_command_that_closes_it(
        self, fresh: Tokmeter
    ) -> None:
        fresh("sync")
        (fresh.own / "ledger.db").chmod(0o644)

        assert f"chmod 600 '{fresh.own / 'ledger.db'}'" in fresh("doctor").out


class TestPeriods:
    """Which time a report is of."""

    @pytest.mark.parametrize(
        ("arguments", "title"),
        [
            pytest.param(("week", "last", "week"), "Week 46 ", id="free words"),
            pytest.param(("last", "week"), "Week 46 ", id="without a command"),
            pytest.param(("2026-W46",), "Week 46 ", id="an ISO week without a command"),
            pytest.param(("month",), "Nov", id="month"),
            pytest.param(("day", "yesterday"), "Fri 20 Nov 2026", id="yesterday"),
        ],
    )
    def test_words(self, warm: Tokmeter, arguments: tuple[str, ...], title: str) -> None:
        assert title in warm(*arguments).out.splitlines()[0]

    def test_a_day_as_clock_is_its_end(self, warm: Tokmeter) -> None:
        result = warm.bare("day", "--home", str(warm.home), "--as-of", "2026-11-20", "--json")

        assert "2026-11-20T23:59:59.999Z" == json.loads(result.out)["generated_at"]

    def test_weeks_begin_when_the_config_says(self, fresh: Tokmeter) -> None:
        fresh.own.mkdir()
        (fresh.own / "config.toml").write_text('week_start = "sunday"\n')
        period = json.loads(fresh("week", "--json").out)["period"]

        assert period["start"].startswith("2026-11-15T00:00")

    @pytest.mark.parametrize("switch", [True, False], ids=["--tz", "TOKMETER_TZ"])
    def test_days_are_cut_in_the_users_zone(self, warm: Tokmeter, switch: bool) -> None:
        """Midnight in Tokyo is 15:00 UTC of the day before."""
        arguments = ("--tz", "Asia/Tokyo") if switch else ()
        env = {} if switch else {"TOKMETER_TZ": "Asia/Tokyo"}
        period = json.loads(warm("day", "2026-11-18", "--json", *arguments, env=env).out)["period"]

        assert period["start"] in {"2026-11-17T15:00:00.000Z", "2026-11-18T00:00:00+09:00"}

    def test_a_budget_of_the_week_is_held_against_the_week(self, fresh: Tokmeter) -> None:
        fresh.own.mkdir()
        (fresh.own / "config.toml").write_text("[budget]\nweek = 1000\n")

        assert "Budget $1,000.00" in fresh("week").out
        assert "Budget" not in fresh("month").out


def test_the_guide_begins_with_examples_and_names_every_command(warm: Tokmeter) -> None:
    out = warm.bare("--help").out

    assert out.index("Examples") < out.index("Commands")
    for name in ("week", "day", "month", "year", "models", "projects", "sessions", "session", "sources"):
        assert f"\n  {name} " in out
    for name in ("explain", "export", "sync", "reprice", "prices show", "paths", "doctor"):
        assert f"\n  {name} " in out
    assert [] == [line for line in out.splitlines() if len(line) > 80]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_page_of_help_fits_80_columns(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    show_help(name, load(name))
    page = capsys.readouterr().out

    assert f"Usage: tokmeter {name} " in page
    assert f"    {EXAMPLES[name][0][0]}" in page
    assert [] == [line for line in page.splitlines() if len(line) > 80]


def test_a_word_that_groups_commands_lists_them(warm: Tokmeter) -> None:
    assert warm.bare("shell").out.splitlines() == [
        "Usage: tokmeter shell COMMAND [SWITCHES]",
        "",
        "Commands",
        "  shell init        The snippet that shows it in bash, zsh, fish, PowerShell",
        "  shell completion  The completions for a shell",
        "",
        "Switches of a command: tokmeter shell COMMAND --help",
    ]


def test_switches_may_stand_before_the_command(warm: Tokmeter) -> None:
    before = warm.bare("--home", str(warm.home), "--as-of", AS_OF, "models", "--plain")

    assert warm("models", "--plain").out == before.out
