"""What protection costs: the profile `public` beside `kansenkaart` on the same cohort, and the audit of the first.

    python benchmarks/protection.py [--children N] [--outcomes N] [--profile NAME]

Every outcome is known of other children, which is the most work there can be: two statistics to close per outcome.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from estimation import measured, spec

from kansen.release import open_release

MAKE = Path(__file__).with_name("estimation.py")


def main() -> None:
    """Build twice and attack once; print seconds, memory and the cost per outcome."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("--children", type=int, default=1_000_000)
    options.add_argument("--outcomes", type=int, default=100)
    options.add_argument("--profile", default="public")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, few = folder / "cohort.parquet", folder / "few.parquet"
        for file, children in ((path, given.children), (few, 1_000)):
            told = ["--outcomes", str(given.outcomes), "--children", str(children)]
            measured([sys.executable, str(MAKE), *told, "--make", str(file)])
        (folder / "spec.toml").write_text(spec(given.outcomes), encoding="utf-8")
        command = [sys.executable, "-m", "kansen.cli", "estimate", "--spec", str(folder / "spec.toml"), "--no-vault"]
        spent: dict[str, float] = {}
        for profile in ("kansenkaart", given.profile):
            out = folder / profile
            run = [*command, "--profile", profile]
            measured([*run, str(few), "--out", str(folder / f"{profile}-first")])  # compiles, if need be
            clock, processor, memory = measured([*run, str(path), "--out", str(out)])
            spent[profile] = processor
            with open_release(out) as release:
                figures = release.manifest["counts"]["published"]
            print(f"{profile + ':':13}{clock:.0f} s, of the processors {processor:.0f} s, at most {memory:.2f} GB")
            print(f"{'':13}{figures:,} figures")
        more = (spent[given.profile] - spent["kansenkaart"]) / given.outcomes
        print(f"protection:  {more:.2f} s of the processors per outcome more than kansenkaart")
        clock, processor, memory = measured([sys.executable, "-m", "kansen.cli", "audit", str(folder / given.profile)])
        print(f"audit:       {clock:.0f} s, of the processors {processor:.0f} s, at most {memory:.2f} GB")
        print(f"             {figures / processor:,.0f} figures attacked per second of a processor")


if __name__ == "__main__":
    main()
