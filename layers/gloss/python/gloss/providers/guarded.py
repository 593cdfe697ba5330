"""The way to an AI service whose address a user named: looked at anew for every request."""

import httpx2

from gloss.errors import AddressRefused
from gloss.sources.guard import AddressGuard


class GuardedTransport(httpx2.BaseTransport):
    """Connects to the very address that was checked; TLS and the Host header stay those of the name."""

    def __init__(self, inner: httpx2.BaseTransport, guard: AddressGuard) -> None:
        self._inner = inner
        self._guard = guard

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            origin = self._guard.origin(str(request.url))
            address = self._guard.address(origin.host, origin.port)
        except AddressRefused as refusal:
            raise httpx2.ConnectError(refusal.message, request=request) from refusal
        except OSError as fault:
            raise httpx2.ConnectError("The host could not be looked up.", request=request) from fault
        request.url = request.url.copy_with(host=address)
        # The name for TLS; httpx2 documents this extension of a request.
        request.extensions["sni_hostname"] = origin.host
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()
