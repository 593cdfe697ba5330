"""Named configurations: saved once, applied to any pictures."""

from typing import Final

from gloss.dynamodb import ConditionFailed, Item
from gloss.errors import Busy, TemplateNotFound, ValidationFailed
from gloss.generate.costs import model_name
from gloss.generate.requests import ApplyRequest, Configuration, CreateRequest
from gloss.generate.service import Generations
from gloss.generate.store import MAX_TEMPLATES, GenerationStore
from gloss.generate.views import GenerationCreated, TemplateList, TemplateRemoved, TemplateView
from gloss.records import dataclass

_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Templates:
    store: GenerationStore
    generations: Generations

    def save(self, user: str, name: str, configuration: Configuration) -> TemplateView:
        """Keep a configuration under a name; the one before is replaced.

        Raises:
            ValidationFailed: there is no such model, or there are too many templates.
            Busy: it was saved and removed all the while; nothing was done.
        """
        model_name(configuration.model)
        content = configuration.model_dump(mode="json", exclude_none=True)
        for _ in range(_ATTEMPTS):
            if self.store.replace_template(user, name, content) or self._add(user, name, content):
                return TemplateView(name=name, **dict(configuration))
        raise Busy

    def _add(self, user: str, name: str, content: Item) -> bool:
        """Whether it was added; not where somebody else just did."""
        try:
            self.store.add_template(user, name, content)
        except ConditionFailed as refusal:
            if 0 in refusal.failures:
                return False
            raise ValidationFailed("There are too many templates.", limit=MAX_TEMPLATES) from refusal
        return True

    def list(self, user: str) -> TemplateList:
        found = self.store.templates(user).items()
        return TemplateList(templates=[TemplateView(name=name, **content) for name, content in found])

    def remove(self, user: str, name: str) -> TemplateRemoved:
        """May be repeated."""
        return TemplateRemoved(name=name, removed=self.store.remove_template(user, name))

    def apply(self, user: str, name: str, request: ApplyRequest) -> GenerationCreated:
        """A generation of these pictures; raises as :meth:`Generations.create`.

        Raises:
            TemplateNotFound: the user has none of this name.
        """
        content = self.store.template(user, name)
        if content is None:
            raise TemplateNotFound(name=name)
        wanted = {**content, **request.model_dump(exclude_none=True)}
        return self.generations.create(user, CreateRequest.model_validate(wanted))
