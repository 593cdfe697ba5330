"""The words of Powertools that routes are written in: functions import the library and nothing else."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse

__all__ = ["OpenAPIResponse", "Path", "Query", "Response"]
