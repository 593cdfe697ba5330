"""What no client can do: look below the API, send messages again, let time pass, run the sweep."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from gloss.dynamodb import to_attributes
from gloss.images.model import Image
from gloss.images.store import ImageStore
from gloss.metering.store import UsageStore
from gloss.quota.plans import Plans
from gloss.quota.service import Ledger
from gloss.quota.store import LedgerStore
from tools.local_engine import wait_for
from tools.local_stack import LocalStack


class Backstage:
    """The data and the moving parts of one stack."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.outputs = stack.outputs
        client = stack.access.client
        self.dynamodb = client("dynamodb")
        self.s3 = client("s3")
        self.sqs = client("sqs")
        self.images = ImageStore(self.dynamodb, self.outputs["ImagesTable"])
        self.ledger = Ledger(self.dynamodb, self.outputs["LedgerTable"], Plans.load(""))

    def record(self, user: str, image: str) -> Image:
        found = self.images.get(user, image)
        assert found is not None
        return found

    def versions(self, user: str, image: str) -> list[int]:
        """Numbers of the kept versions, newest first."""
        return [version.number for version in self.images.versions(user, image)]

    def has_original(self, user: str, image: str) -> bool:
        return self._has("OriginalsBucket", user, image)

    def has_derived(self, user: str, image: str) -> bool:
        return self._has("DerivedBucket", user, image)

    def has_copy(self, user: str, image: str) -> bool:
        """A copy of the file with its metadata inside."""
        return self._has("DerivedBucket", f"copies/{user}", image)

    def _has(self, bucket: str, user: str, image: str) -> bool:
        return "Contents" in self.s3.list_objects_v2(Bucket=self.outputs[bucket], Prefix=f"{user}/{image}")

    def has_vector(self, user: str, image: str) -> bool:
        key = to_attributes({"user": user, "image": image})
        row = self.dynamodb.get_item(TableName=self.outputs["VectorsTable"], Key=key).get("Item", {})
        return "vector" in row

    def journal(self, user: str, reservation: str) -> list[str]:
        """What the ledger did with a reservation, in order: reserve, then commit, release or expire."""
        page = self.ledger.journal(user, limit=500)
        return [entry.type for entry in reversed(page.entries) if reservation in entry.reservations]

    def usage(self, user: str) -> list[dict[str, Any]]:
        """Rows of the usage log, newest first."""
        return UsageStore(self.dynamodb, self.outputs["UsageTable"]).rows(user, before=None, limit=500)[0]

    def announce(self, user: str, *images: str) -> None:
        """An S3 event for these objects, as S3 sends it and may send it again."""
        records = [{"s3": {"object": {"key": f"{user}/{image}"}}} for image in images]
        self._send({"Records": records})

    def ask(self, user: str, image: str) -> None:
        """A message that asks for the open work of an image."""
        self._send({"user": user, "image": image})

    def _send(self, body: Mapping[str, Any]) -> None:
        self.sqs.send_message(QueueUrl=self.outputs["InteractiveQueue"], MessageBody=json.dumps(body))

    def forget_messages(self) -> None:
        """Without waiting for the quarter of an hour after which a message that failed comes again."""
        self.sqs.purge_queue(QueueUrl=self.outputs["InteractiveQueue"])

    def drained(self, deadline_s: float = 60) -> bool:
        """Whether nothing waits in the interactive queue and nothing of it is being worked on."""
        return wait_for(lambda: not any(self._depths()), deadline_s)

    def _depths(self) -> list[int]:
        names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.outputs["InteractiveQueue"], AttributeNames=names
        )
        return [int(count) for count in answer["Attributes"].values()]

    def set_attempts(self, user: str, image: str, attempts: int) -> None:
        """As if so many attempts at the open work had been made."""
        self.dynamodb.update_item(
            TableName=self.images.table,
            Key=to_attributes({"user": user, "image": image}),
            UpdateExpression="SET attempt = :attempts",
            ConditionExpression="attribute_exists(image)",
            ExpressionAttributeValues=to_attributes({":attempts": attempts}),
        )

    def make_due(self, user: str, image: str) -> None:
        """Let the time pass that the sweep waits before it looks at this image."""
        self.dynamodb.update_item(
            TableName=self.images.table,
            Key=to_attributes({"user": user, "image": image}),
            UpdateExpression="SET due_at = :past",
            ConditionExpression="attribute_exists(due_at)",
            ExpressionAttributeValues=to_attributes({":past": int(time.time()) - 1}),
        )

    def make_all_due(self, user: str) -> None:
        """Let it pass for all open images of a user."""
        images, more = self.images.page(user, status=None, before=None, limit=100)
        assert more is None
        for image in images:
            if image.due_at is not None:
                # A worker may have finished it since it was read.
                with suppress(self.dynamodb.exceptions.ConditionalCheckFailedException):
                    self.make_due(user, image.image)

    def lose_file(self, user: str, image: str) -> None:
        """The original is gone, and what was found out about it: the next inspection fails for good."""
        self.s3.delete_object(Bucket=self.outputs["OriginalsBucket"], Key=f"{user}/{image}")
        self.dynamodb.update_item(
            TableName=self.images.table,
            Key=to_attributes({"user": user, "image": image}),
            UpdateExpression="REMOVE inspection",
            ConditionExpression="attribute_exists(inspection)",
        )

    def change_generation(self, user: str, generation: str, **changes: int) -> None:
        """Set some fields of a generation that is open, as if time had passed or attempts had been made."""
        self.dynamodb.update_item(
            TableName=self.outputs["GenerationsTable"],
            Key=to_attributes({"user": user, "generation": generation}),
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
            ConditionExpression="attribute_exists(due_at)",
            ExpressionAttributeValues=to_attributes({f":{name}": it for name, it in changes.items()}),
        )

    def forget_picture(self, user: str, generation: str, number: int) -> None:
        """Remove a picture of a generation behind everybody's back."""
        key = f"generations/{user}/{generation}/{number}"
        assert "Contents" in self.s3.list_objects_v2(Bucket=self.outputs["DerivedBucket"], Prefix=key)
        self.s3.delete_object(Bucket=self.outputs["DerivedBucket"], Key=key)

    def wrote(self, function: str, *texts: str) -> bool:
        """Whether a function has written a line with all of these texts into its log."""
        lines = self.stack.access.logs(function)
        return any(all(text in line.message for text in texts) for line in lines)

    def expire_holds(self, user: str) -> None:
        """Let the time pass that the user's credits are held for."""
        for held in LedgerStore(self.dynamodb, self.outputs["LedgerTable"]).open_reservations(user):
            self.dynamodb.update_item(
                TableName=self.outputs["LedgerTable"],
                Key=to_attributes({"account": user, "entry": f"RES#{held.id}"}),
                UpdateExpression="SET expires_at = :past",
                ExpressionAttributeValues=to_attributes({":past": int(time.time()) - 1}),
            )

    def sweep(self) -> dict[str, int]:
        """Run the deployed sweep once; what it did."""
        lambda_ = self.stack.access.client("lambda")
        answer = lambda_.invoke(FunctionName=self.outputs["RetrySweep"], Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        done: dict[str, int] = json.load(answer["Payload"])
        return done
