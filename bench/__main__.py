"""All benchmarks, one after the other, each in a process of its own: ``python -m bench [NAME ...]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; answers 1 if any of them failed."""
    every = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
    status = 0
    for name in names or every:
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=HERE.parent, check=False)
        status = status or min(1, done.returncode)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
