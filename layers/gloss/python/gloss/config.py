"""Settings: one class per function, read from the environment when the function starts.

A field ``images_table: str`` is read from ``IMAGES_TABLE``. Fields without a default are required.
"""

from urllib.parse import urlsplit

# ruff: noqa: PLC0414 - a function imports its settings and what belongs to them from here
from gloss.environment import Settings
from gloss.environment import load as load
from gloss.shared_settings import AccessSettings as AccessSettings
from gloss.shared_settings import PaidWorkSettings as PaidWorkSettings
from gloss.shared_settings import ProviderSettings as ProviderSettings
from gloss.shared_settings import QuotaSettings as QuotaSettings
from gloss.shared_settings import UsageSettings as UsageSettings


class DescriberSettings(Settings):
    """Who describes where work names nobody, and which models may be named for the stack's keys."""

    describe_provider: str
    describe_model: str = ""
    stack_models: str = ""
    prices_override: str = ""

    @property
    def stack_model_names(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.stack_models.split(",") if name.strip())


class OfferSettings(AccessSettings, DescriberSettings):
    """What every function needs that takes wishes for a describing provider."""


class PublishingSettings(QuotaSettings):
    """What every function needs that writes versions; one is kept by its number or by its days."""

    images_table: str
    vectors_table: str
    versions_kept: int = 20
    versions_kept_days: int = 90


class QuotaApiSettings(QuotaSettings):
    images_table: str
    jobs_table: str
    generations_table: str
    originals_bucket: str


class AccountsApiSettings(QuotaSettings):
    idempotency_table: str


class LedgerAuditSettings(QuotaSettings):
    pass


class UploadsApiSettings(QuotaSettings):
    settings_table: str
    describe_provider: str
    images_table: str
    jobs_table: str
    idempotency_table: str
    originals_bucket: str


class ImagesApiSettings(PublishingSettings):
    jobs_table: str
    originals_bucket: str
    derived_bucket: str


class RegenerateApiSettings(PublishingSettings, OfferSettings):
    settings_table: str
    idempotency_table: str
    interactive_queue: str


class IntakeSettings(Settings):
    images_table: str
    originals_bucket: str
    interactive_queue: str
    bulk_queue: str
    process_machine: str


class InspectImageSettings(Settings):
    originals_bucket: str
    derived_bucket: str


class DescribeImageSettings(PaidWorkSettings, DescriberSettings):
    images_table: str
    derived_bucket: str
    describe_fallback: str = "heuristic"


class EmbedImageSettings(PaidWorkSettings):
    images_table: str
    embed_provider: str
    embed_model: str = ""
    embed_dimensions: int = 512


class SearchEngineSettings(PaidWorkSettings):
    """``search_engine`` is dynamodb or s3vectors; the memory is in MiB, as Lambda says."""

    embed_provider: str
    embed_model: str = ""
    embed_dimensions: int = 512
    vectors_table: str
    search_bucket: str
    search_engine: str
    vectors_index_arn: str = ""
    aws_lambda_function_memory_size: int = 1769


class SearchApiSettings(SearchEngineSettings):
    images_table: str
    originals_bucket: str
    derived_bucket: str
    reindex_function: str


class SelectImagesSettings(SearchEngineSettings):
    jobs_table: str


class ReindexSettings(EmbedImageSettings):
    vectors_table: str
    search_bucket: str


class FeedVectorsSettings(Settings):
    vectors_index_arn: str
    embed_dimensions: int = 512


class FinishImageSettings(PublishingSettings):
    jobs_table: str


class FailImageSettings(QuotaSettings):
    images_table: str
    jobs_table: str


class BulkSettings(QuotaSettings):
    """What every function needs that looks through a library for a job."""

    images_table: str
    jobs_table: str
    describe_provider: str
    describe_model: str = ""
    prices_override: str = ""
    rate_limits_override: str = ""
    embed_provider: str
    bulk_at_once: int


class JobStartSettings(BulkSettings, OfferSettings):
    """What both functions need that start jobs."""

    settings_table: str
    bulk_machine: str


class JobsApiSettings(JobStartSettings):
    idempotency_table: str


