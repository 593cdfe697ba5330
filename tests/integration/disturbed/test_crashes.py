"""The process dies behind every single AWS call; later the sweep runs. Nothing is lost or paid for twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError

from gloss.clock import utc_now
from gloss.describe.heuristic import HeuristicDescriber
from gloss.describe.memory import ScriptedDescriber
from gloss.describe.model import Description, Metadata, Ok, Outcome, Provenance, RateLimited, Transient, Usage
from gloss.errors import ImageNotFound, ProviderUnavailable
from gloss.images.model import REMOVED, Status
from gloss.images.uploads import File
from gloss.pipeline.model import message
from gloss.regenerate.model import RegenerateRequest
from tests.integration.backstage import Backstage
from tests.integration.person import SETTLED, Person, Picture
from tests.integration.workbench import Killed, Workbench
from tools.local_stack import LocalStack

PICTURE = Picture.drawn("beach", size=(120, 80))
NO_PICTURE = Picture("x.jpg", "image/jpeg", b"no picture")
PAID = Ok(
    Description(
        Metadata(title="A beach"),
        {"title": Provenance("ai", "openai", "gpt-4.1-mini")},
        usage=Usage(900, 120),
    )
)
ROUNDS = 4
"""Sweeps until everything has ended: one for each attempt that is left, and one to spare."""


@dataclass(frozen=True)
class Refusing:
    """A describer that always has the same excuse."""

    outcome: Outcome
    name: str = "heuristic"
    model: str = ""
    sees_pixels: bool = False

    def describe(self, _request: object) -> Outcome:
        return self.outcome


@pytest.fixture
def workbench(stack: LocalStack) -> Workbench:
    return Workbench(stack)


@pytest.fixture(autouse=True)
def _unannounced(backstage: Backstage) -> Iterator[None]:
    """Objects arrive without a word, so that this process does the work and not the deployed intake."""
    bucket = backstage.outputs["OriginalsBucket"]
    announced: Any = backstage.s3.get_bucket_notification_configuration(Bucket=bucket)
    announced.pop("ResponseMetadata")
    backstage.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    yield
    backstage.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=announced)


@dataclass(frozen=True)
class Scene:
    """What the acts need: who, and everything below the API."""

    person: Person
    backstage: Backstage
    bench: Workbench

    def pending(self) -> str:
        (form,) = self.person.start(PICTURE)
        image: str = form["id"]
        return image

    def sent(self, picture: Picture = PICTURE, *, attempts: int = 0) -> str:
        """An upload whose file is there, after so many attempts."""
        (image,) = self.person.upload(picture)
        if attempts:
            self.backstage.set_attempts(self.person.id, image, attempts)
        return image

    def finished(self) -> str:
        image = self.sent()
        self.work(image)
        return image

    def work(self, image: str) -> None:
        self.bench.intake.take(message(self.person.id, image))

    def recover(self, images: Sequence[str]) -> list[str]:
        """Let time pass and the deployed sweep run until all have ended; their statuses.

        The books are right behind the first sweep already: later ones only give the images what attempts
        are left to them.
        """
        for _ in range(ROUNDS):
            self.backstage.make_all_due(self.person.id)
            self.backstage.sweep()
            assert self.backstage.drained()
            self.check_books()
            statuses = [self.person.image(image)["status"] for image in images]
            if set(statuses) <= SETTLED:
                return statuses
        raise AssertionError(f"still open after {ROUNDS} sweeps: {statuses}")

    def check_books(self) -> None:
        assert self.backstage.ledger.audit(self.person.id).drifts == ()


@pytest.fixture
def scene(ann: Person, backstage: Backstage, workbench: Workbench) -> Scene:
    return Scene(ann, backstage, workbench)


def die_behind_every_call(
    scene: Scene, prepare: Callable[[], str], act: Callable[[str], object]
) -> list[str]:
    """One image for each call that ``act`` makes and dies behind, and the last one that survived.

    The death itself leaves no figure wrong, only something open.
    """
    images = []
    for call in count(1):
        images.append(prepare())
        try:
            with scene.bench.fuse.lit(call):
                act(images[-1])
        except Killed:
            scene.check_books()
            continue
        return images
    raise AssertionError


def test_starting_an_upload(scene: Scene, ann: Person) -> None:
    before = ann.credits()
    file = File(name="a.jpg", content_type="image/jpeg", size=10)

    def start(_: str) -> None:
        scene.bench.uploads.create(ann.id, [file, file])

    deaths = len(die_behind_every_call(scene, str, start)) - 1

    assert deaths >= 2
    listed = [image["id"] for image in ann.http.get("/images").json()["data"]["images"]]
    assert ann.credits() == before.after(held=len(listed))
    assert set(scene.recover(listed)) == {"cancelled"}
    assert ann.credits() == before


def test_the_whole_way_of_an_image(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(scene, scene.sent, scene.work)

    assert len(images) > 5
    assert set(scene.recover(images)) == {"complete"}
    assert ann.credits() == before.after(used=len(images))
    for image in images:
        assert backstage.versions(ann.id, image) == [1]
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "commit"]


def test_an_image_that_is_paid_for(scene: Scene, ann: Person, backstage: Backstage) -> None:
    """Whatever was kept of a paid call is used, and stands in the usage log once."""
    before = ann.credits()
    scene.bench.paid = inner = ScriptedDescriber(PAID, name="openai", sees_pixels=True)

    images = die_behind_every_call(scene, scene.sent, scene.work)

    assert len(images) > 8
    assert set(scene.recover(images)) == {"complete"}
    assert ann.credits() == before.after(used=len(images))
    provenances = [ann.image(image)["provenance"]["title"] for image in images]
    paid = [image for image, it in zip(images, provenances, strict=True) if it.get("provider") == "openai"]
    rows = Counter(row["image"] for row in backstage.usage(ann.id))
    assert rows == dict.fromkeys(paid, 1)
    assert len(inner.requests) == len(paid)


def test_an_image_that_fails_for_good(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(scene, lambda: scene.sent(NO_PICTURE), scene.work)

    assert len(images) > 3
    assert set(scene.recover(images)) == {"failed"}
    assert ann.credits() == before
    for image in images:
        assert ann.image(image)["failure"]["code"] == "UNSUPPORTED_FORMAT"
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_an_image_at_its_last_attempt(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()
    scene.bench.describer = Refusing(Transient("DOWN", "The provider is down."))

    images = die_behind_every_call(scene, lambda: scene.sent(attempts=2), scene.work)

    assert len(images) > 3
    assert set(scene.recover(images)) == {"failed"}
    assert {ann.image(image)["failure"]["code"] for image in images} == {"DOWN", "WORKER_DIED"}
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


@pytest.mark.parametrize(
    "excuse", [Transient("DOWN", "The provider is down."), RateLimited(retry_after_s=600)]
)
def test_an_image_that_is_put_off(scene: Scene, ann: Person, backstage: Backstage, excuse: Outcome) -> None:
    before = ann.credits()
    scene.bench.describer = Refusing(excuse)

    images = die_behind_every_call(scene, scene.sent, scene.work)

    assert len(images) > 3
    assert set(scene.recover(images)) == {"complete"}
    assert ann.credits() == before.after(used=len(images))
    assert all(backstage.versions(ann.id, image) == [1] for image in images)


def test_cancelling_an_upload(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene, scene.pending, lambda image: scene.bench.uploads.cancel(ann.id, image)
    )

    assert len(images) > 3
    assert set(scene.recover(images)) == {"cancelled"}
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_an_upload_whose_forms_cannot_be_made(scene: Scene, ann: Person) -> None:
    """It is given back at once, and dies on the way."""
    before = ann.credits()
    file = File(name="a.jpg", content_type="image/jpeg", size=10)

    def start(_: str) -> None:
        with pytest.raises(ParamValidationError):
            scene.bench.unsigned_uploads.create(ann.id, [file, file])

    deaths = len(die_behind_every_call(scene, str, start)) - 1

    assert deaths >= 3
    scene.recover(listed := [image["id"] for image in ann.http.get("/images").json()["data"]["images"]])
    assert {ann.image(image)["status"] for image in listed} == {"cancelled"}
    assert ann.credits() == before


def test_a_regeneration_that_cannot_be_enqueued(scene: Scene, ann: Person, backstage: Backstage) -> None:
    """It is called off at once, and dies on the way; later the sweep finds what was left queued."""
    before = ann.credits()

    def start(image: str) -> None:
        with pytest.raises(ProviderUnavailable):
            scene.bench.unheard_regenerations.start(ann.id, image, RegenerateRequest())

    images = die_behind_every_call(scene, scene.finished, start)

    assert len(images) > 3
    assert set(scene.recover(images)) == {"complete"}
    spent = sum(len(backstage.versions(ann.id, image)) for image in images)
    assert len(images) <= spent < 2 * len(images)
    assert ann.credits() == before.after(used=spent)


def test_a_result_that_comes_after_its_hold_ran_out(scene: Scene, ann: Person, backstage: Backstage) -> None:
    """The sweep has not noticed yet: the hold runs out while the picture is described."""
    before = ann.credits()

    class Late(HeuristicDescriber):
        def describe(self, request: Any) -> Any:
            backstage.expire_holds(ann.id)
            return super().describe(request)

    scene.bench.describer = Late()
    images = die_behind_every_call(scene, scene.sent, scene.work)

    assert len(images) > 6
    assert set(scene.recover(images)) == {"complete"}
    assert ann.credits() == before.after(used=len(images))
    for image in images:
        assert backstage.versions(ann.id, image) == [1]
        paid = [name for name in renewals(image) if backstage.journal(ann.id, name)[-1:] == ["commit"]]
        assert len(paid) == 1


def renewals(image: str) -> list[str]:
    """The names that an upload's reservation may have by now."""
    return [f"upload-{image}", *(f"upload-{image}~{number}" for number in range(1, ROUNDS + 2))]


