"""How far a long run was at which moment, and its pace between any two counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Self

END: Final = 1_000
"""Images at the beginning and at the end whose pace is compared."""

POINTS: Final = 40


@dataclass
class Course:
    """Seconds since the start of a run, and the images done by then, in order."""

    done: list[tuple[float, int]] = field(default_factory=list)

    @classmethod
    def of(cls, ends: Iterable[float]) -> Self:
        """The course of images of which each was done so many seconds after the start."""
        return cls([(end, count) for count, end in enumerate(sorted(ends), 1)])

    def pace(self, first: int, last: int) -> float:
        """Images per second between two counts."""
        return (last - first) / (self._reached(last) - self._reached(first))

    def ends(self, images: int) -> dict[str, float]:
        """The pace of the first and of the last thousand, of fewer images than three thousand a third."""
        end = min(END, images // 3)
        first, last = self.pace(0, end), self.pace(images - end, images)
        return {
            "images_per_s_first_1000": round(first, 2),
            "images_per_s_last_1000": round(last, 2),
            "last_vs_first_1000": round(last / first, 3),
        }

    def sampled(self, points: int = POINTS) -> list[tuple[float, int]]:
        """Seconds and images done, at so many steps of equal length and at the end."""
        step = max(1, len(self.done) // points)
        return [(round(at, 1), done) for at, done in [*self.done[::step], self.done[-1]]]

    def figures(self, images: int) -> dict[str, Any]:
        return {**self.ends(images), "course": self.sampled()}

    def _reached(self, count: int) -> float:
        """When so many were done, between two looks in proportion."""
        before = (0.0, 0)
        for at, done in self.done:
            if done >= count:
                share = (count - before[1]) / max(1, done - before[1])
                return before[0] + share * (at - before[0])
            before = (at, done)
        raise ValueError(f"never {count} done")
