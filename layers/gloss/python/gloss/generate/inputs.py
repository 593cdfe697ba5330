"""The pictures that a generation begins with: the user's own images, and files of the web."""

from gloss.errors import SourceRefused
from gloss.images.objects import ObjectStore
from gloss.records import dataclass
from gloss.sources.model import MAX_FILE_BYTES, Source


@dataclass(frozen=True, slots=True)
class Inputs:
    """``web`` fetches addresses under the same guard as imports."""

    objects: ObjectStore
    web: Source

    def __call__(self, user: str, given: str) -> bytes:
        """The bytes of an input; raises as :meth:`Source.fetch`.

        Of an image the preview is enough, and the original only needed before it is inspected.
        """
        if "://" in given:
            return self.web.fetch(given, MAX_FILE_BYTES).data
        data = self.objects.preview(user, given) or self.objects.original(user, given)
        if data is None:
            raise SourceRefused("An image to be shown is not there any more.", image=given)
        return data
