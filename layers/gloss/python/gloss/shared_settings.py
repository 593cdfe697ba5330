"""Settings that many functions have in common."""

from gloss.environment import Settings


class QuotaSettings(Settings):
    """What every function needs that changes or shows credits."""

    ledger_table: str
    plans_override: str = ""
    upgrade_url: str = ""


class AccessSettings(Settings):
    """What gives the stack access to each AI provider; empty where it has none."""

    openai_secret_arn: str = ""
    bedrock_model_arns: str = ""


class ProviderSettings(Settings):
    """What every function needs that calls an AI service."""

    openai_secret_arn: str = ""
    openai_base_url: str = ""


class UsageSettings(Settings):
    """What every function needs that writes the usage log."""

    usage_table: str
    usage_retention_days: int = 400


class PaidWorkSettings(ProviderSettings, UsageSettings):
    """What every function needs that pays for AI calls, with the stack's key or the user's own."""

    rates_table: str
    settings_table: str
    settings_key: str
    private_addresses: str = "refused"
    rate_limits_override: str = ""
    prices_override: str = ""
    monthly_cap_override: str = ""
