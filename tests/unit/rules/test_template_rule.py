"""What has to hold for every resource of the template."""

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from gloss import config
from gloss.environment import fields
from gloss.images.model import copy_key
from tests.unit.rules.policies import statements
from tests.unit.rules.sources import HANDLERS, MODULES, ROOT
from tools.template import read_template

Template = Mapping[str, Any]
Resource = Mapping[str, Any]

TEMPLATE: Final = read_template()

BROAD: Final[Mapping[str, str]] = {
    "SettingsKey kms:*": "a key's policy must leave its administration to the account",
    "SettingsKey *": "in a key's policy the resource is the key itself",
    "OriginalsBucketPolicy s3:*": "denies everything without TLS",
    "DerivedBucketPolicy s3:*": "denies everything without TLS",
    "SearchBucketPolicy s3:*": "denies everything without TLS",
    "ConsoleBucketPolicy s3:*": "denies everything without TLS",
    "ProcessImage *": "vended logs and X-Ray take no resource",
    "GenerateImages *": "vended logs and X-Ray take no resource",
    "BulkRegenerate *": "vended logs and X-Ray take no resource",
    "RealtimePublish arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${SocketApi}"
    "/live/POST/@connections/*": "connections get their ids when they open",
}
"""Stars that may stand in a policy, each with its reason. The objects of one bucket need none."""

_OBJECTS_OF_A_BUCKET: Final = re.compile(r"\$\{\w+Bucket\.Arn\}/(\w+/)?\*")

_BUCKET: Final = re.compile(r"\b(\w+Bucket)\b")

LINKS_ONLY: Final[Mapping[str, str]] = {
    "CompatibilityApi DerivedBucket": "the link to a thumbnail",
    "GenerationsApi DerivedBucket": "the links to the pictures of a generation",
    "ImagesApi OriginalsBucket": "the links to an image",
    "ImagesApi DerivedBucket": "the links to an image",
    "SearchApi OriginalsBucket": "the links to the hits",
    "SearchApi DerivedBucket": "the links to the hits",
}
"""Functions that read no object of the bucket, each with what it may get objects for."""

METRICS: Final[Mapping[str, frozenset[str]]] = {
    "AWS/SQS": frozenset(
        {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesSent"}
    ),
    "AWS/States": frozenset({"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"}),
    "AWS/Lambda": frozenset({"Errors", "Throttles", "Duration", "IteratorAge", "ConcurrentExecutions"}),
    "AWS/ApiGateway": frozenset({"5XXError", "4XXError", "Latency", "IntegrationLatency", "Count"}),
}
"""Metrics that the services publish (CloudWatch documentation of each service)."""

NOT_OURS: Final = frozenset({"STAGE", "CONSOLE_ORIGIN", "OPENBLAS_NUM_THREADS", "PYDANTIC_DISABLE_PLUGINS"})
"""Variables of every function that no settings class holds; pydantic and Powertools read their own."""


def of_type(template: Template, kind: str) -> dict[str, Resource]:
    return {name: it for name, it in template["Resources"].items() if it["Type"] == kind}


FUNCTIONS: Final = of_type(TEMPLATE, "AWS::Serverless::Function")


def stars(template: Template) -> list[str]:
    """Stars in the policies of resources that no reason is given for."""
    return [
        f"{name} {text}"
        for name, resource in template["Resources"].items()
        for statement in statements(resource)
        for text in _texts([statement.get("Action", ()), statement.get("Resource", ())])
        if "*" in text and not _OBJECTS_OF_A_BUCKET.fullmatch(text) and f"{name} {text}" not in BROAD
    ]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def blind_readers(template: Template) -> set[str]:
    """Function and bucket where a function may read objects and cannot tell that one is absent.

    Without ``s3:ListBucket`` S3 answers 403 for an object that is not there (S3 API reference, GetObject).
    """
    reads, lists = (_buckets(template, action) for action in ("s3:GetObject", "s3:ListBucket"))
    return reads - lists - set(LINKS_ONLY)


def _buckets(template: Template, action: str) -> set[str]:
    """Functions that may do this, each with the bucket that it may do it in."""
    return {
        f"{name} {bucket}"
        for name, function in of_type(template, "AWS::Serverless::Function").items()
        for statement in statements(function)
        if action in _texts(statement["Action"])
        for text in _texts(statement["Resource"])
        for bucket in _BUCKET.findall(text)
    }


def lost_messages(template: Template) -> list[str]:
    """Queues without a queue for dead letters, and such queues without an alarm."""
    queues = of_type(template, "AWS::SQS::Queue")
    redrive = {name: it["Properties"].get("RedrivePolicy") for name, it in queues.items()}
    dead = {policy["deadLetterTargetArn"]["Fn::GetAtt"][0] for policy in redrive.values() if policy}
    dead |= {name for name in queues if name.endswith("DeadLetters")}
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"].get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Properties"]["Dimensions"]
    }
    return [name for name, policy in redrive.items() if not policy and name not in dead] + sorted(
        dead - watched
    )


