"""What every API function owes: validation, the envelope, idempotency, one's own things only, no 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gloss.errors import ConfigurationError
from gloss.images.model import Status
from gloss.quota.locking import PATIENCE_S
from gloss.web.app import MAX_BODY_BYTES
from gloss.web.pagination import encode
from tests.fakes.dynamodb import Fault, conflict, denied, throttled, timeout
from tests.fakes.product import Product
from tests.unit.functions.conftest import Answer, Context, Invoke
from tests.unit.functions.events import IMAGE, USER, complete, event, pending, processing, request, running


def error(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The error in an answer; its form is always the same."""
    assert answer["statusCode"] == status, answer["body"]
    body = json.loads(answer["body"])
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"] == code
    found: dict[str, Any] = body["error"]
    return found


def data(answer: Answer) -> Any:
    assert answer["statusCode"] < 300, answer["body"]
    body = json.loads(answer["body"])
    assert (body.pop("success"), list(body)) == (True, ["data"])
    return body["data"]


class TestForm:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "files"),
            ({"files": []}, "files"),
            ({"files": [{"name": "a.jpg", "contentType": "image/jpeg"}]}, "files.0.size"),
            ({"files": [{"name": "a/b", "contentType": "image/jpeg", "size": 1}]}, "files.0.name"),
            ({"files": [{"name": "a\ud800", "contentType": "image/jpeg", "size": 1}]}, "files.0.name"),
            ({"files": [{"name": "a", "contentType": "image/jpeg", "size": "1"}]}, "files.0.size"),
            ({"files": [{"name": "a", "contentType": "image/jpeg", "size": 1}], "admin": True}, "admin"),
        ],
    )
    def test_each_wrong_field_is_named(self, invoke: Invoke, body: object, field: str) -> None:
        details = error(invoke("uploads_api", request("uploads_api", body=body)), 400, "VALIDATION_FAILED")[
            "details"
        ]
        assert field in [found["field"] for found in details["fields"]]

    @pytest.mark.parametrize("body", ["", "{", "null", "7", "[]", '"text"', '{"files": NaN}', "\x00"])
    def test_what_is_no_object_is_refused(self, invoke: Invoke, body: str) -> None:
        changed = {**event("api/uploads_api"), "body": body}
        error(invoke("uploads_api", changed), 400, "VALIDATION_FAILED")

    def test_a_missing_body_is_refused(self, invoke: Invoke) -> None:
        changed = {**event("api/uploads_api"), "body": None}
        error(invoke("uploads_api", changed), 400, "VALIDATION_FAILED")

    def test_a_value_that_was_sent_is_never_repeated(self, invoke: Invoke) -> None:
        body = {"files": [{"name": "hunter2\n", "contentType": "image/jpeg", "size": 1}]}
        assert "hunter2" not in invoke("uploads_api", request("uploads_api", body=body))["body"]

    def test_a_body_over_the_limit(self, product: Product, invoke: Invoke) -> None:
        body = {"files": [{"name": "a" * MAX_BODY_BYTES, "contentType": "image/jpeg", "size": 1}]}
        answer = invoke("uploads_api", request("uploads_api", body=body, headers={}))
        assert error(answer, 413, "PAYLOAD_TOO_LARGE")["details"] == {"limit": MAX_BODY_BYTES}
        assert answer["headers"]["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"status": "done"}])
    def test_a_query_of_another_form(self, invoke: Invoke, query: dict[str, str]) -> None:
        (field,) = query
        answer = invoke("images_api", request("images_api", query=query))
        details = error(answer, 400, "VALIDATION_FAILED")["details"]
        assert [found["field"] for found in details["fields"]] == [field]

    @pytest.mark.parametrize(
        "cursor", ["?", "====", "a", "fn4", "\xff", str(encode("~")), str(encode("V#")), str(encode(""))]
    )
    def test_a_forged_cursor(self, product: Product, invoke: Invoke, cursor: str) -> None:
        complete(product)
        answer = invoke("images_api", request("images_api", query={"cursor": cursor}))
        error(answer, 400, "VALIDATION_FAILED")

    def test_a_route_that_does_not_exist(self, invoke: Invoke) -> None:
        changed = {**event("api/quota_api"), "resource": "/quotas", "path": "/quotas"}
        error(invoke("quota_api", changed), 404, "NOT_FOUND")

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        body=st.text(max_size=200)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["files", "name", "contentType", "size", "version", "title", "tags"])
                    | st.text(max_size=5),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=12,
        ).map(json.dumps),
        name=st.sampled_from(
            ["uploads_api", "images_api.edit", "regenerate_api", "quota_api.rollback", "jobs_api"]
        ),
    )
    def test_no_body_is_answered_with_500(self, invoke: Invoke, body: str, name: str) -> None:
        changed = {**event(f"api/{name}"), "body": body}
        changed["headers"].pop("idempotency-key", None)
        assert invoke(name.partition(".")[0], changed)["statusCode"] < 500


