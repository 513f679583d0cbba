"""Runs the named tests in a copy of the tree, and says which of them turned red."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from tempfile import NamedTemporaryFile

from planted.planting import Fault

LONGEST_SECONDS = 600
QUIETLY = ("--tb=no", "-rf", "--no-header", "--hypothesis-seed=0", "--basetemp=.tests", "-p", "no:cacheprovider")
UNUSED = ("-p", "no:schemathesis", "-p", "no:xdist")
LIBRARIES = ("alembic.command", "fastapi.testclient", "hypothesis", "joserfc.jwt", "kafka", "pytest", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of tests ended: pytest's exit status, its report, and the ids of tests that failed."""

    status: int
    report: str

    @property
    def red(self) -> tuple[str, ...]:
        """Tests that failed, as pytest names them, each with whatever it says behind."""
        mark = "FAILED "
        return tuple(line[len(mark) :] for line in self.report.splitlines() if line.startswith(mark))

    def missed(self, tests: Sequence[str]) -> tuple[str, ...]:
        """Tests that were named and did not fail; a test that could not even begin has noticed nothing."""
        return tuple(test for test in tests if not any(_is_of(line, test) for line in self.red))


def run(tests: Sequence[str], root: Path) -> Outcome:
    """Run tests by their ids, in a process of their own, against the code under `root`.

    It is forked from this one, where the libraries lie ready (nothing of ours does): loading them anew for each fault
    would take longer than its tests.
    """
    for library in LIBRARIES:
        import_module(library)
    with NamedTemporaryFile() as report:
        process = get_context("fork").Process(target=_tested, args=(tuple(tests), root, report.fileno()))
        process.start()
        process.join(LONGEST_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        return Outcome(process.exitcode or 0, Path(report.name).read_text(encoding="utf-8"))


def _tested(tests: tuple[str, ...], root: Path, report: int) -> None:
    os.chdir(root)
    sys.path[:0] = [str(root), str(root / "tests")]
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])
    for stream in (1, 2):
        os.dup2(report, stream)
    import pytest

    sys.exit(pytest.main([*QUIETLY, *UNUSED, *tests]))


def named(faults: Sequence[Fault]) -> list[str]:
    """Every test that some fault names, once."""
    return sorted({test for fault in faults for test in fault.tests})


def _is_of(line: str, test: str) -> bool:
    """Whether a line about a failure is about this test, or about one case of it."""
    return line == test or line.startswith((f"{test} ", f"{test}["))
