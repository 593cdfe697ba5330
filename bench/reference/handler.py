"""What the functions' cold starts are measured against: Powertools' resolver with validation, a pydantic
model, and boto3 clients for S3 and DynamoDB, as its documentation puts them together."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from pydantic import BaseModel

app = APIGatewayRestResolver(enable_validation=True)
logger = Logger(service="reference")
dynamodb = boto3.client("dynamodb")
s3 = boto3.client("s3")


class Image(BaseModel):
    id: str
    found: bool
    url: str


@app.get("/images/<image_id>")
def show(image_id: str) -> Image:
    key = {"user": {"S": "somebody"}, "image": {"S": image_id}}
    item = dynamodb.get_item(TableName="ImagesTable", Key=key).get("Item")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "derived", "Key": image_id})
    return Image(id=image_id, found=item is not None, url=url)


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 - Lambda's own
    logger.info("request")
    return app.resolve(event, context)