class TestOwner:
    @pytest.mark.parametrize(
        "name",
        [
            "uploads_api.cancel",
            "images_api.show",
            "images_api.edit",
            "images_api.delete",
            "regenerate_api",
            "regenerate_api.versions",
            "regenerate_api.restore",
            "quota_api.rollback",
            "jobs_api.show",
            "jobs_api.items",
            "jobs_api.report",
            "jobs_api.pause",
            "jobs_api.resume",
            "jobs_api.cancel",
            "jobs_api.retry_failed",
            "jobs_api.undo",
        ],
    )
    def test_somebody_elses_things_do_not_exist(self, product: Product, invoke: Invoke, name: str) -> None:
        running(product)
        before = product.record(IMAGE, user=USER)
        answer = invoke(name.partition(".")[0], request(name, user="eve"))
        assert answer["statusCode"] == 404
        assert json.loads(answer["body"])["error"]["code"].endswith("_NOT_FOUND")
        assert product.record(IMAGE, user=USER) == before

    @pytest.mark.parametrize("name", ["images_api.show", "images_api.edit", "images_api.delete"])
    @pytest.mark.parametrize("image", ["x", "..", "V%23", "%00", "a" * 300, IMAGE.upper()])
    def test_an_id_that_is_none_is_not_found(self, invoke: Invoke, name: str, image: str) -> None:
        answer = invoke("images_api", request(name, path={"image_id": image}))
        assert answer["statusCode"] == 404

    @pytest.mark.parametrize("name", ["uploads_api", "images_api", "quota_api", "accounts_api", "jobs_api"])
    def test_without_a_token_nobody_is_let_in(self, invoke: Invoke, name: str) -> None:
        changed = event(f"api/{name}")
        changed["requestContext"].pop("authorizer")
        error(invoke(name, changed), 401, "UNAUTHENTICATED")

    @pytest.mark.parametrize("name", ["accounts_api", "accounts_api.grant"])
    def test_only_operators_change_accounts(self, product: Product, invoke: Invoke, name: str) -> None:
        changed = event(f"api/{name}")
        changed["requestContext"]["authorizer"]["claims"].pop("cognito:groups")
        error(invoke("accounts_api", changed), 403, "UNAUTHORIZED")
        assert product.credits.quota(USER).remaining == 10


