"""Measures what the program promises of speed, each figure beside its floor, and prints one table.

python -m tests.benchmarks [--large] [--postgres] [--only sync,evaluation,timeline,search,tick,prompt]

20,000 messages by default, in about two minutes; 200,000 by --large. Each part runs in a process of its own, so that
its memory is its own. docs/benchmarks.md says what the figures mean.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.measuring import Figure, Size, run_part, show

PARTS = ("sync", "timeline", "evaluation", "search", "tick", "prompt")


def parse_parts(given: str) -> list[str]:
    parts = given.split(",")
    unknown = set(parts) - set(PARTS)
    if unknown:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(sorted(unknown))}")
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", action="store_true", help="200,000 messages instead of 20,000")
    parser.add_argument("--postgres", action="store_true", help="PostgreSQL, made for it, instead of SQLite")
    parser.add_argument("--only", type=parse_parts, default=list(PARTS), help="some of: " + ",".join(PARTS))
    options = parser.parse_args()
    messages = 200_000 if options.large else 20_000
    size = Size(messages, messages // 10, options.postgres)
    figures: list[Figure] = []
    memory: list[str] = []
    context = multiprocessing.get_context("spawn")
    for part in options.only:
        print(f"{part} ...", flush=True)
        with ProcessPoolExecutor(1, mp_context=context) as process:
            found, megabytes = process.submit(run_part, part, size).result()
        figures += found
        memory.append(f"{part} {megabytes:.0f} MB")
    kind = "PostgreSQL" if options.postgres else "SQLite"
    print(f"\n{messages:,} messages, {size.people:,} people, {kind}")
    show(figures)
    print(f"at most: {', '.join(memory)}")


if __name__ == "__main__":
    main()
