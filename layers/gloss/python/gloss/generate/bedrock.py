"""The provider ``bedrock``: Amazon Nova Canvas, which varies the pictures that it is shown."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gloss.generate.making import Made, MakeOutcome, PictureRequest
from gloss.generate.prompt import AspectRatio
from gloss.providers.bedrock import failure_of
from gloss.providers.model import CONTENT_REFUSED, INVALID_ANSWER, permanent, transient

if TYPE_CHECKING:
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

NAME: Final = "bedrock"
SIZES: Final[Mapping[AspectRatio, tuple[int, int]]] = {
    "1:1": (1024, 1024),
    "16:9": (1280, 720),
    "9:16": (720, 1280),
    "4:3": (1152, 864),
    "3:4": (864, 1152),
}
_QUALITY: Final = {"auto": "standard", "high": "premium"}


class NovaCanvas:
    """One call per picture. ``strength`` says how like the inputs it is, ``guidance_scale`` how like the
    prompt; it knows no number of steps."""

    name: Final = NAME

    def __init__(self, client: "BedrockRuntimeClient", model: str) -> None:
        self.model: Final = model
        self._client = client

    def make(self, request: PictureRequest) -> MakeOutcome:
        try:
            answer = self._client.invoke_model(modelId=self.model, body=json.dumps(_question(request)))
            told: object = json.loads(answer["body"].read())
        except (ClientError, BotoCoreError) as error:
            return failure_of(error)
        except ValueError:
            return transient(INVALID_ANSWER)
        return _outcome(told)


def _question(request: PictureRequest) -> dict[str, Any]:
    width, height = SIZES[request.aspect_ratio]
    variation: dict[str, Any] = {
        "text": request.prompt,
        "images": [base64.b64encode(jpeg).decode() for jpeg in request.inputs],
    }
    if "strength" in request.parameters:
        # From 0.2 to 1.0, where 1.0 is closest to the inputs: the other way round than a strength of change.
        variation["similarityStrength"] = round(max(0.2, 1.0 - request.parameters["strength"]), 2)
    config: dict[str, Any] = {
        "numberOfImages": 1,
        "width": width,
        "height": height,
        "quality": _QUALITY[request.quality],
        "seed": request.seed,
    }
    if "guidance_scale" in request.parameters:
        config["cfgScale"] = request.parameters["guidance_scale"]
    return {
        "taskType": "IMAGE_VARIATION",
        "imageVariationParams": variation,
        "imageGenerationConfig": config,
    }


def _outcome(answer: object) -> MakeOutcome:
    if not isinstance(answer, Mapping):
        return transient(INVALID_ANSWER)
    images = answer.get("images")
    if not images:
        # Nothing but an error: the filter took the picture away.
        return permanent(CONTENT_REFUSED) if answer.get("error") else transient(INVALID_ANSWER)
    try:
        return Made(base64.b64decode(images[0], validate=True))
    except (binascii.Error, TypeError, ValueError):
        return transient(INVALID_ANSWER)