def unknown_metrics(template: Template, emitted: frozenset[str]) -> list[str]:
    """Alarms on a metric that nobody publishes."""
    known = {**METRICS, "Gloss": emitted}
    return [
        name
        for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items()
        if alarm["Properties"]["MetricName"] not in known.get(alarm["Properties"]["Namespace"], frozenset())
    ]


def emitted_metrics(sources: list[str]) -> frozenset[str]:
    """Names of the metrics that calls of ``add_metric`` spell out."""
    calls = [
        node
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_metric"
    ]
    named = [call.args[0] if call.args else call.keywords[0].value for call in calls]
    return frozenset(str(name.value) for name in named if isinstance(name, ast.Constant))


def loose_ends(template: Template, name: str, function: Resource) -> list[str]:
    """What a function lacks: a log group of its own that is cleared, a time limit, tags, an event."""
    group = function["Properties"].get("LoggingConfig", {}).get("LogGroup", {}).get("Ref", "")
    logs = template["Resources"].get(group, {})
    users = [
        other
        for other in of_type(template, "AWS::Serverless::Function").values()
        if other["Properties"].get("LoggingConfig", {}).get("LogGroup", {}).get("Ref") == group
    ]
    lacks = {
        "a log group of its own": logs.get("Type") == "AWS::Logs::LogGroup" and len(users) == 1,
        "retention": "RetentionInDays" in logs.get("Properties", {}),
        "an event": any(ROOT.glob(f"events/*/{Path(function['Properties']['CodeUri']).name}.json")),
        "a handler": (ROOT / function["Properties"]["CodeUri"] / "handler.py").exists(),
    }
    return [f"{name}: {what}" for what, there in lacks.items() if not there]


def settings_gap(variables: set[str], settings: type[Any] | None) -> set[str]:
    """Variables that the settings ask for and do not get, or get and do not know."""
    if settings is None:
        return variables
    names = [name for name, _ in fields(settings)]
    needed = {name.upper() for name in names if not hasattr(settings, name)}
    known = {name.upper() for name in names}
    return (needed - variables) | (variables - known)


def settings_of(function: str) -> type[Any] | None:
    found: type[Any] | None = getattr(config, f"{function}Settings", None)
    return found


def variables_of(template: Template, function: Resource) -> set[str]:
    return set(function["Properties"].get("Environment", {}).get("Variables", {}))


def test_no_star_stands_in_a_policy_without_a_reason() -> None:
    assert stars(TEMPLATE) == []


