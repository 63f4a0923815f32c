"""A passkey in a real browser: Chromium's own authenticator makes it, signs with it, and refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cast import PASSWORD
from cast_clinic import CastClinic
from playwright.sync_api import CDPSession, expect
from surfer import Surfer

pytestmark = pytest.mark.browser


def go_to_the_device(window: Surfer) -> None:
    """Asks the browser for one more passkey."""
    window.go("/account/passkeys/new")
    window.page.get_by_label("Your password").fill(PASSWORD)
    window.page.get_by_role("button", name="Go on").click()
    window.page.get_by_role("button", name="Make the passkey").click()


def say_where_passkeys_work(clinic: CastClinic) -> None:
    """At an address that is a number no browser makes a passkey; the page names the one that will do."""
    ada = clinic.window("ada")
    go_to_the_device(ada)
    expect(ada.page.get_by_role("alert")).to_contain_text("Open http://localhost:")


def authenticator(window: Surfer) -> tuple[CDPSession, str]:
    """Gives the window a security key that is touched at once."""
    chromium = window.context.new_cdp_session(window.page)
    chromium.send("WebAuthn.enable")
    like = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    made = chromium.send("WebAuthn.addVirtualAuthenticator", {"options": like})
    return chromium, made["authenticatorId"]


def test_a_passkey_is_added_signed_in_with_and_removed(clinic: CastClinic) -> None:
    say_where_passkeys_work(clinic)
    named = replace(clinic.site, url=clinic.site.url.replace("127.0.0.1", "localhost"))
    ada = Surfer(clinic.browser, named)
    clinic.windows.append(ada)
    page = ada.page
    chromium, key = authenticator(ada)

    def type_password() -> None:
        page.get_by_label("E-mail").fill("ada@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()

    ada.go("/sign-in")
    type_password()
    ada.go("/account")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Front desk")
    page.get_by_label("Your password").fill(PASSWORD)
    assert ada.accessibility_faults() == []
    ada.shoot("passkey-name")
    page.get_by_role("button", name="Go on").click()
    ada.shoot("passkey-device")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("listitem").filter(has_text="Front desk")).to_be_visible()
    assert ada.accessibility_faults() == []
    ada.shoot("passkey-account")
    go_to_the_device(ada)
    expect(page.get_by_role("alert")).to_contain_text("This device has a passkey for your account already")

    ada.context.clear_cookies()
    ada.go("/sign-in?next=/account")
    type_password()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_focused()
    assert ada.accessibility_faults() == []
    ada.shoot("passkey-sign-in")
    chromium.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("it was refused, or took too long")
    chromium.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": True})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.get_by_role("button", name="Remove Front desk").click()
    page.get_by_role("dialog").get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The passkey is removed")).to_be_visible()
