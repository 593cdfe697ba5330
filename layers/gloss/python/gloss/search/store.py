"""The Vectors table: one embedding per image."""

from gloss import dynamodb
from gloss.dynamodb import Write


class VectorStore:
    def __init__(self, table: str) -> None:
        self._table = table

    def put(self, user: str, image: str, vector: bytes, *, model: str, text_hash: str) -> Write:
        """``vector`` holds 16-bit floats, little-endian."""
        item = {"user": user, "image": image, "vector": vector, "model": model, "text_hash": text_hash}
        return dynamodb.put(self._table, item)

    def remove(self, user: str, image: str) -> Write:
        return dynamodb.delete(self._table, {"user": user, "image": image})
