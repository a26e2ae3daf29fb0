"""Entry point: identity and navigation, nothing else."""

from __future__ import annotations

from lib.ui import shell
from pages import (
    client,
    clients,
    complaints,
    conflicts,
    follow_ups,
    history,
    import_rows,
    records,
    sheet_health,
    standard,
    today,
)

shell.run(
    {
        "ui.section_work": [
            ("today", today.show, ":material/today:"),
            ("follow_ups", follow_ups.show, ":material/event_repeat:"),
        ],
        "ui.section_clients": [
            ("clients", clients.show, ":material/groups:"),
            ("complaints", complaints.show, ":material/feedback:"),
            ("records", records.show, ":material/edit_note:"),
        ],
        "ui.section_sheet": [
            ("conflicts", conflicts.show, ":material/call_split:"),
            ("history", history.show, ":material/history:"),
            ("sheet_health", sheet_health.show, ":material/health_and_safety:"),
            ("import_rows", import_rows.show, ":material/upload_file:"),
            ("standard", standard.show, ":material/rule:"),
        ],
    },
    hidden=[("client", client.show)],
)
