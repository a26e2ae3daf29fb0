"""Strategies: small spreadsheets with random facts for all clauses, around holidays and month ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.service.worlds import SCHEMA

CLIENTS = ("c1", "c2", "c3")
FIRST = datetime.fromisoformat("2025-09-01")
_MINUTES = 400 * 24 * 60

# Days on which mistakes hide: around holidays, working Saturdays and month ends.
_SPECIAL = [
    datetime.fromisoformat(day)
    for day in ("2025-09-28", "2026-01-31", "2026-02-13", "2026-02-28", "2026-04-30")
]

moments = st.one_of(
    st.integers(0, _MINUTES).map(lambda minutes: FIRST + timedelta(minutes=minutes)),
    st.tuples(st.sampled_from(_SPECIAL), st.integers(0, 3 * 24 * 60)).map(
        lambda pair: pair[0] + timedelta(minutes=pair[1])
    ),
    st.integers(0, 400).map(lambda days: FIRST + timedelta(days=days)),
).map(str)
days = st.integers(0, 400).map(lambda number: str(date(2025, 9, 1) + timedelta(days=number)))
amounts = st.integers(0, 900_000)


def _cells(worksheet: str, name: str) -> Any:
    column = SCHEMA.worksheets[worksheet].columns[name]
    if name == "client":
        return st.sampled_from(CLIENTS)
    if column.type == "ref":
        return st.sampled_from(["s1", "s2"]) if column.ref == "staff" else st.none()
    if column.type == "choice":
        return st.sampled_from([choice.code for choice in column.choices])
    plain = {
        "datetime": moments,
        "date": days,
        "bool": st.booleans(),
        "money": amounts,
        "integer": st.integers(1, 5),
    }
    return plain.get(column.type, st.sampled_from(["甲", "乙"]))


def rows(worksheet: str, count: int, columns: tuple[str, ...] = ()) -> Any:
    """Up to ``count`` rows; cells of some columns may be empty."""
    names = columns or tuple(SCHEMA.worksheets[worksheet].columns)
    always = [name for name in names if name == "client"]
    cells = {name: _cells(worksheet, name) for name in names}
    row = st.fixed_dictionaries(
        {name: cells[name] for name in always},
        optional={name: cells[name] for name in names if name not in always},
    )
    return st.lists(row, max_size=count)


def _clients() -> Any:
    names = tuple(
        name for name in SCHEMA.worksheets["clients"].columns if name not in ("name", "former_names")
    )
    row = st.fixed_dictionaries({}, optional={name: _cells("clients", name) for name in names})
    return st.tuples(*[row] * len(CLIENTS)).map(
        lambda found: [{"id": key, "name": key, **cells} for key, cells in zip(CLIENTS, found, strict=True)]
    )


def _waits() -> Any:
    record = st.sampled_from(
        [
            ("complaints", "c1"),
            ("complaints", "c2"),
            ("visits", "v1"),
            ("promises", "p1"),
            ("interactions", "i1"),
            ("inquiries", "i1"),
            ("clients", "c1"),
        ]
    )
    length = st.one_of(st.none(), st.integers(1, 10 * 24 * 60))
    kind = st.sampled_from(["client", "client", "client", "postponed"])
    return st.lists(st.tuples(record, moments, length, kind).map(_wait), max_size=4)


def _wait(parts: Any) -> dict[str, Any]:
    (worksheet, record), start, minutes, kind = parts
    end = None if minutes is None else str(datetime.fromisoformat(start) + timedelta(minutes=minutes))
    return {"worksheet": worksheet, "record": record, "kind": kind, "from_at": start, "until_at": end}


worlds = st.fixed_dictionaries(
    {
        "staff": st.just([{"id": "s1", "name": "王"}, {"id": "s2", "name": "李"}]),
        "clients": _clients(),
        "tier_pins": rows("tier_pins", 2, ("client", "tier", "from_on", "until_on")),
        "contacts": rows("contacts", 2, ("client", "name")),
        "transactions": rows("transactions", 5, ("client", "amount", "purchased_on", "state")),
        "inquiries": rows("inquiries", 2),
        "interactions": rows("interactions", 4),
        "visits": rows("visits", 3),
        "promises": rows("promises", 3),
        "complaints": rows("complaints", 3),
        "waits": _waits(),
    }
)
