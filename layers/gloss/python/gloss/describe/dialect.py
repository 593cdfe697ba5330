"""What a server that speaks the OpenAI protocol understands of a request, found out by its refusals. Pure.

A refusal for the form of a request is not paid, so asking again in a plainer form is still one paid call. The
way is short: each refusal gives something up for good.
"""

from dataclasses import replace
from typing import Any, Final, Literal

from gloss.describe.models import ModelSettings
from gloss.describe.schema import json_schema
from gloss.records import dataclass

AnswerFormat = Literal["json_schema", "json_object", "text"]
LimitName = Literal["max_completion_tokens", "max_tokens"]

_OTHER_LIMIT: Final[dict[LimitName, LimitName]] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
_PLAINER: Final[dict[AnswerFormat, AnswerFormat]] = {"json_schema": "json_object", "json_object": "text"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the answer's form is asked for, and which of the other arguments are sent."""

    answer_format: AnswerFormat = "json_schema"
    limit_name: LimitName = "max_completion_tokens"
    limit_was_refused: bool = False
    temperature: bool = True
    reasoning_effort: bool = True

    def arguments(self, settings: ModelSettings) -> dict[str, Any]:
        """The arguments of a call that depend on the server."""
        arguments: dict[str, Any] = {self.limit_name: settings.max_output_tokens}
        if self.temperature and settings.temperature is not None:
            arguments["temperature"] = settings.temperature
        if self.reasoning_effort and settings.reasoning_effort is not None:
            arguments["reasoning_effort"] = settings.reasoning_effort
        if self.answer_format != "text":
            arguments["response_format"] = _response_format(self.answer_format)
        return arguments

    def without(self, refused: str | None) -> "Dialect | None":
        """A plainer dialect after a refusal of one argument, or of nobody knows what (``None``).

        ``None`` where there is nothing left to give up, or where the refusal is about the content.
        """
        name = (refused or "response_format").split(".", 1)[0]
        if name == "response_format" and self.answer_format in _PLAINER:
            return replace(self, answer_format=_PLAINER[self.answer_format])
        if name == self.limit_name and not self.limit_was_refused:
            # New models know only the long name, many servers only the short one. Once: one of both is right.
            other = _OTHER_LIMIT[self.limit_name]
            return replace(self, limit_name=other, limit_was_refused=True)
        if name == "temperature" and self.temperature:
            return replace(self, temperature=False)
        if name == "reasoning_effort" and self.reasoning_effort:
            return replace(self, reasoning_effort=False)
        return None


def _response_format(answer_format: AnswerFormat) -> dict[str, Any]:
    if answer_format == "json_object":
        return {"type": "json_object"}
    schema = {"name": "picture_metadata", "strict": True, "schema": json_schema()}
    return {"type": "json_schema", "json_schema": schema}
