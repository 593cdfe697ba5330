"""POST, GET /imports and GET /imports/{import_id}."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any

from gloss import aws
from gloss.clock import utc_now
from gloss.config import ImportsApiSettings, load
from gloss.settings.store import SettingsStore
from gloss.sources.configured import configured_guard, configured_intake
from gloss.sources.service import Imports
from gloss.sources.views import ImportDetails, ImportPage, ImportRequest, ImportView
from gloss.web.app import Api, Envelope, Event
from gloss.web.idempotency import IdempotentApi
from gloss.web.pagination import decode, encode
from gloss.web.routing import Query

api = Api()
settings = cache(lambda: load(ImportsApiSettings))
idempotent = cache(lambda: IdempotentApi(api, settings().idempotency_table))


@cache
def imports() -> Imports:
    intake, guard = configured_intake(settings()), configured_guard(settings())
    connection = SettingsStore(aws.dynamodb(), settings().settings_table).connection
    return Imports(intake, guard, connection, utc_now)


@api.post("/imports", summary="Import files", tags=["imports"], status_code=HTTPStatus.ACCEPTED)
def start(request: ImportRequest) -> Envelope[ImportView]:
    return Envelope(data=imports().start(api.user, request))


@api.get("/imports", summary="List the latest imports", tags=["imports"])
def recent() -> Envelope[ImportPage]:
    return Envelope(data=imports().recent(api.user))


@api.get("/imports/<import_id>", summary="Show an import and its files", tags=["imports"])
def show(
    import_id: str, cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Envelope[ImportDetails]:
    found = imports().show(api.user, import_id, after=decode(cursor))
    return Envelope(data=found.model_copy(update={"next": encode(found.next)}))


def handle(event: Event, context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    return idempotent().answer(event, context)
