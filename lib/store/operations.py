"""Which operations were applied already: in this process, and as the workbook itself remembers."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from lib.store.contract import Receipt
from lib.store.planning import CellEdits
from lib.store.reading import Grid, read_grid

KEY = "operations"
KEPT_IN_FILE = 1_000
KEPT_IN_MEMORY = 1_000


class ReceiptMemory:
    """The receipts of the last operations of this process."""

    def __init__(self) -> None:
        self._receipts: OrderedDict[str, Receipt] = OrderedDict()

    def recall(self, operation_id: str) -> Receipt | None:
        return self._receipts.get(operation_id)

    def keep(self, receipt: Receipt) -> None:
        self._receipts[receipt.operation_id] = receipt
        while len(self._receipts) > KEPT_IN_MEMORY:
            self._receipts.popitem(last=False)


class OperationLog:
    """One cell of the hidden ``_meta`` worksheet: marks of the last operations, oldest first."""

    def __init__(self, meta: Grid | None) -> None:
        self._place: tuple[int, int] | None = None
        self._marks: list[str] = []
        self._label: CellEdits = {}
        if meta is not None and meta.columns:
            self._find(meta)

    def __contains__(self, operation_id: str) -> bool:
        return _mark(operation_id) in self._marks

    def entry(self, operation_id: str) -> CellEdits:
        """The cells that add an operation; none where the workbook keeps no log."""
        if self._place is None:
            return {}
        marks = [*self._marks, _mark(operation_id)][-KEPT_IN_FILE:]
        return {**self._label, self._place: " ".join(marks)}

    def _find(self, meta: Grid) -> None:
        read = read_grid(meta)
        keys, column = meta.columns[0].tolist(), meta.first_column
        if KEY in keys:
            row = meta.first_row + keys.index(KEY) + 1
            self._marks = str(read.value(row, column + 1) or "").split()
        else:
            row = read.last_row + 1
            self._label = {(row, column): KEY}
        self._place = (row, column + 1)


def _mark(operation_id: str) -> str:
    return hashlib.sha256(operation_id.encode("utf-8", "replace")).hexdigest()[:20]
