"""Take medians, and hold what was measured beside its goal."""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

LEAST_CALLS, MOST_CALLS = 7, 400
PATIENCE = 10
"""How many times its seconds a line may take for its least number of calls."""


class Goal(msgspec.Struct, frozen=True):
    """What a value should be: at most, or at least, a limit."""

    limit: float
    unit: str = ""
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:,.12g} {self.unit}".rstrip()

    def verdict(self, value: float) -> str:
        """Tell whether a value reaches it, or by which factor it does not."""
        factor = self.limit / value if self.at_least else value / self.limit
        return "met" if factor <= 1 else f"missed by a factor of {_short(factor)}"


def _short(factor: float) -> str:
    return f"{factor:.2g}" if factor < 10 else f"{factor:,.0f}"


class Line(msgspec.Struct, frozen=True):
    """One row of the report.

    Attributes:
        value: in the unit of the goal; None where the goal cannot be judged.
    """

    what: str
    text: str
    goal: Goal | None = None
    value: float | None = None

    @property
    def verdict(self) -> str:
        """Judge the value by the goal; "" where there is nothing to judge."""
        return "" if self.goal is None or self.value is None else self.goal.verdict(self.value)


class Section(msgspec.Struct, frozen=True):
    """A table of the report."""

    title: str
    lines: tuple[Line, ...]


def say(text: str) -> None:
    """Tell progress."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def timed(run: Callable[[], object]) -> float:
    """Wall time of one call in seconds."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def times[Drawn](run: Callable[[Drawn], Any], draws: Iterator[Drawn], *, seconds: float) -> list[float]:
    """Wall times of a call in seconds, after a warm-up, each with other parameters, whose drawing is not timed.

    It takes at least 7 calls, and as many as fit into the seconds; a slow call is cut short after ten times those.
    """
    run(next(draws))
    taken: list[float] = []
    began = time.perf_counter()
    for number in range(MOST_CALLS):
        spent = time.perf_counter() - began
        if spent > (seconds if number >= LEAST_CALLS else seconds * PATIENCE):
            break
        taken.append(timed(partial(run, next(draws))))
    return taken


def milliseconds(value: float) -> str:
    """Write seconds as milliseconds of three digits or so."""
    ms = value * 1e3
    return f"{ms:,.3f} ms" if ms < 1 else f"{ms:,.2f} ms" if ms < 10 else f"{ms:,.1f} ms"