def test_every_reason_is_still_needed() -> None:
    there = {
        f"{name} {text}"
        for name, it in TEMPLATE["Resources"].items()
        for text in _texts(list(statements(it)))
    }
    assert set(BROAD) <= there


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn"},
        {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": [{"Fn::Sub": "${Table.Arn}/*"}]},
    ],
)
def test_a_star_is_seen(statement: dict[str, Any]) -> None:
    policies = {"Policies": [{"Statement": [statement]}]}
    assert stars({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": policies}}})


def test_no_message_is_lost_unseen() -> None:
    assert lost_messages(TEMPLATE) == []


def test_a_queue_without_dead_letters_or_an_alarm_is_seen() -> None:
    policy = {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}}
    queues = {
        "Alone": {"Type": "AWS::SQS::Queue", "Properties": {}},
        "Kept": {"Type": "AWS::SQS::Queue", "Properties": policy},
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {}},
    }
    assert lost_messages({"Resources": queues}) == ["Alone", "Dead"]


def test_an_absent_object_is_told_from_a_forbidden_one() -> None:
    assert blind_readers(TEMPLATE) == set()
    assert set(LINKS_ONLY) <= _buckets(TEMPLATE, "s3:GetObject") - _buckets(TEMPLATE, "s3:ListBucket")


def test_a_function_that_cannot_tell_is_seen() -> None:
    get = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": {"Fn::Sub": "${OneBucket.Arn}/x/*"}}
    list_ = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": {"Fn::GetAtt": ["OneBucket", "Arn"]}}
    functions = {
        name: {"Type": "AWS::Serverless::Function", "Properties": {"Policies": [{"Statement": statements}]}}
        for name, statements in {"Blind": [get], "Seeing": [get, list_]}.items()
    }
    assert blind_readers({"Resources": functions}) == {"Blind OneBucket"}


def test_every_alarm_names_a_metric_that_exists() -> None:
    emitted = emitted_metrics([path.read_text() for path in (*MODULES, *HANDLERS)])
    assert unknown_metrics(TEMPLATE, emitted) == []


def test_an_alarm_on_nothing_is_seen() -> None:
    alarms = {
        "Typo": {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessageVisible"},
        "Never": {"Namespace": "Gloss", "MetricName": "NeverEmitted"},
        "Right": {"Namespace": "Gloss", "MetricName": "Drift"},
    }
    resources = {name: {"Type": "AWS::CloudWatch::Alarm", "Properties": it} for name, it in alarms.items()}
    emitted = emitted_metrics(
        ["m.add_metric(name='Drift', unit='Count', value=1)", "m.add_metric('Calls', 1, 1)"]
    )
    assert emitted == {"Drift", "Calls"}
    assert unknown_metrics({"Resources": resources}, emitted) == ["Typo", "Never"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_logs_an_event_and_a_handler(name: str) -> None:
    assert loose_ends(TEMPLATE, name, FUNCTIONS[name]) == []


def test_what_a_function_lacks_is_seen() -> None:
    bare = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "functions/none"}}
    assert len(loose_ends({"Resources": {"None": bare}}, "None", bare)) == 4


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_gets_the_variables_that_its_settings_ask_for(name: str) -> None:
    assert settings_gap(variables_of(TEMPLATE, FUNCTIONS[name]), settings_of(name)) == set()


def test_every_settings_class_has_its_function() -> None:
    bases = {base for kind in vars(config).values() if isinstance(kind, type) for base in kind.__mro__[1:]}
    owned = {
        name.removesuffix("Settings")
        for name, kind in vars(config).items()
        if name.endswith("Settings") and isinstance(kind, type) and kind not in bases
    }
    assert owned <= set(FUNCTIONS)


def test_a_variable_too_few_or_too_many_is_seen() -> None:
    settings = config.InspectImageSettings
    right = {"ORIGINALS_BUCKET", "DERIVED_BUCKET"}
    assert settings_gap(right, settings) == set()
    assert settings_gap({"ORIGINALS_BUCKET", "OTHER"}, settings) == {"DERIVED_BUCKET", "OTHER"}
    assert settings_gap({"OTHER"}, None) == {"OTHER"}


def test_what_every_function_gets_is_known() -> None:
    shared = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    assert {name for name in shared if not name.startswith("POWERTOOLS_")} == NOT_OURS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_is_importable_under_the_name_that_lambda_calls(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    folder = Path(FUNCTIONS[name]["Properties"]["CodeUri"]).name
    assert re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower() == folder
    module, _, function = TEMPLATE["Globals"]["Function"]["Handler"].partition(".")
    assert callable(getattr(import_module(f"functions.{folder}.{module}"), function))


def open_buckets(template: Template) -> list[str]:
    """What buckets lack: privacy, encryption, an owner, and on AWS a policy that refuses all without TLS."""
    tls = {
        policy["Properties"]["Bucket"]["Ref"]: policy
        for policy in of_type(template, "AWS::S3::BucketPolicy").values()
        if any(_refuses_without_tls(statement) for statement in statements(policy["Properties"]))
    }
    lacks = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        blocked = properties.get("PublicAccessBlockConfiguration", {})
        encryption = str(properties.get("BucketEncryption", {}))
        found = {
            "privacy": len(blocked) == 4 and all(blocked.values()),
            "encryption": "SSEAlgorithm" in encryption,
            "an owner": "BucketOwnerEnforced" in str(properties.get("OwnershipControls", {})),
            "TLS": name in tls and tls[name].get("Condition") in {"HasTls", bucket.get("Condition")},
        }
        lacks += [f"{name}: {what}" for what, there in found.items() if not there]
    return lacks


def _refuses_without_tls(statement: Mapping[str, Any]) -> bool:
    return (
        (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and len(statement["Resource"]) == 2
    )


def test_every_bucket_is_private_encrypted_and_reached_over_tls_only() -> None:
    assert of_type(TEMPLATE, "AWS::S3::Bucket")
    assert open_buckets(TEMPLATE) == []


def test_an_open_bucket_is_seen() -> None:
    bare = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}}}
    assert open_buckets(bare) == ["B: privacy", "B: encryption", "B: an owner", "B: TLS"]


def test_the_browser_may_send_files_from_the_consoles_origin_alone() -> None:
    (rule,) = TEMPLATE["Resources"]["OriginalsBucket"]["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == [{"Ref": "ConsoleOrigin"}]
    assert set(rule["AllowedMethods"]) == {"GET", "POST"}


def test_what_is_abandoned_or_made_anew_is_cleared_from_the_buckets() -> None:
    def rules(bucket: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = TEMPLATE["Resources"][bucket]["Properties"][
            "LifecycleConfiguration"
        ]["Rules"]
        assert all(rule["Status"] == "Enabled" for rule in found)
        return found

    (parts,) = rules("OriginalsBucket")
    assert parts["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "ExpirationInDays" not in parts
    kept = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules("DerivedBucket")}
    assert kept["copies/"] == kept["inputs/"] == 1
    assert all(copy_key("user", "image", 1).startswith(prefix) == (prefix == "copies/") for prefix in kept)


def test_everything_is_traced_by_the_services_themselves() -> None:
    shared = TEMPLATE["Globals"]
    assert shared["Function"]["Tracing"] == "Active"
    assert not [
        name for name, it in FUNCTIONS.items() if it["Properties"].get("Tracing", "Active") != "Active"
    ]
    machines = of_type(TEMPLATE, "AWS::Serverless::StateMachine")
    assert machines
    assert all(machine["Properties"]["Tracing"] == {"Enabled": True} for machine in machines.values())
    assert of_type(TEMPLATE, "AWS::Serverless::Api")["Api"]["Properties"]["TracingEnabled"] is True


def test_the_sweep_runs_every_five_minutes_and_one_at_a_time() -> None:
    sweep = FUNCTIONS["RetrySweep"]["Properties"]
    (schedule,) = sweep["Events"].values()
    assert schedule["Type"] == "ScheduleV2"
    assert schedule["Properties"]["ScheduleExpression"] == "rate(5 minutes)"
    assert "DeadLetterConfig" in schedule["Properties"]
    assert sweep["ReservedConcurrentExecutions"] == 1
    assert sweep["Timeout"] < 300
