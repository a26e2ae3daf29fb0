"""The house rules that can be read off the source: who imports whom, where the clock is, how long things are.

Each rule is a function from a source to its breaches; each is tried on the whole tree and on a bad example.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_PAGE = 60, 400, 80

# What a room may import of our own code besides itself. The longest matching name decides.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "lib.locale": (),
    "lib.settings": ("lib.locale",),
    "lib.store": ("lib.locale",),
    "lib.store.opening": ("lib.locale", "lib.settings", "lib.store"),
    "lib.store.state_folder": ("lib.settings",),
    "lib.standard": ("lib.locale",),
    "lib.records": ("lib.locale", "lib.standard", "lib.store.contract", "lib.store.new_workbook"),
    "lib.service": ("lib.locale", "lib.standard", "lib.records", "lib.store.contract"),
    "lib.demo": ("lib.locale", "lib.standard", "lib.records"),
    "lib.desk": ("lib.locale", "lib.settings", "lib.standard", "lib.records", "lib.service", "lib.store"),
    "lib.commands": (
        *("lib.locale", "lib.settings", "lib.standard", "lib.records", "lib.service"),
        *("lib.store", "lib.demo", "lib.desk"),
    ),
    "lib.__main__": ("lib.commands",),
    "lib.ui": (
        *("lib.locale", "lib.settings", "lib.standard", "lib.records", "lib.service", "lib.desk"),
        *("lib.store.contract", "lib.store.opening"),
    ),
    "pages": ("lib.locale", "lib.standard", "lib.records", "lib.service", "lib.desk", "lib.ui"),
    "app": ("lib.ui", "pages"),
}
# Packages of others, and the only rooms that may import them.
CONFINED: dict[str, tuple[str, ...]] = {
    "streamlit": ("lib.ui", "pages", "app"),
    "plotly": ("lib.ui",),
    "plotly.express": (),
    "gspread": ("lib.store.google",),
    "google": ("lib.store.google",),
    "requests": ("lib.store.google",),
    "lxml": ("lib.store",),
    "xlsxwriter": ("lib.store",),
    "python_calamine": ("lib.store",),
    "openpyxl": (),
}
TIMELESS = ("lib.standard", "lib.records", "lib.service", "lib.store", "lib.demo", "lib.desk")
# The ages of files are on the machine's clock.
FILE_AGES = ("lib.store.workbook", "lib.store.files", "lib.store.holders", "lib.store.clock")
CLOCKS = {
    ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"),
    ("Timestamp", "now"), ("Timestamp", "today"),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    module: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


def read_sources() -> list[Source]:
    paths = [*ROOT.glob("lib/**/*.py"), *ROOT.glob("pages/*.py"), *ROOT.glob("app.py")]
    return [Source(_module(path), path.read_text(encoding="utf-8")) for path in sorted(paths)]


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def is_within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


def imported(source: Source) -> Iterator[str]:
    """Every imported name as ``package.module.name``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = source.module.split(".")[: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


# --- the rules -------------------------------------------------------------------------------------


def against_the_direction(source: Source) -> list[str]:
    room = max((room for room in MAY_IMPORT if source.module.startswith(room)), key=len, default="")
    if not room:
        return [] if source.module in ("lib", "pages") else [f"{source.module} belongs to no known room"]
    allowed = (room, *MAY_IMPORT[room])
    ours = [name for name in imported(source) if is_within(name, ("lib", "pages", "app"))]
    return [f"{source.module} imports {name}" for name in ours if not is_within(name, allowed)]


def outside_their_room(source: Source) -> list[str]:
    return [
        f"{source.module} imports {name}"
        for name in imported(source)
        for package, rooms in CONFINED.items()
        if is_within(name, (package,)) and not is_within(source.module, rooms)
    ]


def clocks_below_the_desk(source: Source) -> list[str]:
    if not is_within(source.module, TIMELESS) or is_within(source.module, FILE_AGES):
        return []
    return [
        f"{source.module}:{node.lineno} reads the clock"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and (_last_name(node.value), node.attr) in CLOCKS
    ]


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def long_functions(source: Source) -> list[str]:
    return [
        f"{source.module}.{node.name} has {length} lines"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def long_files(source: Source) -> list[str]:
    longest = LONGEST_PAGE if source.module.startswith("pages.") else LONGEST_FILE
    length = len(source.text.splitlines())
    return [f"{source.module} has {length} lines"] if length > longest else []


def pages_that_act_when_imported(source: Source) -> list[str]:
    if not source.module.startswith("pages."):
        return []
    return [
        f"{source.module}:{node.lineno} runs when the page file is run alone"
        for node in source.tree.body
        if not _is_inert(node)
    ]


def _is_inert(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not any(isinstance(part, ast.Call | ast.Await) for part in ast.walk(node))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef) or _hands_over(node)


def _hands_over(node: ast.stmt) -> bool:
    """The lines that start the app when a page's file is what Streamlit runs."""
    return (
        isinstance(node, ast.If)
        and ast.unparse(node.test) == "__name__ == '__main__'"
        and [ast.unparse(line) for line in (*node.body, *node.orelse)] == ["open_app()"]
    )


def unsafe_html(source: Source) -> list[str]:
    return [f"{source.module} uses unsafe_allow_html"] if "unsafe_allow_html" in source.text else []


RULES: dict[Callable[[Source], list[str]], list[Source]] = {
    against_the_direction: [
        Source("lib.standard.x", "from lib.records.schema import load_schema"),
        Source("lib.records.x", "from lib.store.workbook import WorkbookStore"),
        Source("lib.store.x", "import lib.standard.clauses"),
        Source("lib.store.x", "from ..service import tiers"),
        Source("lib.service.x", "def f():\n    from lib.desk import Desk"),
        Source("lib.desk.x", "from lib import ui"),
        Source("lib.ui.x", "from pages import today"),
        Source("pages.x", "from lib.store.contract import Value"),
        Source("lib.stray", "import os"),
    ],
    outside_their_room: [
        Source("lib.service.x", "import streamlit as st"),
        Source("lib.desk.x", "from plotly import graph_objects"),
        Source("lib.ui.x", "import plotly.express as px"),
        Source("lib.store.workbook", "import gspread"),
        Source("lib.store.journal", "from google.oauth2 import service_account"),
        Source("lib.desk.x", "import requests"),
        Source("lib.records.x", "from lxml import etree"),
        Source("lib.ui.x", "import xlsxwriter"),
        Source("lib.records.x", "from python_calamine import CalamineWorkbook"),
        Source("lib.store.x", "import openpyxl"),
    ],
    clocks_below_the_desk: [
        Source("lib.service.x", "import datetime\nnow = datetime.datetime.now()"),
        Source("lib.standard.x", "from datetime import date\ndef f():\n    return date.today()"),
        Source("lib.store.x", "import time\nage = time.time()"),
        Source("lib.records.x", "field(default_factory=datetime.utcnow)"),
    ],
    long_functions: [Source("lib.service.x", "def f():\n" + "    pass\n" * LONGEST_FUNCTION)],
    long_files: [
        Source("lib.service.x", "pass\n" * (LONGEST_FILE + 1)),
        Source("pages.x", "pass\n" * (LONGEST_PAGE + 1)),
    ],
    pages_that_act_when_imported: [
        Source("pages.x", "import streamlit as st\nst.title('x')"),
        Source("pages.x", "ROWS = load()"),
        Source("pages.x", "if __name__ == '__main__':\n    show()"),
    ],
    unsafe_html: [Source("lib.ui.x", "st.markdown(name, unsafe_allow_html=True)")],
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Callable[[Source], list[str]]) -> None:
    assert [breach for source in read_sources() for breach in rule(source)] == []


@pytest.mark.parametrize(
    ("rule", "example"),
    [(rule, example) for rule, examples in RULES.items() for example in examples],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_the_rule_finds_a_breach(rule: Callable[[Source], list[str]], example: Source) -> None:
    assert rule(example)


def test_what_the_rules_allow_passes() -> None:
    source = Source("lib.service.x", "from lib.standard.clauses import Clause\nfrom time import monotonic\n")
    assert [breach for rule in RULES for breach in rule(source)] == []


def test_the_whole_tree_is_read() -> None:
    modules = {source.module for source in read_sources()}
    assert {
        "app",
        "pages.today",
        "lib.locale",
        "lib.store.contract",
        "lib.ui.shell",
        "lib.__main__",
    } <= modules
