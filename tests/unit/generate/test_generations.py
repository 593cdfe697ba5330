"""Generations from creation to their end: tokens, statuses, pictures."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from gloss.delays import MAX_DELAY_S
from gloss.describe.model import Permanent, RateLimited, Transient, Usage
from gloss.errors import (
    AddressRefused,
    GenerationNotFound,
    ImageNotFound,
    InvalidGenerationStatus,
    QuotaExceeded,
    ValidationFailed,
)
from gloss.errors import RateLimited as TooMany
from gloss.generate.making import MAX_PICTURE_BYTES, Made
from gloss.generate.model import DEADLINE, MAX_RUNS, PATIENCE, GenerationStatus
from gloss.images.model import Status as ImageStatus
from gloss.pipeline.model import failure as step_failure
from tests.fakes.dynamodb import Fault, denied
from tests.fakes.generation import GENERATION_QUEUES, MODEL, TOKENS, GenerationKit, picture
from tests.fakes.product import DERIVED, ORIGINALS, USER

COST = 110
SECOND = timedelta(seconds=1)
FLAKY = Transient("PROVIDER_ERROR", "It broke.")
REFUSED = Permanent("CONTENT_REFUSED", "It did not want to.")


class TestCreating:
    def test_the_tokens_are_held_before_anything_is_made(self, kit: GenerationKit) -> None:
        created = kit.generations.create(USER, kit.request())
        assert (created.status, created.estimated_cost) == ("pending", COST)
        assert created.expires_at == "2026-11-20T13:00:00.000000Z"
        assert "photorealistic" in created.prompt
        assert kit.left == TOKENS - COST
        assert (kit.maker.requests, kit.messages()) == ([], [])

    def test_cost_follows_quality_count_and_inputs(self, kit: GenerationKit) -> None:
        images = [kit.image(), kit.image()]
        request = kit.request(product_images=images, quality="high", count=3)
        assert kit.generations.create(USER, request).estimated_cost == 3 * (200 + 2 * 10)

    def test_a_provider_stands_for_its_first_model(self, kit: GenerationKit) -> None:
        kit.record(kit.create(model="local"))
        assert kit.record(kit.create(model="local")).order.model == MODEL

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"model": "dreams-9"}, ValidationFailed),
            ({"product_images": ["019bc1f7-5a00-7000-8000-00000000dead"]}, ImageNotFound),
            ({"product_images": ["no id at all"]}, ImageNotFound),
            ({"product_images": ["http://example.com/a.jpg"]}, AddressRefused),
            ({"product_images": ["https://example.com:8080/a.jpg"]}, AddressRefused),
            ({"model": "bedrock", "model_images": ["https://example.com/a.jpg"] * 5}, ValidationFailed),
        ],
    )
    def test_what_cannot_be_made_is_refused_and_costs_nothing(
        self, kit: GenerationKit, change: dict[str, Any], refusal: type[Exception]
    ) -> None:
        request = kit.request(**change)
        with pytest.raises(refusal):
            kit.generations.create(USER, request)
        assert kit.left == TOKENS

    def test_a_provider_that_nobody_has_access_to_is_refused_before_a_token_is_held(self) -> None:
        kit = GenerationKit(access=frozenset({"bedrock"}))
        image = kit.image()
        asked = kit.request(model="openai", product_images=[image])
        with pytest.raises(ValidationFailed, match="no access to openai") as refused:
            kit.generations.create(USER, asked)
        assert refused.value.details["field"] == "model"
        with pytest.raises(ValidationFailed):
            kit.generations.create_batch(USER, [kit.request(), asked])
        assert kit.left == TOKENS
        kit.create(model="bedrock", product_images=[image])
        kit.own_key()
        kit.create(model="openai", product_images=[image])

    def test_a_key_that_is_refused_begins_no_work(self, kit: GenerationKit) -> None:
        image = kit.image()
        kit.own_key()
        first = kit.create(model="openai", product_images=[image])
        kit.own_key(status="refused")
        for begin in (
            lambda: kit.create(model="openai", product_images=[image]),
            lambda: kit.generations.regenerate(USER, first),
        ):
            with pytest.raises(ValidationFailed, match="does not accept your key") as refused:
                begin()
            assert refused.value.details["field"] == "model"
        assert kit.left == TOKENS
        kit.create(product_images=[image])

    def test_images_of_others_and_images_without_a_picture_cannot_be_shown(self, kit: GenerationKit) -> None:
        theirs = kit.product.complete(user="ben")
        with pytest.raises(ImageNotFound):
            kit.create(product_images=[theirs])
        waiting = kit.product.upload()
        assert kit.product.status(waiting) is ImageStatus.PENDING
        with pytest.raises(ValidationFailed):
            kit.create(product_images=[waiting])

    def test_without_tokens_there_is_no_record(self, kit: GenerationKit) -> None:
        kit.tokens(COST - 1)
        with pytest.raises(QuotaExceeded):
            kit.create()
        assert kit.generations.page(USER, status=None, before=None, limit=10).generations == []

    def test_fifty_at_once_with_tokens_for_ten_are_ten(self, kit: GenerationKit) -> None:
        kit.tokens(10 * COST)
        request = kit.request()

        def create(_: int) -> bool:
            try:
                kit.generations.create(USER, request)
            except QuotaExceeded:
                return False
            return True

        with ThreadPoolExecutor(50) as pool:
            assert sum(pool.map(create, range(50))) == 10
        assert kit.left == 0

    def test_with_an_own_key_no_tokens_are_needed(self, kit: GenerationKit) -> None:
        request = kit.request(model="openai")
        kit.own_key()
        kit.tokens(0)
        record = kit.record(kit.generations.create(USER, request).generation_id)
        assert (record.byok, record.tokens) == (True, 0)
        kit.start(record.generation)
        assert kit.deliver() == "completed"
        assert (kit.record(record.generation).charged, kit.left) == (0, 0)

    def test_so_many_a_minute_and_no_more(self, kit: GenerationKit) -> None:
        slow = GenerationKit(product=kit.product, per_minute=3)
        request = slow.request()
        slow.generations.create_batch(USER, [request, request])
        with pytest.raises(TooMany) as refused:
            slow.generations.create_batch(USER, [request, request])
        assert refused.value.details == {"retry_after": 61}
        slow.generations.create(USER, request)
        slow.product.clock.forward(timedelta(minutes=1))
        slow.generations.create_batch(USER, [request] * 3)
        with pytest.raises(TooMany):
            slow.generations.create_batch(USER, [request] * 4)


class TestBatch:
    def test_all_or_none_are_reserved(self, kit: GenerationKit) -> None:
        kit.tokens(3 * COST)
        request, dear = kit.request(), kit.request(quality="high")
        with pytest.raises(QuotaExceeded):
            kit.generations.create_batch(USER, [request, request, dear])
        assert kit.left == 3 * COST
        created = kit.generations.create_batch(USER, [request] * 3)
        assert created.estimated_cost == 3 * COST
        assert len({each.generation_id for each in created.generations}) == 3
        assert kit.left == 0

    def test_a_batch_waits_in_a_queue_of_its_own(self, kit: GenerationKit) -> None:
        (one,) = kit.generations.create_batch(USER, [kit.request()]).generations
        kit.start(one.generation_id)
        kit.started()
        assert [queue for queue, _ in kit.messages()] == [
            GENERATION_QUEUES["batch"],
            GENERATION_QUEUES["interactive"],
        ]


class TestStarting:
    def test_a_generation_is_made_and_charged(self, kit: GenerationKit) -> None:
        generation = kit.started(count=2, parameters={"seed": 7})
        assert kit.record(generation).status is GenerationStatus.PROCESSING
        kit.product.clock.forward(3 * SECOND)
        assert kit.deliver() == "completed"
        shown = kit.generations.show(USER, generation)
        assert (shown.status, shown.tokens_charged, shown.retry_count) == ("completed", 2 * COST, 0)
        assert (shown.processing_time, shown.error) == (3.0, None)
        assert [(it.number, it.content_type, it.width) for it in shown.pictures] == [
            (1, "image/jpeg", 96),
            (2, "image/jpeg", 96),
        ]
        assert set(shown.pictures[0].links) == {"picture", "thumbnail"}
        assert f"generations/{USER}/{generation}/1?" in shown.pictures[0].links["picture"]
        assert sorted(request.seed for request in kit.maker.requests) == [7, 8]
        assert (DERIVED, f"generations/{USER}/{generation}/2/thumbnail.jpg") in kit.product.s3.objects
        assert kit.left == TOKENS - 2 * COST

    def test_twenty_at_once_start_it_once(self, kit: GenerationKit) -> None:
        generation = kit.create()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: kit.generations.start(USER, generation), range(20)))
        assert {answer.status for answer in answers} == {GenerationStatus.PROCESSING}
        assert len(kit.messages()) == 1
        assert kit.deliver_all() == ["completed"]
        assert len(kit.maker.requests) == 1
        assert kit.left == TOKENS - COST

    def test_a_message_that_comes_twice_changes_nothing(self, kit: GenerationKit) -> None:
        kit.started()
        (_, body) = kit.messages()[0]
        assert [kit.intake.take(body), kit.intake.take(body)] == ["completed", "duplicate"]
        assert len(kit.maker.requests) == 1

    def test_what_has_ended_is_not_started_again(self, kit: GenerationKit) -> None:
        generation = kit.started()
        kit.deliver()
        with pytest.raises(InvalidGenerationStatus) as refused:
            kit.start(generation)
        assert refused.value.details["status"] == "completed"

    def test_only_its_owner_starts_it(self, kit: GenerationKit) -> None:
        generation = kit.create()
        for use in (kit.generations.start, kit.generations.show, kit.generations.cancel):
            with pytest.raises(GenerationNotFound):
                use("ben", generation)

    def test_so_many_at_once_and_no_more(self, kit: GenerationKit) -> None:
        started = [kit.started() for _ in range(5)]
        another = kit.create()
        with pytest.raises(TooMany) as refused:
            kit.start(another)
        assert refused.value.details == {"retry_after": 15}
        assert kit.record(another).status is GenerationStatus.PENDING
        kit.start(started[0])
        kit.deliver()
        kit.start(another)
        assert set(kit.deliver_all()) == {"completed"}
        assert kit.left == TOKENS - 6 * COST

    def test_a_message_that_cannot_be_sent_is_the_sweeps(self, kit: GenerationKit) -> None:
        generation = kit.create()
        fault = Fault("send_message", denied())
        kit.product.sqs.inject(fault)
        kit.start(generation)
        kit.product.sqs.faults.clear()
        assert kit.messages() == []
        assert kit.forward(PATIENCE["interactive"] + SECOND) == {"generation queued": 1}
        assert kit.deliver() == "completed"


class TestFailing:
    def test_what_may_pass_is_tried_again(self, kit: GenerationKit) -> None:
        kit.maker.script = lambda number, _: FLAKY if number == 0 else None
        generation = kit.started()
        assert kit.deliver() == "put_back"
        assert kit.generations.show(USER, generation).error is not None
        assert kit.deliver() == "completed"
        shown = kit.generations.show(USER, generation)
        assert (shown.retry_count, shown.error, shown.tokens_charged) == (1, None, COST)

    def test_the_second_failure_gives_all_tokens_back_and_it_may_be_started_again(
        self, kit: GenerationKit
    ) -> None:
        kit.maker.always(FLAKY)
        generation = kit.started()
        assert kit.deliver_all() == ["put_back", "failed"]
        shown = kit.generations.show(USER, generation)
        assert (shown.status, shown.tokens_charged) == ("failed", 0)
        assert shown.error
        assert (shown.error.code, shown.error.retryable) == ("PROVIDER_ERROR", True)
        assert kit.left == TOKENS
        kit.maker.script = lambda *_: None
        kit.start(generation)
        assert kit.left == TOKENS - COST
        assert kit.deliver() == "completed"
        assert kit.generations.show(USER, generation).retry_count == 2
        assert kit.left == TOKENS - COST

    def test_a_refusal_is_final(self, kit: GenerationKit) -> None:
        kit.maker.always(REFUSED)
        generation = kit.started()
        assert kit.deliver_all() == ["failed"]
        assert kit.left == TOKENS
        with pytest.raises(InvalidGenerationStatus):
            kit.start(generation)

    def test_a_failed_one_needs_its_tokens_again(self, kit: GenerationKit) -> None:
        kit.maker.always(FLAKY)
        generation = kit.started()
        kit.deliver_all()
        kit.tokens(COST - 1)
        with pytest.raises(QuotaExceeded):
            kit.start(generation)
        assert kit.record(generation).status is GenerationStatus.FAILED

    def test_a_failed_one_needs_a_place_again_and_holds_nothing_without_one(self, kit: GenerationKit) -> None:
        kit.maker.always(FLAKY)
        generation = kit.started()
        kit.deliver_all()
        for _ in range(5):
            kit.started()
        left = kit.left
        with pytest.raises(TooMany) as refused:
            kit.start(generation)
        assert refused.value.details == {"retry_after": 15}
        assert kit.record(generation).status is GenerationStatus.FAILED
        assert kit.left == left == TOKENS - 5 * COST

    def test_it_is_started_so_often_and_no_more(self, kit: GenerationKit) -> None:
        kit.maker.always(FLAKY)
        generation = kit.started()
        for _ in range(MAX_RUNS - 1):
            assert kit.deliver() == "put_back"
            assert self.retryable(kit, generation) is False
            kit.deliver_all()
            assert self.retryable(kit, generation) is True
            kit.start(generation)
            assert self.retryable(kit, generation) is None
        kit.deliver_all()
        assert self.retryable(kit, generation) is False
        with pytest.raises(InvalidGenerationStatus):
            kit.start(generation)
        assert kit.left == TOKENS

    def retryable(self, kit: GenerationKit, generation: str) -> bool | None:
        """Whether it says that it can be started again; ``None`` where nothing failed."""
        error = kit.generations.show(USER, generation).error
        return error.retryable if error else None

    def test_a_rate_limit_uses_no_attempt(self, kit: GenerationKit) -> None:
        kit.maker.script = lambda number, _: RateLimited(4.5) if number < 5 else None
        generation = kit.started()
        assert kit.deliver() == "put_back"
        assert 5 <= kit.product.sqs.messages[-1]["DelaySeconds"] <= 6
        assert kit.record(generation).attempt == 0
        assert kit.deliver_all() == ["put_back"] * 4 + ["completed"]

    @pytest.mark.parametrize("told", [MAX_DELAY_S, MAX_DELAY_S + 100])
    def test_a_rate_limit_as_long_as_a_queue_can_hold_a_message(
        self, kit: GenerationKit, told: float
    ) -> None:
        kit.maker.script = lambda number, _: RateLimited(told) if number == 0 else None
        generation = kit.started()
        assert kit.deliver() == "put_back"
        assert kit.product.sqs.messages[-1]["DelaySeconds"] == 900
        assert kit.forward(timedelta(seconds=900)) == {}
        assert kit.deliver() == "completed"
        assert kit.generations.show(USER, generation).error is None

    def test_a_rate_limit_beyond_the_deadline_fails_it(self, kit: GenerationKit) -> None:
        kit.maker.always(RateLimited(DEADLINE["interactive"].total_seconds()))
        generation = kit.started()
        assert kit.deliver() == "failed"
        failure = kit.record(generation).failure
        assert failure
        assert (failure.code, failure.retryable) == ("RATE_LIMITED", True)
        assert kit.left == TOKENS

    def test_pictures_that_were_paid_are_not_paid_again(self, kit: GenerationKit) -> None:
        kit.maker.script = lambda _, request: FLAKY if request.seed == 2 and first else None
        first = True
        generation = kit.started(count=3, parameters={"seed": 1})
        assert kit.deliver() == "put_back"
        first = False
        assert kit.deliver() == "completed"
        assert sorted(request.seed for request in kit.maker.requests) == [1, 2, 2, 3]
        assert len(kit.record(generation).pictures) == 3

    def test_half_of_it_is_half_the_price(self, kit: GenerationKit) -> None:
        kit.maker.script = lambda _, request: REFUSED if request.seed == 2 else None
        generation = kit.started(count=2, parameters={"seed": 1})
        assert kit.deliver() == "completed"
        shown = kit.generations.show(USER, generation)
        assert ([it.number for it in shown.pictures], shown.tokens_charged) == ([1], COST)
        assert shown.error
        assert shown.error.code == "CONTENT_REFUSED"
        assert kit.left == TOKENS - COST

    def test_what_was_counted_is_charged_but_never_more_than_was_said(self, kit: GenerationKit) -> None:
        kit.maker.always(Made(picture(), Usage(20, 30)))
        kit.started()
        kit.deliver()
        assert kit.left == TOKENS - 50
        kit.maker.always(Made(picture(), Usage(20, 100_000)))
        kit.started()
        kit.deliver()
        assert kit.left == TOKENS - 50 - COST

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"<html>",
            picture()[:600],
            b"\xff\xd8\xff" + bytes(MAX_PICTURE_BYTES),
        ],
        ids=["empty", "page", "cut off", "oversized"],
    )
    def test_what_is_no_picture_is_not_kept(self, kit: GenerationKit, data: bytes) -> None:
        kit.maker.always(Made(data))
        generation = kit.started()
        assert kit.deliver_all() == ["put_back", "failed"]
        failure = kit.record(generation).failure
        assert failure
        assert failure.code == "INVALID_ANSWER"
        assert len(kit.maker.requests) == 2
        assert (DERIVED, f"generations/{USER}/{generation}/1") not in kit.product.s3.objects
        assert kit.left == TOKENS

    def test_one_broken_picture_of_two_is_made_anew_and_then_left_out(self, kit: GenerationKit) -> None:
        broken = Made(picture()[:600])
        kit.maker.script = lambda _, request: broken if request.seed == 2 else None
        generation = kit.started(count=2, parameters={"seed": 1})
        assert kit.deliver_all() == ["put_back", "completed"]
        record = kit.record(generation)
        assert [it.number for it in record.pictures] == [1]
        assert record.failure
        assert record.failure.code == "INVALID_ANSWER"
        assert kit.left == TOKENS - COST


class TestInputs:
    def test_files_of_the_web_are_fetched_and_shown(self, kit: GenerationKit) -> None:
        urls = ["https://example.com/a.jpg", "https://example.com/b.jpg"]
        kit.web.files = dict.fromkeys(urls, picture("flowers"))
        kit.started(product_images=urls[:1], model_images=urls[1:])
        assert kit.deliver() == "completed"
        (request,) = kit.maker.requests
        assert (len(request.products), len(request.models)) == (1, 1)
        assert request.products[0].startswith(b"\xff\xd8\xff")

    @pytest.mark.parametrize(("data", "code"), [(None, "SOURCE_REFUSED"), (b"<html>", "UNSUPPORTED_FORMAT")])
    def test_what_cannot_be_shown_fails_it_before_anything_is_paid(
        self, kit: GenerationKit, data: bytes | None, code: str
    ) -> None:
        url = "https://example.com/a.jpg"
        kit.web.files = {url: data} if data is not None else {}
        generation = kit.started(product_images=[url])
        assert kit.deliver() == "failed"
        failure = kit.record(generation).failure
        assert failure
        assert (failure.code, failure.retryable) == (code, False)
        assert (kit.maker.requests, kit.left) == ([], TOKENS)

    def test_an_image_that_was_deleted_since_cannot_be_shown(self, kit: GenerationKit) -> None:
        image = kit.image()
        kit.started(product_images=[image])
        del kit.product.s3.objects[ORIGINALS, f"{USER}/{image}"]
        assert kit.deliver() == "failed"

    def test_inputs_that_vanished_are_fetched_again(self, kit: GenerationKit) -> None:
        generation = kit.started()
        key = (DERIVED, f"inputs/{USER}/{generation}/0.jpg")
        kit.before["made"] = lambda: kit.product.s3.objects.pop(key)
        assert kit.deliver() == "put_back"
        kit.before.clear()
        assert kit.deliver() == "completed"


class TestRegenerating:
    def test_the_same_inputs_under_another_seed(self, kit: GenerationKit) -> None:
        first = kit.started(parameters={"seed": 7}, custom_prompt="on marble")
        kit.deliver()
        second = kit.generations.regenerate(USER, first)
        one, other = kit.record(first), kit.record(second.generation_id)
        assert (other.status, other.origin, other.prompt) == (GenerationStatus.PENDING, first, one.prompt)
        assert other.order.seed != 7
        assert other.order.inputs == one.order.inputs
        assert kit.left == TOKENS - 2 * COST

    def test_one_of_a_batch_is_what_a_person_waits_for(self, kit: GenerationKit) -> None:
        (one,) = kit.generations.create_batch(USER, [kit.request()]).generations
        second = kit.generations.regenerate(USER, one.generation_id)
        kit.start(second.generation_id)
        assert [queue for queue, _ in kit.messages()] == [GENERATION_QUEUES["interactive"]]


class TestWhatModelsCan:
    ALL = {"guidance_scale": 7.5, "num_inference_steps": 30, "strength": 0.4, "seed": 7}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("model", "followed", "ignored"),
        [
            ("local", {}, ["guidanceScale", "numInferenceSteps", "strength"]),
            ("openai", {}, ["guidanceScale", "numInferenceSteps", "seed", "strength"]),
            ("bedrock", {"guidanceScale": 7.5, "strength": 0.4}, ["numInferenceSteps"]),
        ],
    )
    def test_the_answer_names_the_parameters_that_are_not_followed(
        self, kit: GenerationKit, model: str, followed: dict[str, float], ignored: list[str]
    ) -> None:
        request = kit.request(model=model, parameters=self.ALL)
        created = kit.generations.create(USER, request)
        shown = kit.generations.show(USER, created.generation_id)
        assert list(created.ignored_parameters) == list(shown.ignored_parameters) == ignored
        assert shown.parameters == followed
        assert kit.record(created.generation_id).order.seed == 7
        plain = kit.generations.create(USER, kit.request(model=model))
        assert list(plain.ignored_parameters) == []

    def test_a_prompt_that_is_too_long_for_the_model_is_refused_with_what_fits(
        self, kit: GenerationKit
    ) -> None:
        kit.tokens(100_000)
        image = kit.image()
        ask: dict[str, Any] = {"model": "bedrock", "product_images": [image], "quality": "high"}
        with pytest.raises(ValidationFailed) as refused:
            kit.create(**ask, custom_prompt=" " + "x" * 999)
        limit: Any = refused.value.details["limit"]
        assert refused.value.details["field"] == "customPrompt"
        assert 500 < limit < 999
        fits = kit.record(kit.create(**ask, custom_prompt="x" * limit))
        assert len(fits.prompt) == 1024
        with pytest.raises(ValidationFailed):
            kit.create(**ask, custom_prompt="x" * (limit + 1))
        for model in ("openai", "local"):
            kit.create(model=model, product_images=[image], custom_prompt="x" * 1000)

    @pytest.mark.parametrize(
        ("asked", "made", "got"),
        [
            ("16:9", (192, 128), (192, 108)),
            ("9:16", (128, 192), (108, 192)),
            ("4:3", (192, 128), (168, 126)),
            ("3:4", (128, 192), (126, 168)),
            ("1:1", (128, 128), (128, 128)),
            ("16:9", (320, 180), (320, 180)),
        ],
    )
    def test_pictures_have_the_shape_that_was_asked_for(
        self, kit: GenerationKit, asked: str, made: tuple[int, int], got: tuple[int, int]
    ) -> None:
        kit.maker.always(Made(picture("forest", made)))
        generation = kit.started(aspect_ratio=asked)
        assert kit.deliver() == "completed"
        (shown,) = kit.record(generation).pictures
        assert (shown.width, shown.height) == got
        kept = kit.product.s3.objects[DERIVED, f"generations/{USER}/{generation}/1"]
        with Image.open(BytesIO(kept)) as opened:
            assert opened.size == got
        assert (shown.bytes, shown.sha256) == (len(kept), hashlib.sha256(kept).hexdigest())
        if made == got:
            assert kept == picture("forest", made)

    def test_what_did_not_complete_lies_where_it_expires(self, kit: GenerationKit) -> None:
        kit.steps["pictures"] = lambda _: step_failure("permanent", "TASK_FAILED", "It broke.")
        generation = kit.started()
        assert kit.deliver_all() == ["failed"]
        kept = [key for _, key in kit.product.s3.objects if generation in key]
        assert {key.split("/")[0] for key in kept} == {"inputs", "made"}


class TestListing:
    def test_pages_newest_first_and_by_status(self, kit: GenerationKit) -> None:
        ids = [kit.create() for _ in range(5)]
        kit.generations.cancel(USER, ids[1])
        kit.generations.cancel(USER, ids[3])
        assert self.walk(kit, None) == ids[::-1]
        assert self.walk(kit, GenerationStatus.PENDING) == [ids[4], ids[2], ids[0]]
        assert self.walk(kit, GenerationStatus.CANCELLED) == [ids[3], ids[1]]
        assert self.walk(kit, GenerationStatus.COMPLETED) == []

    def walk(self, kit: GenerationKit, status: GenerationStatus | None) -> list[str]:
        found: list[str] = []
        place = None
        while True:
            page = kit.generations.page(USER, status=status, before=place, limit=2)
            found += [it.generation_id for it in page.generations]
            place = page.next
            if place is None:
                return found
