"""A CSV of one's own: read as its owner describes it, every row once, however often it is imported."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tokmeter.histories._detect import read_history
from tokmeter.histories._record import Call, Item, Remark, Tokens
from tokmeter.histories.mapped_csv import parse_map

MAP = "ts=Date,model=Model,in=Input,out=Output,cost=Cost"


def read(text: str, mapping: str = MAP) -> list[Item]:
    source = io.BytesIO(text.encode())
    found = list(
        read_history(source, mapping=parse_map(mapping), name="mine.csv", mtime_ms=1_780_000_000_000)
    )
    return [item for _, item in found]


def calls(text: str, mapping: str = MAP) -> list[Call]:
    return [item for item in read(text, mapping) if isinstance(item, Call)]


def remarks(text: str, mapping: str = MAP) -> list[tuple[str, str, int]]:
    return [(item.reason, item.detail, item.line) for item in read(text, mapping) if isinstance(item, Remark)]


def test_a_map_is_read_whatever_its_blanks_and_capitals() -> None:
    expected = {"ts": "date", "model": "model", "in": "prompt tokens", "cost": "cost usd"}

    assert expected == parse_map(" ts=Date, Model = Model ,IN=Prompt Tokens,cost=Cost USD, ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "--map needs the column of the date: ts=Column."),
        ("in=Input", "--map needs the column of the date: ts=Column."),
        ("ts=Date", "--map needs a column to count: in=, fresh=, out=, cache_read=, cache_write= or cost=."),
        ("ts=Date,in", "--map wants field=Column, not 'in'."),
        ("ts=Date,in=", "--map wants field=Column, not 'in='."),
        ("ts=Date,tokens=T", "--map has no field 'tokens'; there are: ts, model, in, "),
        ("ts=Date,in=A,in=B", "--map names the field 'in' twice."),
        (
            "ts=Date,in=A,fresh=B",
            "--map takes either in= (cached input among it) or fresh= (without it), not both.",
        ),
    ],
)
def test_a_map_that_cannot_be_understood_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="--map") as caught:
        parse_map(text)

    assert str(caught.value).startswith(sentence)


def test_a_row_with_every_column_is_a_call_of_disjoint_counts() -> None:
    """1,000 of input, 600 of it read from and 100 written to a cache: 300 are fresh."""
    mapping = (
        "ts=When,model=M,in=I,out=O,cache_read=CR,cache_write=CW,reasoning=R,project=P,provider=Pr,id=Id,"
        "cost=C,currency=Cur"
    )
    text = (
        "When,M,I,O,CR,CW,R,P,Pr,Id,C,Cur\n"
        "2026-02-03T11:00:00+01:00,gpt-5,1000,200,600,100,150,blog,OpenAI,resp_0123456789abcdef,0.0025,USD\n"
    )

    (call,) = calls(text, mapping)

    expected = Call(
        key="resp:resp_0123456789abcdef",
        ts=1_770_112_800_000,
        format="mapped-csv",
        model="gpt-5",
        provider="openai",
        tokens=Tokens(uncached_input=300, cache_read=600, creation_5m=100, output=200, reasoning=150),
        evidence="gateway",
        provider_ref="resp_0123456789abcdef",
        project="blog",
        cost_nanousd=2_500_000,
        cost_kind="estimated",
        line=2,
    )
    assert expected == call


def test_fresh_input_is_taken_as_it_is() -> None:
    (call,) = calls("d,f,r\n2026-02-03,300,600\n", "ts=d,fresh=f,cache_read=r")

    assert (300, 600, "day") == (call.tokens.uncached_input, call.tokens.cache_read, call.ts_quality)


def test_input_below_its_own_cache_reads_never_held_them() -> None:
    text = "Date,Model,Input,Read\n2026-02-03,m,10,600\n"
    mapping = "ts=Date,model=Model,in=Input,cache_read=Read"

    assert [(10, 600)] == [
        (call.tokens.uncached_input, call.tokens.cache_read) for call in calls(text, mapping)
    ]
    assert [("not-exclusive", "in", 2)] == remarks(text, mapping)


COUNTS = {
    "1234": 1_234,
    "1,234": 1_234,
    "1.234": 1_234,
    "1 234 567": 1_234_567,
    "1\u202f234": 1_234,
    "12'345": 12_345,
    "1234.0": 1_234,
    "": 0,
    "-5": None,
    "1.5": None,
    "12k": None,
    "=SUM(A1)": None,
    "9" * 40: None,
}


@pytest.mark.parametrize(("text", "expected"), COUNTS.items(), ids=[key[:12] or "nothing" for key in COUNTS])
def test_counts_are_read_as_people_write_them(text: str, expected: int | None) -> None:
    rows = f"Date;Model;Input;Output;Cost\n2026-02-03;m;{text};7;\n"

    assert [expected or 0] == [call.tokens.input for call in calls(rows)]
    assert ([("count-invalid", "in", 2)] if expected is None else []) == remarks(rows)


AMOUNTS = {
    "0.0123": (12_300_000, None),
    "$1,234.56": (1_234_560_000_000, None),
    "1.234,56": (1_234_560_000_000, None),
    "0,123": (123_000_000, None),
    "1,23": (1_230_000_000, None),
    "1,234": (1_234_000_000_000, None),
    "2 USD": (2_000_000_000, None),
    "1.5e-05": (15_000, None),
    "": (None, None),
    "-1": (None, "count-invalid"),
    "free": (None, "count-invalid"),
    "3,50 €": (None, "other-currency"),
    "£2": (None, "other-currency"),
}


@pytest.mark.parametrize(("text", "expected"), AMOUNTS.items(), ids=[key or "nothing" for key in AMOUNTS])
def test_amounts_are_read_as_people_write_them(text: str, expected: tuple[int | None, str | None]) -> None:
    rows = f"Date;Model;Input;Output;Cost\n2026-02-03;m;5;7;{text}\n"
    nano, reason = expected

    assert [nano] == [call.cost_nanousd for call in calls(rows)]
    assert ([(reason, "cost", 2)] if reason else []) == remarks(rows)


def test_an_amount_in_a_currency_of_its_own_column_is_no_dollars() -> None:
    rows = "Date,Cost,Cur\n2026-02-03,2.5,EUR\n2026-02-03,2.5,usd\n"

    assert [None, 2_500_000_000] == [
        call.cost_nanousd for call in calls(rows, "ts=Date,cost=Cost,currency=Cur")
    ]


# 2026-02-03T10:00:00Z is 1,770,112,800 s, its midnight 1,770,076,800 s.
TIMES = {
    "2026-02-03T10:00:00Z": (1_770_112_800_000, "exact"),
    "2026-02-03 10:00:00": (1_770_112_800_000, "exact"),
    "2026/02/03 10:00": (1_770_112_800_000, "exact"),
    "03.02.2026 10:00": (1_770_112_800_000, "exact"),
    "1770112800": (1_770_112_800_000, "exact"),
    "1770112800000": (1_770_112_800_000, "exact"),
    "2026-02-03": (1_770_076_800_000, "day"),
    "3.2.2026": (1_770_076_800_000, "day"),
    "02/03/2026": (1_780_000_000_000, "file"),
    "soon": (1_780_000_000_000, "file"),
    "": (1_780_000_000_000, "file"),
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items(), ids=[key or "nothing" for key in TIMES])
def test_times_are_read_where_they_can_mean_one_thing_only(text: str, expected: tuple[int, str]) -> None:
    rows = f"Date,Model,Input,Output,Cost\n{text},m,5,7,\n"

    assert [expected] == [(call.ts, call.ts_quality) for call in calls(rows)]
    assert ([("no-time", "ts", 2)] if expected[1] == "file" else []) == remarks(rows)


ROWS = "Date,Model,Input,Output,Cost\n2026-02-03,m,5,7,\n2026-02-03,m,5,7,\n2026-02-03,m,5,8,\n"


def test_equal_rows_stay_apart_and_a_second_import_gives_the_same_keys() -> None:
    first = [call.key for call in calls(ROWS)]

    assert 3 == len(set(first))
    assert first == [call.key for call in calls(ROWS)]


def test_rows_keep_their_keys_when_the_file_grows_or_is_sorted() -> None:
    """Neither the line nor the name of a file is in a key; of equal rows it does not matter which is which."""
    lines = ROWS.splitlines()
    turned = "\n".join([lines[0], "2026-02-01,m,1,1,", *reversed(lines[1:])])

    assert {call.key for call in calls(ROWS)} < {call.key for call in calls(turned)}


def test_a_short_id_does_not_join_rows_of_different_files() -> None:
    mapping = "ts=Date,in=Input,id=Id"
    one = calls("Date,Input,Id\n2026-02-03,5,1\n", mapping)
    other = calls("Date,Input,Id\n2026-03-04,9,1\n", mapping)

    assert one[0].key != other[0].key
    assert one[0].provider_ref is None


def test_a_row_without_a_number_gives_no_call() -> None:
    assert [("no-usage", "", 2)] == remarks("Date,Model,Input,Output,Cost\n2026-02-03,m,,,\n")


def test_a_file_without_the_columns_says_which(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Date,Model,Prompt\n2026-02-03,m,5\n", encoding="utf-8")

    found = [item for _, item in read_history(path, mapping=parse_map(MAP))]

    assert [Remark(reason="unknown-record", detail="no column for in, out, cost", line=1)] == found


def test_formulas_and_control_characters_are_no_more_than_names() -> None:
    rows = "Date,Model,Input,Output,Cost\n2026-02-03,\"=cmd|'/C calc'!A0\x1b[31m\",5,7,\n"

    assert ["=cmd|'/C calc'!A0[31m"] == [call.model for call in calls(rows)]


def test_without_a_model_the_tokens_count_and_it_is_said() -> None:
    rows = "Date,Input\n2026-02-03,5\n"

    assert [("unknown", 5)] == [(call.model, call.tokens.input) for call in calls(rows, "ts=Date,in=Input")]
    assert [("no-model", "", 2)] == remarks(rows, "ts=Date,in=Input")
