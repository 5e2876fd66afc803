"""One row for each thing measured: both sides, the ratio, and which ratio is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

# What one round found: bare FastAPI first, the service second.
Pair = tuple[float, float]
COLUMNS = "{:<12}{:<38}{:>9}{:>9} {:<6}{:>7}   {}"
HEADER = "\n" + COLUMNS.format("section", "what", "bare", "service", "", "ratio", "wanted")


@dataclass(frozen=True)
class Row:
    name: str
    bare: float
    service: float
    unit: str
    ratio: float
    """The median of the ratios of all rounds: noise meets both sides of one round alike."""
    wanted: str

    def line(self, section: str) -> str:
        sides = f"{self.bare:.1f}", f"{self.service:.1f}"
        return COLUMNS.format(section, self.name, *sides, self.unit, f"{self.ratio:.2f}", self.wanted)


def share(name: str, pairs: Sequence[Pair], unit: str, wanted: str = "less") -> Row:
    """The service divided by bare FastAPI."""
    bare, service = (median(side) for side in zip(*pairs, strict=True))
    return Row(name, bare, service, unit, median(b / a for a, b in pairs), wanted)


def extra(name: str, pairs: Sequence[Pair], aim: float) -> Row:
    """Microseconds of CPU: how many more than without, for what costs the same whatever else is done."""
    row = capacity(name, pairs)
    return replace(row, wanted=f"{median(b - a for a, b in pairs):.0f} us more, of <= {aim:.0f}")


def capacity(name: str, pairs: Sequence[Pair], aim: float | None = None) -> Row:
    """Microseconds of CPU: how many times as much the service does with the same CPU."""
    bare, service = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    return Row(name, bare, service, "us", ratio, f">= {aim:.2f}" if aim else "more")
