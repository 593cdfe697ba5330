"""Two users: neither sees, changes or cancels what is the other's, and nobody comes in without a token."""

import base64
import json
import uuid
from collections.abc import Callable

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integration.backstage import Backstage
from tests.integration.person import PASSWORD, Person, Picture, claims, data, error, pictures, send
from tests.integration.tokens import issued
from tools.local_stack import LocalStack


def test_an_image_of_somebody_else_is_not_there(ann: Person, ben: Person) -> None:
    (done,) = ann.upload(Picture.drawn())
    (before,) = ann.settled([done])

    answers = [
        ben.http.get(f"/images/{done}"),
        ben.http.delete(f"/images/{done}"),
        ben.http.patch(f"/images/{done}/metadata", json={"version": 1, "title": "Mine"}),
    ]

    assert {error(answer, 404)["code"] for answer in answers} == {"IMAGE_NOT_FOUND"}
    after = ann.image(done)
    assert {**after, "links": 0} == {**before, "links": 0}


def test_an_upload_of_somebody_else_cannot_be_cancelled(ann: Person, ben: Person) -> None:
    before = ann.credits()
    (form,) = ann.start(Picture.drawn())

    assert error(ben.http.delete(f"/uploads/{form['id']}"), 404)["code"] == "UPLOAD_NOT_FOUND"

    assert ann.image(form["id"])["status"] == "pending"
    assert ann.credits() == before.after(held=1)


def test_lists_and_cursors_do_not_mix(ann: Person, ben: Person) -> None:
    hers = sorted((form["id"] for form in ann.start(*pictures(3))), reverse=True)
    his = [form["id"] for form in ben.start(*pictures(3))]
    first = data(ann.http.get("/images", params={"limit": 1}))
    cursor = first["next"]

    assert [image["id"] for image in first["images"]] == hers[:1]
    rest = data(ann.http.get("/images", params={"cursor": cursor}))["images"]
    assert [image["id"] for image in rest] == hers[1:]
    borrowed = data(ben.http.get("/images", params={"cursor": cursor}))["images"]
    assert {image["id"] for image in borrowed} <= set(his)


@pytest.mark.parametrize("status", [None, "pending"])
def test_a_listing_page_by_page_shows_everything_once(ann: Person, status: str | None) -> None:
    uploads = sorted((form["id"] for form in ann.start(*pictures(5))), reverse=True)
    seen: list[str] = []
    query: dict[str, str] = {"limit": "2"} | ({"status": status} if status else {})
    while True:
        page = data(ann.http.get("/images", params=query))
        seen += [image["id"] for image in page["images"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]

    assert seen == uploads


def test_credits_of_one_are_not_those_of_the_other(ann: Person, ben: Person) -> None:
    before = ben.credits()
    ann.start(*pictures(2))

    assert ben.credits() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("key", "somebody-else/x"), ("Content-Type", "image/svg+xml"), ("key", "{own}/another")],
)
def test_a_form_takes_no_other_place_and_no_other_type(
    ann: Person, ben: Person, backstage: Backstage, field: str, value: str
) -> None:
    picture = Picture.drawn()
    (form,) = ann.start(picture)

    refused = send(form, picture, **{field: value.format(own=ann.id)})

    assert refused.status_code == 403
    assert not backstage.has_original(ann.id, form["id"])
    assert not backstage.has_original("somebody-else", "x")


def test_a_form_whose_policy_was_changed_is_refused(ann: Person) -> None:
    picture = Picture.drawn()
    (form,) = ann.start(picture)
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    policy["conditions"] = [rule for rule in policy["conditions"] if "content-length-range" not in rule]
    changed = base64.b64encode(json.dumps(policy).encode()).decode()

    assert send(form, picture, policy=changed).status_code == 403


def forged(token: str, **changes: object) -> str:
    """The same claims, some changed, signed by a key of our own that claims to be the pool's."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    header = jwt.get_unverified_header(token)
    return jwt.encode(claims(token) | changes, key, algorithm="RS256", headers={"kid": header["kid"]})


def tampered(token: str) -> str:
    """Another subject under the old signature."""
    head, _, signature = token.split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims(token) | {"sub": "root"}).encode()).decode()
    return f"{head}.{payload.rstrip('=')}.{signature}"


def unsigned(token: str) -> str:
    return jwt.encode(claims(token), "", algorithm="none")


def of_another_pool(stack: LocalStack) -> str:
    """A real token of the same engine, for a user of another pool."""
    cognito = stack.access.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=uuid.uuid4().hex)["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="x", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="eve", Password=PASSWORD, Permanent=True)
    answer = cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "eve", "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]["IdToken"]


def test_a_token_is_good_for_its_hour(stack: LocalStack, ann: Person) -> None:
    def status(age_s: int) -> int:
        headers = {"Authorization": issued(stack, ann.token, age_s=age_s)}
        return httpx.get(stack.outputs["ApiUrl"] + "/quota", headers=headers, timeout=30).status_code

    assert (status(60), status(3700)) == (200, 401)


@pytest.mark.parametrize("kind", ["none", "empty", "noise", "forged", "tampered", "unsigned", "foreign pool"])
def test_nobody_comes_in_without_a_token_of_the_pool(stack: LocalStack, ann: Person, kind: str) -> None:
    makers: dict[str, Callable[[], str | None]] = {
        "none": lambda: None,
        "empty": lambda: "",
        "noise": lambda: "a.b.c",
        "forged": lambda: forged(ann.token),
        "tampered": lambda: tampered(ann.token),
        "unsigned": lambda: unsigned(ann.token),
        "foreign pool": lambda: of_another_pool(stack),
    }
    token = makers[kind]()
    headers = {} if token is None else {"Authorization": token}

    for method, path in (("GET", "/quota"), ("GET", "/images"), ("POST", "/uploads")):
        answer = httpx.request(method, stack.outputs["ApiUrl"] + path, headers=headers, timeout=30)
        assert answer.status_code == 401
        assert "data" not in answer.json()
