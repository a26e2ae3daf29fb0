"""Pictures of every page, zh and en, wide and narrow: ``python -m tests.browser.screenshots [FOLDER]``."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.browser.pages import NARROW, PAGES, WIDE, chromium, new_page, settle
from tests.browser.server import ROOT, running_app

DAY = "2026-11-20"
NOW = f"{DAY}T10:00+08:00"


def main(folder: Path, clients: int = 200) -> None:
    """Draw the demo of DAY into ``folder`` as ``<page>-<language>-<width>.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        workbook = Path(scratch) / "huifang.xlsx"
        command = [sys.executable, "-m", "lib", "demo", str(workbook), "--clients", str(clients)]
        subprocess.run([*command, "--seed", "1", "--today", DAY], cwd=ROOT, check=True)
        addresses = {name: name for name in PAGES} | name_records(workbook)
        with running_app(workbook, HUIFANG_NOW=NOW) as address, chromium() as browser:
            for language in ("zh", "en"):
                for size in (WIDE, NARROW):
                    page = new_page(browser, address, language, size)
                    for name, path in addresses.items():
                        page.goto(f"{address}/{path}")
                        settle(page)
                        file = folder / f"{name}-{language}-{size['width']}.png"
                        page.screenshot(path=str(file), full_page=False)
                        print(file)
                    page.context.close()


def name_records(workbook: Path) -> dict[str, str]:
    """Addresses of a client and a complaint with something to see: those of the first overdue complaint."""
    command = [sys.executable, "-m", "lib", "obligations", str(workbook), "--now", NOW, "--status", "overdue"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    first = next(row for row in json.loads(done.stdout) if row["worksheet"] == "complaints")
    return {
        "client": f"client?client={first['client_id']}",
        "complaint": f"complaints?complaint={first['record']}",
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
