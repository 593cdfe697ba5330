"""Accounts: making one, signing in and out, and what is said when it goes wrong."""

import uuid

from playwright.sync_api import expect

from tests.e2e.conftest import NewVisitor
from tests.e2e.visitor import Visitor
from tests.integration.person import PASSWORD
from tools.local_stack import LocalStack

CODE = "123456"
"""What the local engine sends to every new address."""

GIVEN = "Given-for-once-77"
"""What an operator tells somebody whose account they made."""


def test_a_new_user_signs_up_and_is_in(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    page = visitor.page
    page.goto("/")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Email address").fill(f"{uuid.uuid4().hex}@example.com")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("not the one we sent")
    page.get_by_label("Code").fill(CODE)
    page.get_by_role("button", name="Confirm").click()
    expect(visitor.heading("Library")).to_be_visible()


def test_an_invited_user_chooses_a_password_first(new_visitor: NewVisitor, stack: LocalStack) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    stack.access.client("cognito-idp").admin_create_user(
        UserPoolId=stack.outputs["UserPoolId"],
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        TemporaryPassword=GIVEN,
        MessageAction="SUPPRESS",
    )
    visitor = new_visitor()
    page = visitor.page
    page.goto("/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(GIVEN)
    page.get_by_role("button", name="Sign in").click()
    expect(visitor.heading("Choose your own password")).to_be_visible()
    assert visitor.inaccessible() == []
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password and sign in").click()
    expect(visitor.heading("Library")).to_be_visible()


def test_a_wrong_password_is_told_in_a_sentence(new_visitor: NewVisitor) -> None:
    visitor = new_visitor()
    page = visitor.page
    page.goto("/")
    assert visitor.inaccessible() == []
    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_label("Password").fill("Wrong-horse-77")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The address or the password is wrong.")).to_be_visible()


def test_signing_out_ends_the_session(visitor: Visitor) -> None:
    page = visitor.page
    page.reload()
    expect(visitor.heading("Library")).to_be_visible()
    visitor.choose("Account", "Sign out")
    expect(visitor.heading("Sign in")).to_be_visible()
    page.reload()
    expect(visitor.heading("Sign in")).to_be_visible()
