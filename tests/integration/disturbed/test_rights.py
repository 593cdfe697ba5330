"""IAM is enforced: every right that a function has it needs, and what is not its own it cannot reach."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from gloss.images.model import MAX_ATTEMPTS
from tests.integration.backstage import Backstage
from tests.integration.person import Person, Picture, data, error, send
from tests.integration.rights import Rights
from tools.local_stack import LocalStack

FOREIGN = {
    "UploadsApi": ("VectorsTable",),
    "ImagesApi": ("IdempotencyTable",),
    "QuotaApi": ("VectorsTable",),
    "Intake": ("LedgerTable", "VectorsTable", "IdempotencyTable"),
    "InspectImage": ("LedgerTable", "ImagesTable", "VectorsTable", "IdempotencyTable"),
    "DescribeImage": ("LedgerTable", "VectorsTable", "IdempotencyTable"),
    "EmbedImage": ("LedgerTable", "VectorsTable", "IdempotencyTable"),
    "FinishImage": ("IdempotencyTable",),
    "FailImage": ("VectorsTable", "IdempotencyTable"),
    "RetrySweep": ("VectorsTable", "IdempotencyTable"),
    "GenerationsApi": ("VectorsTable", "JobsTable"),
    "StudioApi": ("VectorsTable", "JobsTable"),
    "GenerationIntake": ("ImagesTable", "SettingsTable", "IdempotencyTable"),
    "FetchInputs": ("LedgerTable", "ImagesTable", "SettingsTable"),
    "GeneratePictures": ("LedgerTable", "ImagesTable", "IdempotencyTable"),
    "StoreResults": ("LedgerTable", "ImagesTable", "SettingsTable"),
    "SettleGeneration": ("ImagesTable", "SettingsTable", "IdempotencyTable"),
    "SelectImages": ("LedgerTable", "ImagesTable", "SettingsTable"),
    "StartScheduled": ("VectorsTable", "IdempotencyTable"),
    "QueueWebhooks": ("LedgerTable", "ImagesTable", "SettingsTable"),
    "DeliverWebhook": ("LedgerTable", "ImagesTable", "JobsTable"),
}
"""Tables whose owner a function has no business with."""


@pytest.mark.parametrize("function", FOREIGN)
def test_no_function_reads_or_writes_the_table_of_another_owner(stack: LocalStack, function: str) -> None:
    own = Rights(stack, function).client("dynamodb")
    root = stack.access.client("dynamodb")
    for name in FOREIGN[function]:
        table = stack.outputs[name]
        schema = root.describe_table(TableName=table)["Table"]["KeySchema"]
        row = {key["AttributeName"]: {"S": "x"} for key in schema}
        for operation, arguments in {
            "scan": {},
            "get_item": {"Key": row},
            "put_item": {"Item": row},
            "delete_item": {"Key": row},
        }.items():
            with pytest.raises(ClientError, match="AccessDenied"):
                getattr(own, operation)(TableName=table, **arguments)


@pytest.mark.parametrize("function", ["UploadsApi", "Intake", "QuotaApi", "FinishImage", "FailImage"])
def test_who_has_no_business_with_pictures_cannot_read_them(stack: LocalStack, function: str) -> None:
    s3 = Rights(stack, function).client("s3")
    for bucket in ("OriginalsBucket", "DerivedBucket"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket=stack.outputs[bucket], Key="anybody/anything")


def test_without_its_right_to_reserve_no_upload_is_started_and_nothing_is_taken(
    stack: LocalStack, ann: Person
) -> None:
    before = ann.credits()
    body = {"files": [Picture.drawn().announced()]}

    with Rights(stack, "UploadsApi").without("dynamodb:BatchGetItem"):
        assert error(ann.http.post("/uploads", json=body), 500)["code"] == "INTERNAL"

    assert ann.credits() == before
    assert ann.http.post("/uploads", json=body).status_code == 201


@pytest.mark.parametrize(
    ("function", "action", "path"),
    [("QuotaApi", "dynamodb:BatchGetItem", "/quota"), ("ImagesApi", "dynamodb:Query", "/images")],
)
def test_without_its_right_to_read_a_route_answers_nothing(
    stack: LocalStack, ann: Person, function: str, action: str, path: str
) -> None:
    data(ann.http.get(path))

    with Rights(stack, function).without(action):
        refusal = error(ann.http.get(path), 500)

    assert refusal == {"code": "INTERNAL", "message": "Something went wrong on our side.", "details": {}}
    data(ann.http.get(path))


def test_a_form_cannot_be_used_once_its_maker_may_not_write(stack: LocalStack, ann: Person) -> None:
    """Forms are signed by the function's role, so they can do no more than it can."""
    picture = Picture.drawn()
    with Rights(stack, "UploadsApi").without("s3:PutObject"):
        s3 = Rights(stack, "UploadsApi").client("s3")
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object(Bucket=stack.outputs["OriginalsBucket"], Key=f"{ann.id}/x", Body=picture.data)


