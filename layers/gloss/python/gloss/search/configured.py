"""The search engine that a function's settings ask for."""

from dataclasses import replace
from typing import Final

from gloss import aws
from gloss.config import SearchEngineSettings
from gloss.errors import ConfigurationError
from gloss.records import dataclass
from gloss.search.corpora import DEFAULT_LIMITS, Corpora
from gloss.search.exact import ExactIndex
from gloss.search.manifest import S3Objects
from gloss.search.model import VectorIndex
from gloss.search.pack import Pack
from gloss.search.s3vectors import S3VectorsIndex
from gloss.search.store import ChangeLog

_MEBIBYTE: Final = 2**20
_SHARE_FOR_LIBRARIES: Final = 0.5
"""The other half of the memory is for the interpreter, for one library being read in, and for answers."""


@dataclass(frozen=True, slots=True)
class Engine:
    log: ChangeLog
    corpora: Corpora
    vectors: VectorIndex


def configured_engine(settings: SearchEngineSettings) -> Engine:
    """The engine ``dynamodb`` or ``s3vectors``.

    Raises:
        ConfigurationError: there is no such engine.
    """
    client, table = aws.dynamodb(), settings.vectors_table
    exact = settings.search_engine == "dynamodb"
    if not exact and settings.search_engine != "s3vectors":
        raise ConfigurationError("SEARCH_ENGINE is neither dynamodb nor s3vectors.", variable="SEARCH_ENGINE")
    log = ChangeLog(client, table)
    pack = Pack(client, table, S3Objects(aws.s3(), settings.search_bucket), vectors=exact)
    nbytes = int(settings.aws_lambda_function_memory_size * _MEBIBYTE * _SHARE_FOR_LIBRARIES)
    corpora = Corpora(log, pack, limits=replace(DEFAULT_LIMITS, nbytes=nbytes))
    if exact:
        return Engine(log, corpora, ExactIndex(client, table, corpora, log))
    vectors = S3VectorsIndex(aws.s3vectors(), settings.vectors_index_arn, settings.embed_dimensions)
    return Engine(log, corpora, vectors)