class TestRefusals:
    def test_without_credits(self, product: Product, invoke: Invoke) -> None:
        product.credits.reserve("all", amount=10, account=USER)
        details = error(invoke("uploads_api", event("api/uploads_api")), 403, "QUOTA_EXCEEDED")["details"]
        assert details["remaining"] == 0
        assert details["upgradeUrl"] == "https://gloss.example/upgrade"

    def test_where_credits_can_be_had_is_told_before_they_run_out(self, invoke: Invoke) -> None:
        quota = data(invoke("quota_api", event("api/quota_api")))
        assert quota["upgradeUrl"] == "https://gloss.example/upgrade"

    def test_a_type_that_is_not_accepted(self, invoke: Invoke) -> None:
        body = {"files": [{"name": "a.svg", "contentType": "image/svg+xml", "size": 1}]}
        answer = invoke("uploads_api", request("uploads_api", body=body))
        details = error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")["details"]
        assert "image/jpeg" in details["accepted"]

    def test_a_file_that_is_too_big(self, invoke: Invoke) -> None:
        body = {"files": [{"name": "a.jpg", "contentType": "image/jpeg", "size": 10**30}]}
        answer = invoke("uploads_api", request("uploads_api", body=body))
        assert error(answer, 413, "PAYLOAD_TOO_LARGE")["details"]["field"] == "files.0.size"

    @pytest.mark.parametrize("name", ["uploads_api.cancel", "images_api.delete", "regenerate_api"])
    def test_an_image_that_is_being_processed(self, product: Product, invoke: Invoke, name: str) -> None:
        processing(product)
        error(invoke(name.partition(".")[0], request(name)), 409, "ALREADY_PROCESSING")

    def test_metadata_that_changed_meanwhile(self, product: Product, invoke: Invoke) -> None:
        complete(product)
        invoke("images_api", event("api/images_api.edit"))
        answer = invoke("images_api", event("api/images_api.edit"))
        assert error(answer, 409, "VERSION_CONFLICT")["details"] == {"current": 2, "expected": 1}

    def test_too_many_writers(
        self, product: Product, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gloss.dynamodb.backoff", lambda *_: PATIENCE_S + 1)
        product.dynamodb.inject(Fault("transact_write_items", conflict(), times=10))
        answer = invoke("uploads_api", event("api/uploads_api"))
        error(answer, 503, "BUSY")
        assert "Retry-After" in str(answer["multiValueHeaders"])

    @pytest.mark.parametrize("fault", [denied(), throttled(), timeout(), RuntimeError("hunter2")])
    def test_a_fault_of_ours_keeps_its_text_to_the_log(
        self, product: Product, invoke: Invoke, log: Any, fault: Exception
    ) -> None:
        product.dynamodb.inject(Fault("get_item", fault))
        answer = invoke("images_api", event("api/images_api.show"))
        assert error(answer, 500, "INTERNAL")["message"] == "Something went wrong on our side."
        assert [line["level"] for line in log()] == ["ERROR", "INFO"]

    def test_a_deployment_that_is_not_configured(
        self, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("gloss.quota.configured.Plans.load", lambda *_: _broken())
        error(invoke("quota_api", event("api/quota_api")), 500, "INTERNAL")


def _broken() -> None:
    raise ConfigurationError("The plans are not valid: hunter2")


class TestIdempotency:
    def test_the_same_request_is_answered_as_the_first_time(self, product: Product, invoke: Invoke) -> None:
        first = invoke("uploads_api", event("api/uploads_api"))
        again = invoke("uploads_api", event("api/uploads_api"))
        assert again == first
        assert product.credits.quota(USER).remaining == 9

    def test_without_a_key_every_request_counts(self, product: Product, invoke: Invoke) -> None:
        for _ in range(2):
            changed = event("api/uploads_api")
            changed["headers"].pop("idempotency-key")
            data(invoke("uploads_api", changed))
        assert product.credits.quota(USER).remaining == 8

    def test_another_body_under_the_same_key_is_refused(self, product: Product, invoke: Invoke) -> None:
        invoke("uploads_api", event("api/uploads_api"))
        body = {"files": [{"name": "other.jpg", "contentType": "image/jpeg", "size": 1}]}
        error(invoke("uploads_api", request("uploads_api", body=body)), 409, "IDEMPOTENCY_CONFLICT")
        assert product.credits.quota(USER).remaining == 9

    def test_a_key_belongs_to_its_user_and_route(self, product: Product, invoke: Invoke) -> None:
        data(invoke("uploads_api", event("api/uploads_api")))
        data(invoke("uploads_api", request("uploads_api", user="bob")))
        assert product.credits.quota("bob").remaining == 9

    def test_while_the_first_is_at_work_the_second_is_refused(
        self, product: Product, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answers: list[Answer] = []
        presign = product.s3.generate_presigned_post

        def slow(**arguments: Any) -> Any:
            if not answers:
                answers.append({})
                answers[0] = invoke("uploads_api", event("api/uploads_api"))
            return presign(**arguments)

        monkeypatch.setattr(product.s3, "generate_presigned_post", slow)
        data(invoke("uploads_api", event("api/uploads_api")))
        error(answers[0], 409, "IDEMPOTENCY_IN_PROGRESS")
        assert product.credits.quota(USER).remaining == 9

    def test_a_refusal_is_not_kept(self, product: Product, invoke: Invoke) -> None:
        product.credits.reserve("all", amount=10, account=USER)
        error(invoke("uploads_api", event("api/uploads_api")), 403, "QUOTA_EXCEEDED")
        product.credits.release("all", account=USER)
        data(invoke("uploads_api", event("api/uploads_api")))

    @pytest.mark.parametrize("key", ["", "k" * 256])
    def test_a_key_of_a_wrong_length(self, invoke: Invoke, key: str) -> None:
        answer = invoke("uploads_api", request("uploads_api", headers={"idempotency-key": key}))
        details = error(answer, 400, "VALIDATION_FAILED")["details"]
        assert details["fields"][0]["field"] == "Idempotency-Key"

    def test_the_name_of_the_header_has_any_case(self, product: Product, invoke: Invoke) -> None:
        for _ in range(2):
            changed = event("api/uploads_api")
            changed["headers"]["Idempotency-Key"] = changed["headers"].pop("idempotency-key")
            data(invoke("uploads_api", changed))
        assert product.credits.quota(USER).remaining == 9

    @pytest.mark.parametrize("operation", ["put_item", "update_item"])
    def test_a_table_of_keys_that_does_not_answer_is_a_fault_of_ours(
        self, product: Product, invoke: Invoke, operation: str
    ) -> None:
        product.dynamodb.inject(Fault(operation, denied()))
        error(invoke("uploads_api", event("api/uploads_api")), 500, "INTERNAL")

    def test_a_time_that_is_nearly_over_frees_the_key_soon(self, product: Product, invoke: Invoke) -> None:
        product.dynamodb.inject(Fault("transact_write_items", RuntimeError("killed")))
        context = Context(remaining=1)
        error(invoke("uploads_api", event("api/uploads_api"), context), 500, "INTERNAL")
        data(invoke("uploads_api", event("api/uploads_api")))


class TestAnswers:
    def test_headers_for_browsers(self, invoke: Invoke) -> None:
        answer = invoke("quota_api", request("quota_api", headers={"origin": "https://console.example"}))
        headers = answer["multiValueHeaders"]
        assert headers["Access-Control-Allow-Origin"] == ["*"]
        assert headers["Content-Type"] == ["application/json"]

    def test_an_upload_can_be_followed_to_the_library(self, product: Product, invoke: Invoke) -> None:
        (upload,) = data(invoke("uploads_api", event("api/uploads_api")))["uploads"]
        (image,) = data(invoke("images_api", request("images_api", query={})))["images"]
        assert (image["id"], image["status"], image["links"]) == (upload["id"], "pending", {})

    def test_pages_follow_their_cursor(self, product: Product, invoke: Invoke) -> None:
        made = sorted((product.upload(user=USER) for _ in range(3)), reverse=True)
        found, query = [], {"limit": "2"}
        while True:
            page = data(invoke("images_api", request("images_api", query=query)))
            found += [image["id"] for image in page["images"]]
            if not page["next"]:
                break
            query = {"limit": "2", "cursor": page["next"]}
        assert found == made

    def test_the_filter_speaks_the_language_of_the_api(self, product: Product, invoke: Invoke) -> None:
        complete(product)
        page = data(invoke("images_api", request("images_api", query={"missing": "altText"})))
        assert page["images"] == []
        error(
            invoke("images_api", request("images_api", query={"missing": "alt_text"})),
            400,
            "VALIDATION_FAILED",
        )

    def test_cancelling_twice(self, product: Product, invoke: Invoke) -> None:
        pending(product)
        answers = [data(invoke("uploads_api", event("api/uploads_api.cancel"))) for _ in range(2)]
        assert answers == [{"id": IMAGE, "status": "cancelled"}] * 2
        assert product.record(IMAGE, user=USER).status is Status.CANCELLED

    def test_the_log_names_the_route_and_not_the_payload(
        self, product: Product, invoke: Invoke, log: Any
    ) -> None:
        data(invoke("uploads_api", event("api/uploads_api")))
        lines = log()
        assert lines[-1]["message"] == "request"
        assert (lines[-1]["method"], lines[-1]["route"], lines[-1]["status"]) == ("POST", "/uploads", 201)
        assert {line["user"] for line in lines} == {USER}
        text = json.dumps(lines)
        for secret in ("old_bridge", "policy", "example-1", "token"):
            assert secret not in text
