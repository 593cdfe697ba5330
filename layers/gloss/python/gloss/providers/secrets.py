"""The stack's own key, kept in Secrets Manager."""

from functools import cache
from typing import Final

from aws_lambda_powertools.utilities.parameters import SecretsProvider

from gloss import aws
from gloss.errors import ProviderUnavailable

MAX_AGE_S: Final = 300
"""How long a key that was replaced may still be used."""


@cache
def _secrets() -> SecretsProvider:
    return SecretsProvider(boto3_client=aws.secretsmanager())


def stack_key(arn: str) -> str:
    """The key in the secret.

    Raises:
        ProviderUnavailable: the stack has no key of its own.
        GetParameterError: the secret cannot be read now.
    """
    if not arn:
        raise ProviderUnavailable("This installation has no key for the AI provider.")
    return str(_secrets().get(arn, max_age=MAX_AGE_S)).strip()
