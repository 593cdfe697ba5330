"""A describer that answers from a script and remembers what it was asked."""

from gloss.describe.model import DescribeRequest, Outcome


class ScriptedDescriber:
    """Gives the outcomes one after the other, the last one for ever; ``requests`` holds every call."""

    def __init__(
        self, first: Outcome, *others: Outcome, name: str = "scripted", sees_pixels: bool = False
    ) -> None:
        self.name = name
        self.model = "scripted-1"
        self.sees_pixels = sees_pixels
        self.requests: list[DescribeRequest] = []
        self._outcomes = (first, *others)

    def describe(self, request: DescribeRequest) -> Outcome:
        outcome = self._outcomes[min(len(self.requests), len(self._outcomes) - 1)]
        self.requests.append(request)
        return outcome
