"""A note from its first words to the addition: kept while it is typed, read back, signed, and locked."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journey")]
WORDS = """# Visit

LH <0.1 today, **no** change in vision.
- repeat the panel in 4 weeks
- <img src=x onerror="document.title = 'ran'">"""


def test_a_note_is_written_signed_and_added_to(ada, walker, harbour):
    # Given a clinician in a man's chart
    page = ada.page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(harbour.charts["hal"])
    page.get_by_role("link", name="Notes", exact=True).click()
    ada.looks_right()

    # When he writes and leaves without saving
    page.get_by_role("link", name="Write a note").click()
    page.get_by_label("Note", exact=True).fill(WORDS)
    expect(page.locator("#note-state")).to_contain_text("Draft saved at", timeout=30_000)
    expect(page.locator("#note-version")).to_have_value("1")
    ada.looks_right()
    page.reload()

    # Then every letter is back, and in a second window too
    expect(page.get_by_label("Note", exact=True)).to_have_value(WORDS)

    # When he reads it back, it stands as it will be signed, and nothing in it runs
    page.get_by_role("button", name="Read it back and sign").click()
    expect(page.locator(".note-text strong")).to_have_text("no")
    expect(page.locator(".note-text")).to_contain_text("LH <0.1 today")
    assert page.locator(".note-text img").count() == 0
    assert page.title().startswith("Sign the note")
    ada.looks_right()
    page.get_by_role("button", name="Sign and lock").click()
    expect(page.locator("#notices")).to_contain_text("Signed and locked")
    ada.looks_right()

    # And a colleague reads it and adds to it, with his reason
    ben = walker("ben")
    ben.page.goto(f"{harbour.charts['hal']}notes/")
    ben.page.get_by_role("link", name="Note of").click()
    ben.page.get_by_label("What you add").fill("He called: the panel is booked.")
    ben.page.get_by_label("Why it is added").fill("call after the visit")
    ben.page.get_by_role("button", name="Sign and add").click()
    expect(ben.page.locator(".note-added")).to_contain_text("call after the visit")
    ben.looks_right()