def test_rolling_an_upload_back(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene, scene.pending, lambda image: scene.bench.rollbacks.roll_back(ann.id, f"upload-{image}")
    )

    assert len(images) > 2
    assert set(scene.recover(images)) == {"cancelled"}
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_asking_for_a_regeneration(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene,
        scene.finished,
        lambda image: scene.bench.regenerations.start(ann.id, image, RegenerateRequest()),
    )

    assert len(images) > 3
    assert set(scene.recover(images)) == {"complete"}
    spent = 0
    for image in images:
        versions = backstage.versions(ann.id, image)
        assert versions in ([1], [2, 1])
        spent += len(versions)
    assert ann.credits() == before.after(used=spent)


def test_deleting_an_image_that_waits(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(scene, scene.sent, lambda image: scene.bench.library.delete(ann.id, image))

    assert len(images) > 3
    scene.backstage.sweep()
    scene.check_books()
    _delete_again(scene, images)
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_deleting_a_finished_image(scene: Scene, ann: Person) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene, scene.finished, lambda image: scene.bench.library.delete(ann.id, image)
    )

    assert len(images) > 3
    scene.backstage.sweep()
    scene.check_books()
    _delete_again(scene, images)
    assert ann.credits() == before.after(used=len(images))


def _delete_again(scene: Scene, images: Sequence[str]) -> None:
    """As the user would whose request broke off before the record went; what broke off later is the sweep's.
    Then nothing of the images is left anywhere."""
    user, backstage = scene.person.id, scene.backstage
    for image in images:
        if backstage.images.get(user, image) is not None:
            scene.bench.library.delete(user, image)
        backstage.make_due(user, f"{REMOVED}{image}")
    backstage.sweep()
    for image in images:
        with pytest.raises(ImageNotFound):
            scene.bench.library.show(user, image)
        assert backstage.versions(user, image) == []
        assert not backstage.has_original(user, image)
        assert not backstage.has_derived(user, image)
        assert not backstage.has_vector(user, image)


