"""Is a key any good? One call that costs nothing says so: the list of models."""

import http.client
from http import HTTPStatus
from typing import Final

from gloss.errors import AddressRefused, KeyRefused, ProviderUnavailable
from gloss.sources import http as guarded
from gloss.sources.guard import AddressGuard

_NOT_THERE: Final = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE}

OPENAI_URL: Final = "https://api.openai.com/v1"


class OpenAiKeyCheck:
    """``default_url`` is asked where the user names no address.

    A key without the right to list models (403) is a key all the same.
    """

    def __init__(self, guard: AddressGuard, default_url: str = OPENAI_URL) -> None:
        self._guard = guard
        self._default_url = default_url

    def __call__(self, key: str, base_url: str) -> None:
        """Raises:
        AddressRefused: the base URL is not one that this installation calls, or nothing is there.
        KeyRefused: the service does not accept the key.
        ProviderUnavailable: the service cannot be asked now.
        """
        url = f"{(base_url or self._default_url).rstrip('/')}/models"
        try:
            answer = guarded.get(self._guard, url, {"Authorization": f"Bearer {key}"})
        except AddressRefused:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise ProviderUnavailable("The service could not be reached to check the key.") from error
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise KeyRefused
        if base_url and answer.status in _NOT_THERE:
            raise AddressRefused(
                "There is no AI service at this address. Most have /v1 at its end.",
                field="baseUrl",
                status=answer.status,
            )
        if answer.status not in {HTTPStatus.OK, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
            raise ProviderUnavailable("The service could not check the key.", status=answer.status)
