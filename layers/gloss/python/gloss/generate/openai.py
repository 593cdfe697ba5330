"""The provider ``openai``: any server that speaks OpenAI's image edits."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import openai
from openai.types import ImagesResponse

from gloss.describe.model import Usage
from gloss.generate.making import Made, MakeOutcome, PictureRequest
from gloss.generate.prompt import AspectRatio
from gloss.generate.registry import ANSWER_S
from gloss.providers import openai as protocol
from gloss.providers.model import INVALID_ANSWER, ProviderChoice, transient

NAME: Final = "openai"

SIZES: Final[Mapping[AspectRatio, str]] = {
    "1:1": "1024x1024",
    "16:9": "1536x1024",
    "9:16": "1024x1536",
    "4:3": "1536x1024",
    "3:4": "1024x1536",
}
"""The sizes that there are. The prompt says which frame to compose for; what lies around it is cut off."""


def maker(choice: ProviderChoice) -> "OpenAiMaker":
    return OpenAiMaker(protocol.client(choice, ANSWER_S), choice.model)


class OpenAiMaker:
    """One call per picture, an edit of those that it is shown. It knows no parameters."""

    name: Final = NAME

    def __init__(self, client: openai.OpenAI, model: str) -> None:
        self.model: Final = model
        self._client = client

    def make(self, request: PictureRequest) -> MakeOutcome:
        shown = [(f"{number}.jpg", jpeg, "image/jpeg") for number, jpeg in enumerate(request.inputs, 1)]
        arguments: Any = {"size": SIZES[request.aspect_ratio], "quality": request.quality}
        try:
            answer: object = self._client.images.edit(
                model=self.model, image=shown, prompt=request.prompt, n=1, **arguments
            )
        except openai.OpenAIError as error:
            return protocol.failure_of(error)
        except ValueError:  # the body of a 200 that is no JSON
            return transient(INVALID_ANSWER)
        return _outcome(answer)


def _outcome(answer: object) -> MakeOutcome:
    """The SDK does not check what a server answers, so the form is checked here."""
    if not isinstance(answer, ImagesResponse):
        return transient(INVALID_ANSWER)
    usage = Usage(answer.usage.input_tokens, answer.usage.output_tokens) if answer.usage else None
    text = answer.data[0].b64_json if answer.data else None
    if not isinstance(text, str):
        return transient(INVALID_ANSWER, usage)
    try:
        return Made(base64.b64decode(text, validate=True), usage)
    except binascii.Error:
        return transient(INVALID_ANSWER, usage)