@pytest.mark.parametrize(
    ("function", "action"),
    [
        pytest.param("InspectImage", "s3:GetObject", marks=pytest.mark.heavy),
        ("FinishImage", "dynamodb:UpdateItem"),
    ],
)
def test_a_fault_of_the_infrastructure_is_tried_again_until_it_passes(
    stack: LocalStack, ann: Person, backstage: Backstage, function: str, action: str
) -> None:
    before = ann.credits()
    with Rights(stack, function).denied(action):
        (upload,) = ann.upload(Picture.drawn())
        image = ann.reaches(upload, {"retrying"})

    assert image["failure"]["code"] == "TASK_FAILED"
    assert image["attempt"] == 1
    assert image["retryAt"] > image["updatedAt"]
    assert ann.credits() == before.after(held=1)
    backstage.sweep()
    assert ann.image(upload)["status"] == "retrying"

    backstage.make_due(ann.id, upload)
    assert backstage.sweep()["queued"] >= 1

    (image,) = ann.settled([upload])
    assert (image["status"], image["failure"]) == ("complete", None)
    assert ann.credits() == before.after(used=1)
    assert backstage.journal(ann.id, f"upload-{upload}") == ["reserve", "commit"]


def test_the_third_fault_is_the_last_and_gives_the_credit_back_once(
    stack: LocalStack, ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    picture = Picture.drawn()
    (form,) = ann.start(picture)
    backstage.set_attempts(ann.id, form["id"], MAX_ATTEMPTS - 1)

    with Rights(stack, "InspectImage").denied("s3:GetObject"):
        send(form, picture)
        (image,) = ann.settled([form["id"]])

    assert_given_up(ann, backstage, image)
    assert ann.credits() == before


@pytest.mark.heavy
def test_three_faults_one_after_the_other(stack: LocalStack, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()
    with Rights(stack, "InspectImage").denied("s3:GetObject"):
        (upload,) = ann.upload(Picture.drawn())
        for attempt in range(1, MAX_ATTEMPTS):
            assert ann.reaches(upload, {"retrying"})["attempt"] == attempt
            assert ann.credits() == before.after(held=1)
            backstage.make_due(ann.id, upload)
            backstage.sweep()
            assert backstage.drained()
        (image,) = ann.settled([upload])

    assert_given_up(ann, backstage, image)
    assert ann.credits() == before


def assert_given_up(person: Person, backstage: Backstage, image: dict[str, Any]) -> None:
    """Failed for good: the credit went back once, and nothing that comes later changes that."""
    assert (image["status"], image["failure"]["attempt"]) == ("failed", MAX_ATTEMPTS)
    assert image["failure"]["code"] == "TASK_FAILED"
    backstage.announce(person.id, image["id"])
    backstage.sweep()
    assert backstage.drained()
    assert person.image(image["id"])["status"] == "failed"
    assert backstage.journal(person.id, f"upload-{image['id']}") == ["reserve", "release"]
