"""Keys of users, sealed by KMS. The encryption context ties a sealed key to its user and provider: copied
into somebody else's row, it does not open."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class Vault:
    def __init__(self, client: "KMSClient", key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, user: str, provider: str, secret: str) -> bytes:
        answer = self._client.encrypt(
            KeyId=self._key_id, Plaintext=secret.encode(), EncryptionContext=_context(user, provider)
        )
        return answer["CiphertextBlob"]

    def open(self, user: str, provider: str, sealed: bytes) -> str:
        """Raises ``ClientError`` (InvalidCiphertextException) for what was sealed for somebody else."""
        answer = self._client.decrypt(
            KeyId=self._key_id, CiphertextBlob=sealed, EncryptionContext=_context(user, provider)
        )
        return answer["Plaintext"].decode()


def _context(user: str, provider: str) -> dict[str, str]:
    return {"user": user, "provider": provider}
