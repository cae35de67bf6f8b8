"""Opens /docs in a browser, tries POST /orders out, and expects a 201.

Fails when the page asks anybody else for anything, or complains on its console.
"""

import shutil
import sys
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main(api: str, picture: str) -> None:
    browser_path = next(filter(None, map(shutil.which, NAMES)), None)
    if not browser_path:
        raise SystemExit(f"none of {', '.join(NAMES)} is here: apt-get install chromium")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        host = urlsplit(api).netloc
        page.on("request", lambda request: stays(request.url, host, complaints))
        page.on("console", lambda line: line.type == "error" and complaints.append(line.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{api}/docs")
        try_out(page, picture)
        browser.close()
    if complaints:
        raise SystemExit("\n".join(complaints))


def stays(url: str, host: str, complaints: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc != host:
        complaints.append(f"the page asks somebody else: {url}")


def try_out(page: Page, picture: str) -> None:
    operation = page.locator("#operations-Orders-createOrder")
    operation.locator(".opblock-summary").click()
    key = operation.locator("tr[data-param-name='Idempotency-Key'] input")
    key.fill("from-a-browser")
    operation.get_by_role("button", name="Execute").click()
    live = operation.locator(".live-responses-table .response")
    expect(live.locator(".response-col_status")).to_contain_text("201", timeout=10_000)
    expect(live.locator(".microlight").first).to_contain_text("order_id")
    # From the key to the answer.
    key.scroll_into_view_if_needed()
    page.evaluate(
        "element => window.scrollTo(0, element.getBoundingClientRect().top + window.scrollY - 140)",
        key.element_handle(),
    )
    page.screenshot(path=picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
