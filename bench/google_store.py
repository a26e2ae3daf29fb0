"""One cell of one record in a Google sheet of 10,000 rows: requests, bytes, seconds, and what else changed.

All work through the emulator, with 250 ms a round trip: ours and peers, each in a process of its own that is
signed in already. Then once more, while a person sorts the sheet and edits another record between the last
read and the first write. ``st-gsheets-connection`` needs an older gspread: ``make bench`` gives it an
environment of its own. Run it with ``python -m bench.google_store``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from bench._google_server import LATENCY_S, TEXT, BenchServer, Damage, Traffic, damage
from bench._measuring import ROOT, machine, verdict

ST_PYTHON = ROOT / ".venv-bench-st" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
PEERS = {
    "gspread": "gspread: find, update_cell",
    "gspread again": "the same, worksheet object kept",
    "gspread-dataframe": "gspread-dataframe",
    "pygsheets": "pygsheets: find, update_value",
    "st-gsheets-connection": "st-gsheets-connection 0.1.0",
    "ours": "ours",
}
BASELINE, RUNS, OUR_RUNS = "gspread", 1, 3
RECORDS, RECORDS_DISTURBED = 10_000, 2_000
AIM_REQUESTS, AIM_BYTES, AIM_POLL_REQUESTS = 2, 2_048, 1
TIMEOUT_S = 300


@dataclass(frozen=True)
class Outcome:
    """Of one piece of work; bytes as (from the client, to it), headers included."""

    seconds: float
    traffic: Traffic
    wire: tuple[int, int]
    damage: Damage


class NotMeasured(Exception):
    """The peer could not do it; the text says why."""


def run(server: BenchServer, name: str, *, disturbed: bool = False) -> Outcome:
    """One child with a fresh spreadsheet; without delay where somebody interferes, as no time counts then."""
    spreadsheet = server.make_spreadsheet(RECORDS_DISTURBED if disturbed else RECORDS)
    before = server.records(spreadsheet)
    python = str(ST_PYTHON) if name == "st-gsheets-connection" else sys.executable
    words = (python, "-m", "bench._google_work", name, server.url, spreadsheet, TEXT)
    try:
        child = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    except OSError:
        raise NotMeasured("its environment is missing: run make bench") from None
    with child:
        try:
            _wait_until_ready(child)
            server.disturbed, server.latency_s = disturbed, 0 if disturbed else LATENCY_S
            server.forget()
            out, err = child.communicate("go\n", timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"stopped after {TIMEOUT_S} s") from None
        finally:
            child.kill()
            server.disturbed, server.latency_s = False, 0
    traffic, wire = server.front.traffic, server.counters.bytes_on_wire()
    if child.returncode:
        raise NotMeasured((err.strip().splitlines() or ["no answer"])[-1])
    seconds = json.loads(out.splitlines()[-1])["seconds"]
    server.forget()
    harm = damage(before, server.records(spreadsheet), disturbed=disturbed)
    server.service.spreadsheets.pop(spreadsheet)
    return Outcome(seconds, traffic, wire, harm)


def _wait_until_ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout
    if child.stdout.readline().strip() != "ready":
        _, err = child.communicate(timeout=TIMEOUT_S)
        raise NotMeasured((err.strip().splitlines() or ["it did not begin"])[-1])


def _tried(server: BenchServer, name: str, *, disturbed: bool = False) -> Outcome | None:
    try:
        return run(server, name, disturbed=disturbed)
    except NotMeasured as reason:
        print(f"not measured: {PEERS.get(name, name)}: {reason}")
        return None


def measure_quiet(server: BenchServer) -> dict[str, Outcome]:
    """Every way alone on the sheet; ours is the run of median time."""
    found = {}
    for name in PEERS:
        runs = [_tried(server, name) for _ in range(OUR_RUNS if name == "ours" else RUNS)]
        done = sorted((one for one in runs if one), key=lambda one: one.seconds)
        if done:
            found[name] = done[len(done) // 2]
    return found


def _print_quiet(found: dict[str, Outcome]) -> None:
    head = ("requests", "wire in, B", "wire out, B", "bodies, B", "unzipped, B", "seconds", "x the first")
    print(f"\n{'one cell of one record':34}" + "".join(f"{word:>13}" for word in head))
    base = found[BASELINE].seconds if BASELINE in found else float("nan")
    for name, one in found.items():
        traffic = one.traffic
        counts = (traffic.requests, *one.wire, traffic.bodies, traffic.bodies_unzipped)
        cells = "".join(f"{count:>13,}" for count in counts)
        print(f"{PEERS[name]:34}{cells}{one.seconds:13.2f}{one.seconds / base:12.2f}x")
    print("wire: request and answer whole, headers included; bodies: both ways, gzip where it was asked for")


def _print_damage(title: str, found: dict[str, Outcome]) -> None:
    head = "changed", "wrong rows", "their edit", "formulas", "zeros", "other cells", "rows gone", "requests"
    print(f"\n{title:34}" + "".join(f"{word:>13}" for word in head))
    for name, one in found.items():
        harm = one.damage
        words = (
            "yes" if harm.is_changed else "NO",
            harm.strays,
            "LOST" if harm.theirs_lost else "kept",
            *(harm.formulas, harm.zeros, harm.others, harm.missing, one.traffic.requests),
        )
        print(f"{PEERS[name]:34}" + "".join(f"{word:>13}" for word in words))


def _print_aims(ours: Outcome | None, poll: Outcome | None) -> None:
    print()
    if ours:
        count, size = ours.traffic.requests, ours.traffic.bodies
        print(
            f"aim: ours in {AIM_REQUESTS} requests: {count}, {verdict(count <= AIM_REQUESTS)}; at most "
            f"{AIM_BYTES:,} bytes of bodies as sent: {size:,}, {verdict(size <= AIM_BYTES)} "
            f"({ours.traffic.bodies_unzipped:,} before gzip, {sum(ours.wire):,} with all headers)"
        )
    if poll:
        count = poll.traffic.requests
        print(
            f"aim: poll of all worksheets in {AIM_POLL_REQUESTS} request: {count}, "
            f"{verdict(count <= AIM_POLL_REQUESTS)}; {poll.traffic.bodies:,} bytes of bodies as sent, "
            f"{poll.traffic.bodies_unzipped:,} before gzip, {poll.seconds:.2f} s"
        )


def main() -> int:
    print(f"{machine()}; {RECORDS:,} rows x 15, {LATENCY_S * 1000:.0f} ms a round trip")
    with BenchServer() as server:
        quiet = measure_quiet(server)
        poll = _tried(server, "our poll")
        sorted_between = {name: one for name in PEERS if (one := _tried(server, name, disturbed=True))}
    _print_quiet(quiet)
    _print_damage("alone: what else changed", quiet)
    _print_damage("somebody sorts and edits between", sorted_between)
    print(
        "their edit: of another record, meanwhile; formulas, zeros, other cells: turned into something else"
    )
    _print_aims(quiet.get("ours"), poll)
    print(f"\nafterwards: {machine()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