class StartScheduledSettings(JobStartSettings):
    pass


class BulkStepSettings(BulkSettings):
    """An undo writes versions; they are kept as everywhere."""

    vectors_table: str
    versions_kept: int = 20
    versions_kept_days: int = 90
    bulk_queue: str


class GenerationQueueSettings(QuotaSettings):
    generations_table: str
    generation_queue: str
    generation_batch_queue: str


class RetrySweepSettings(GenerationQueueSettings, UsageSettings):
    images_table: str
    jobs_table: str
    bulk_machine: str
    originals_bucket: str
    derived_bucket: str
    interactive_queue: str
    bulk_queue: str
    import_queue: str
    imports_table: str


class CompatibilityApiSettings(QuotaSettings, OfferSettings):
    images_table: str
    settings_table: str
    originals_bucket: str
    derived_bucket: str
    interactive_queue: str
    sweep_function: str
    idempotency_table: str


class ImportsSettings(QuotaSettings):
    """What both functions need that import."""

    images_table: str
    imports_table: str
    settings_table: str
    describe_provider: str
    import_queue: str
    private_addresses: str = "refused"


class ImportsApiSettings(ImportsSettings):
    idempotency_table: str


class ImportImageSettings(ImportsSettings):
    """``dropbox_url`` stands for Dropbox's own hosts."""

    originals_bucket: str
    settings_key: str
    dropbox_secret_arn: str = ""
    dropbox_url: str = ""


class GenerationsApiSettings(GenerationQueueSettings, AccessSettings):
    images_table: str
    settings_table: str
    rates_table: str
    idempotency_table: str
    derived_bucket: str
    private_addresses: str = "refused"


class StudioApiSettings(GenerationsApiSettings):
    originals_bucket: str
    describe_provider: str


class GenerationIntakeSettings(GenerationQueueSettings):
    generate_machine: str


class FetchInputsSettings(Settings):
    generations_table: str
    originals_bucket: str
    derived_bucket: str
    private_addresses: str = "refused"


class GeneratePicturesSettings(PaidWorkSettings):
    generations_table: str
    derived_bucket: str


class StoreResultsSettings(Settings):
    generations_table: str
    derived_bucket: str


class SettleGenerationSettings(QuotaSettings):
    generations_table: str


class SettingsApiSettings(OfferSettings):
    """``dropbox_url`` as for the worker."""

    settings_table: str
    settings_key: str
    webhook_queue: str
    dropbox_secret_arn: str = ""
    dropbox_url: str = ""
    private_addresses: str = "refused"


class QueueWebhooksSettings(Settings):
    jobs_table: str
    webhook_queue: str


class DeliverWebhookSettings(Settings):
    settings_table: str
    settings_key: str
    webhook_queue: str
    webhook_dead_letters: str
    private_addresses: str = "refused"


class UsageApiSettings(Settings):
    usage_table: str


class SocketAuthorizerSettings(Settings):
    """``aws_endpoint_url`` is set where AWS does not answer under its own addresses: on the local engine."""

    issuer_url: str
    audience: str
    aws_endpoint_url: str = ""

    @property
    def keys_url(self) -> str:
        """Where the pool that issues the tokens publishes its keys."""
        host, pool = self.issuer_url.rsplit("/", 1)
        return f"{self.aws_endpoint_url or host}/{pool}/.well-known/jwks.json"


class SocketConnectionsSettings(Settings):
    connections_table: str


class RealtimePublishSettings(Settings):
    """``aws_endpoint_url`` as for the authorizer."""

    connections_table: str
    images_table: str
    jobs_table: str
    generations_table: str
    ledger_table: str
    sockets_url: str
    aws_endpoint_url: str = ""

    @property
    def posts_url(self) -> str:
        """Where frames are posted; the local engine serves every API below its one address."""
        if not self.aws_endpoint_url:
            return self.sockets_url
        address = urlsplit(self.sockets_url)
        return f"{self.aws_endpoint_url}/_aws/execute-api/{address.netloc.partition('.')[0]}{address.path}"


class DownloadApiSettings(Settings):
    images_table: str
    originals_bucket: str
    derived_bucket: str