def test_the_sweep_over_uploads_that_never_came(scene: Scene, ann: Person, backstage: Backstage) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene, lambda: _due(scene, scene.pending()), lambda _: scene.bench.sweep.run()
    )

    assert len(images) > 3
    assert set(scene.recover(images)) == {"cancelled"}
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_the_sweep_over_work_whose_worker_died_for_the_third_time(
    scene: Scene, ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()

    def abandoned() -> str:
        image = scene.sent(attempts=2)
        backstage.images.claim(ann.id, image, lease="dead", now=utc_now())
        return _due(scene, image)

    images = die_behind_every_call(scene, abandoned, lambda _: scene.bench.sweep.run())

    assert len(images) > 3
    assert set(scene.recover(images)) == {"failed"}
    assert {ann.image(image)["failure"]["code"] for image in images} == {"WORKER_DIED"}
    assert ann.credits() == before
    for image in images:
        assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "release"]


def test_the_sweep_over_files_whose_announcement_got_lost(
    scene: Scene, ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()

    images = die_behind_every_call(
        scene, lambda: _due(scene, scene.sent()), lambda _: scene.bench.sweep.run()
    )

    assert len(images) > 3
    assert set(scene.recover(images)) == {"complete"}
    assert ann.credits() == before.after(used=len(images))
    assert all(backstage.versions(ann.id, image) == [1] for image in images)


def test_a_worker_that_wakes_up_after_its_lease_publishes_nothing(
    scene: Scene, ann: Person, backstage: Backstage
) -> None:
    """It was slow, not dead: meanwhile the sweep gave the image to another worker."""
    before = ann.credits()
    image = scene.sent()

    class Slow(HeuristicDescriber):
        def describe(self, request: Any) -> Any:
            assert backstage.record(ann.id, image).status is Status.PROCESSING
            scene.recover([image])
            return super().describe(request)

    scene.bench.describer = Slow()
    verdicts = scene.bench.intake.take(message(ann.id, image))

    assert verdicts == ["superseded"]
    assert backstage.versions(ann.id, image) == [1]
    assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "commit"]
    assert ann.credits() == before.after(used=1)


