"""Scripts in processes of their own that interrupt what they do, at any moment."""

from __future__ import annotations

import subprocess
import sys
import textwrap

# Stop at each line of ours in turn and do something else there, as a signal handler or another
# thread may.
AT_EACH_LINE = """
    import sys, tracemalloc
    import ml_infra_utils.decorators

    folder = ml_infra_utils.decorators.__path__[0]
    done = 0

    def count_many():
        global done
        for _ in range(MANY):
            count()
            done += 1

    def see():
        before = done
        seen.append((before, counted()))

    def traced(operation, reach):
        # Run the operation, and tell of each line of ours before it runs.

        def trace(frame, event, argument):
            if not frame.f_code.co_filename.startswith(folder):
                return None
            reach((frame.f_code, frame.f_lineno))
            return trace

        sys.settrace(trace)
        try:
            operation()
        finally:
            sys.settrace(None)

    def lines_of(operation):
        operation()  # once for what comes at the beginning only
        lines = {}
        traced(operation, lambda line: lines.setdefault(line))
        return lines

    def interrupted(operation, line, interruption):
        def reach(reached):
            if reached == line:
                sys.settrace(None)
                interruption()

        traced(operation, reach)

    def bytes_of_many_counts():
        tracemalloc.start()
        for _ in range(4):
            count_many()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    seen = []
"""


def run_alone(*scripts: str) -> None:
    code = "".join(map(textwrap.dedent, scripts))
    done = subprocess.run(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", code],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert (0, "") == (done.returncode, done.stdout), done.stdout
