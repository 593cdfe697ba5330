"""Settings: one dataclass per function, read from the environment when the function starts.

A field ``images_table: str`` is read from ``IMAGES_TABLE``. Fields without a default are required.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

# ruff: noqa: PLC0414 - a function imports its settings and what belongs to them from here
from gloss.environment import load as load
from gloss.shared_settings import PaidWorkSettings as PaidWorkSettings
from gloss.shared_settings import ProviderSettings as ProviderSettings
from gloss.shared_settings import QuotaSettings as QuotaSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishingSettings(QuotaSettings):
    """What every function needs that writes versions; one is kept by its number or by its days."""

    images_table: str
    vectors_table: str
    versions_kept: int = 20
    versions_kept_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaApiSettings(QuotaSettings):
    images_table: str
    jobs_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsApiSettings(QuotaSettings):
    idempotency_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAuditSettings(QuotaSettings):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadsApiSettings(QuotaSettings):
    settings_table: str
    describe_provider: str
    images_table: str
    jobs_table: str
    idempotency_table: str
    originals_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesApiSettings(PublishingSettings):
    jobs_table: str
    originals_bucket: str
    derived_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegenerateApiSettings(PublishingSettings):
    settings_table: str
    describe_provider: str
    idempotency_table: str
    interactive_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings:
    images_table: str
    originals_bucket: str
    interactive_queue: str
    bulk_queue: str
    process_machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectImageSettings:
    originals_bucket: str
    derived_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeImageSettings(PaidWorkSettings):
    images_table: str
    derived_bucket: str
    describe_provider: str
    describe_model: str = ""
    describe_fallback: str = "heuristic"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedImageSettings(PaidWorkSettings):
    images_table: str
    embed_provider: str
    embed_model: str = ""
    embed_dimensions: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchApiSettings(SearchEngineSettings):
    images_table: str
    originals_bucket: str
    derived_bucket: str
    reindex_function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectImagesSettings(SearchEngineSettings):
    jobs_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexSettings(EmbedImageSettings):
    vectors_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedVectorsSettings:
    vectors_index_arn: str
    embed_dimensions: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishImageSettings(PublishingSettings):
    jobs_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailImageSettings(QuotaSettings):
    images_table: str
    jobs_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSettings(QuotaSettings):
    """What every function needs that looks through a library for a job."""

    images_table: str
    jobs_table: str
    describe_provider: str
    describe_model: str = ""
    prices_override: str = ""
    bulk_at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStartSettings(BulkSettings):
    """What both functions need that start jobs."""

    settings_table: str
    bulk_machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsApiSettings(JobStartSettings):
    idempotency_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartScheduledSettings(JobStartSettings):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkStepSettings(BulkSettings):
    """An undo writes versions; they are kept as everywhere."""

    vectors_table: str
    versions_kept: int = 20
    versions_kept_days: int = 90
    bulk_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySweepSettings(QuotaSettings):
    images_table: str
    jobs_table: str
    bulk_machine: str
    originals_bucket: str
    interactive_queue: str
    bulk_queue: str
    import_queue: str
    imports_table: str
    generations_table: str
    generation_queue: str
    generation_batch_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatibilityApiSettings(QuotaSettings):
    images_table: str
    settings_table: str
    describe_provider: str
    originals_bucket: str
    derived_bucket: str
    interactive_queue: str
    sweep_function: str
    idempotency_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsSettings(QuotaSettings):
    """What both functions need that import."""

    images_table: str
    imports_table: str
    settings_table: str
    describe_provider: str
    import_queue: str
    private_addresses: str = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsApiSettings(ImportsSettings):
    idempotency_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportImageSettings(ImportsSettings):
    """``dropbox_url`` stands for Dropbox's own hosts."""

    originals_bucket: str
    settings_key: str
    dropbox_secret_arn: str = ""
    dropbox_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationQueueSettings(QuotaSettings):
    generations_table: str
    generation_queue: str
    generation_batch_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationsApiSettings(GenerationQueueSettings):
    images_table: str
    settings_table: str
    rates_table: str
    idempotency_table: str
    derived_bucket: str
    private_addresses: str = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioApiSettings(GenerationsApiSettings):
    originals_bucket: str
    describe_provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationIntakeSettings(GenerationQueueSettings):
    generate_machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchInputsSettings:
    generations_table: str
    originals_bucket: str
    derived_bucket: str
    private_addresses: str = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratePicturesSettings(PaidWorkSettings):
    generations_table: str
    derived_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreResultsSettings:
    generations_table: str
    derived_bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleGenerationSettings(QuotaSettings):
    generations_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsApiSettings:
    """``dropbox_url`` as for the worker. What gives access to an AI provider is empty where there is none."""

    settings_table: str
    settings_key: str
    webhook_queue: str
    describe_provider: str
    openai_secret_arn: str = ""
    bedrock_model_arns: str = ""
    dropbox_secret_arn: str = ""
    dropbox_url: str = ""
    private_addresses: str = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWebhooksSettings:
    jobs_table: str
    webhook_queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverWebhookSettings:
    settings_table: str
    settings_key: str
    webhook_queue: str
    webhook_dead_letters: str
    private_addresses: str = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageApiSettings:
    usage_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketAuthorizerSettings:
    """``aws_endpoint_url`` is set where AWS does not answer under its own addresses: on the local engine."""

    issuer_url: str
    audience: str
    aws_endpoint_url: str = ""

    @property
    def keys_url(self) -> str:
        """Where the pool that issues the tokens publishes its keys."""
        host, pool = self.issuer_url.rsplit("/", 1)
        return f"{self.aws_endpoint_url or host}/{pool}/.well-known/jwks.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketConnectionsSettings:
    connections_table: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimePublishSettings:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadApiSettings:
    images_table: str
    originals_bucket: str
    derived_bucket: str
