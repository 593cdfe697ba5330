"""The provider ``openai``: any server that speaks OpenAI's chat completions and looks at pictures."""

import base64
from functools import lru_cache
from typing import Any, Final

import openai
from openai.types.chat import (
    ChatCompletion,
    ChatCompletionContentPartImageParam,
    ChatCompletionMessageParam,
)

from gloss.describe import models, prompt
from gloss.describe.answer import parse, to_description
from gloss.describe.dialect import Dialect
from gloss.describe.model import DescribeRequest, Ok, Outcome, Provenance, Usage
from gloss.providers import openai as protocol
from gloss.providers.model import (
    ANSWER_S,
    CONTENT_REFUSED,
    INVALID_ANSWER,
    REPHRASED,
    UNSUPPORTED_IMAGE,
    ProviderChoice,
    permanent,
    transient,
)

NAME: Final = "openai"


@lru_cache(maxsize=32)
def describer(choice: ProviderChoice) -> "OpenAiDescriber":
    """The describer of this choice; kept, with its connections and with what it learned of the server."""
    is_own = protocol.is_own(choice.base_url)
    dialect = Dialect() if is_own else Dialect(limit_name="max_tokens")
    client = protocol.client(choice, ANSWER_S)
    return OpenAiDescriber(client, choice.model, dialect=dialect, trusts_form=is_own)


class OpenAiDescriber:
    """One request per picture. Without ``trusts_form`` the schema is spelled out in the prompt as well, for
    some servers take a schema and do not enforce it.

    A server that refuses the form of a question is asked more plainly from then on.
    """

    name: Final = NAME
    sees_pixels: Final = True

    def __init__(
        self,
        client: openai.OpenAI,
        model: str = "",
        *,
        dialect: Dialect = Dialect(),  # noqa: B008 - immutable
        trusts_form: bool = True,
    ) -> None:
        self.model: Final = model or models.default_model(NAME)
        self._client = client
        self._dialect = dialect
        self._understood = False
        self._trusts_form = trusts_form

    def describe(self, request: DescribeRequest) -> Outcome:
        if not request.preview:
            return permanent(UNSUPPORTED_IMAGE)
        dialect = self._dialect
        try:
            answer = self._call(request, dialect)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            return self._refused(error, dialect)
        except openai.OpenAIError as error:
            return protocol.failure_of(error)
        except ValueError:  # the body of a 200 that is no JSON
            return transient(INVALID_ANSWER)
        self._understood = True
        return self._outcome(answer, request)

    def _refused(self, error: openai.APIStatusError, dialect: Dialect) -> Outcome:
        """A refusal that names no argument is about this picture where the form was understood before."""
        is_about_form = error.param is not None if self._understood else protocol.is_about_form(error)
        plainer = dialect.without(error.param) if is_about_form else None
        if plainer is None:
            return protocol.failure_of(error)
        self._dialect = plainer
        return transient(REPHRASED)

    def _call(self, request: DescribeRequest, dialect: Dialect) -> object:
        told = prompt.build(
            request, with_form=not self._trusts_form or dialect.answer_format != "json_schema"
        )
        messages: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": told.system},
            {"role": "user", "content": [{"type": "text", "text": told.user}, _picture(request)]},
        ]
        arguments: Any = dialect.arguments(models.settings_for(NAME, self.model))
        return self._client.chat.completions.create(model=self.model, messages=messages, **arguments)

    def _outcome(self, answer: object, request: DescribeRequest) -> Outcome:
        """The SDK does not check what a server answers, so the form is checked here."""
        if not isinstance(answer, ChatCompletion):
            return transient(INVALID_ANSWER)
        usage = _usage(answer)
        if not answer.choices:
            return transient(INVALID_ANSWER, usage)
        choice = answer.choices[0]
        if choice.finish_reason == "content_filter" or choice.message.refusal:
            return permanent(CONTENT_REFUSED, usage)
        content = choice.message.content
        output = parse(content, request.context) if isinstance(content, str) else None
        if output is None:
            return transient(INVALID_ANSWER, usage)
        origin = Provenance("ai", self.name, answer.model or self.model, prompt.version())
        return Ok(to_description(output, request.context, origin, usage))


def _picture(request: DescribeRequest) -> ChatCompletionContentPartImageParam:
    data = base64.b64encode(request.preview or b"").decode()
    return {
        "type": "image_url",
        "image_url": {"url": f"data:image/jpeg;base64,{data}", "detail": request.detail},
    }


def _usage(answer: ChatCompletion) -> Usage:
    counted = answer.usage
    return Usage(counted.prompt_tokens or 0, counted.completion_tokens or 0) if counted else Usage(0, 0)
