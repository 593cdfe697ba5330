"""KMS as the vault uses it: what is sealed under one encryption context opens under no other."""

import json
from typing import TYPE_CHECKING, Any, cast

from tests.fakes.dynamodb import client_error

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class FakeKms:
    @property
    def client(self) -> "KMSClient":
        return cast("KMSClient", self)

    def encrypt(self, **request: Any) -> dict[str, Any]:
        sealed = [request["KeyId"], request["EncryptionContext"], request["Plaintext"].hex()[::-1]]
        return {"CiphertextBlob": json.dumps(sealed).encode()}

    def decrypt(self, **request: Any) -> dict[str, Any]:
        key, context, backwards = json.loads(request["CiphertextBlob"])
        if [key, context] != [request["KeyId"], request["EncryptionContext"]]:
            raise client_error("InvalidCiphertextException")
        return {"Plaintext": bytes.fromhex(backwards[::-1])}