def test_an_edit_while_the_image_is_worked_on_is_kept_and_costs_nothing(
    scene: Scene, ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    image = scene.sent()

    class Interrupted(HeuristicDescriber):
        def describe(self, request: Any) -> Any:
            edit = {"version": 0, "title": "By hand"}
            assert ann.http.patch(f"/images/{image}/metadata", json=edit).status_code == 200
            return super().describe(request)

    scene.bench.describer = Interrupted()
    scene.work(image)
    (status,) = scene.recover([image])

    shown = ann.image(image)
    assert (status, shown["metadata"]["title"]) == ("complete", "By hand")
    assert shown["provenance"]["title"]["source"] == "human"
    assert shown["metadata"]["altText"]
    assert backstage.versions(ann.id, image) == [2, 1]
    assert ann.credits() == before.after(used=1)


def test_a_credit_whose_hold_ran_out_is_paid_anew_and_only_once(
    scene: Scene, ann: Person, backstage: Backstage
) -> None:
    before = ann.credits()
    image = scene.sent()
    backstage.expire_holds(ann.id)
    backstage.sweep()
    assert ann.credits() == before

    scene.work(image)

    assert ann.image(image)["status"] == "complete"
    assert ann.credits() == before.after(used=1)
    assert backstage.journal(ann.id, f"upload-{image}") == ["reserve", "expire"]


def _due(scene: Scene, image: str) -> str:
    scene.backstage.make_due(scene.person.id, image)
    return image
