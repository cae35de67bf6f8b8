"""Opens /docs in a browser, enters an access token, executes POST /orders on the page, and expects a 201.

Without the token, the page shows a 401.

Fails if the page requests anything from another host, or if the browser reports
an error on its console.
"""

import shutil
import sys
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(api: str, token: str, screenshot: str) -> None:
    browser_path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser_path:
        raise SystemExit(f"no browser found ({', '.join(BROWSERS)}): run `apt-get install chromium`")
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 1500})
        host = urlsplit(api).netloc
        page.on("request", lambda request: check_host(request.url, host, errors))
        page.on("console", lambda message: message.type == "error" and errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{api}/docs")
        create_order(page, "401")
        # The browser reports the status 401 on its console.
        expected = [error for error in errors if "401" in error]
        errors = [error for error in errors if error not in expected]
        authorize(page, token)
        page.get_by_role("button", name="Clear").first.click()
        create_order(page, "201", screenshot)
        browser.close()
    if errors:
        raise SystemExit("\n".join(errors))


def check_host(url: str, host: str, errors: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc != host:
        errors.append(f"the page sent a request to another host: {url}")


def authorize(page: Page, token: str) -> None:
    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input").fill(token)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").click()


def create_order(page: Page, status: str, screenshot: str = "") -> None:
    operation = page.locator("#operations-Orders-createOrder")
    key = operation.locator("tr[data-param-name='Idempotency-Key'] input")
    if not key.is_visible():
        operation.locator(".opblock-summary").click()
    key.fill("from-a-browser")
    operation.get_by_role("button", name="Execute").click()
    live = operation.locator(".live-responses-table .response")
    expect(live.locator(".response-col_status")).to_contain_text(status, timeout=10_000)
    if not screenshot:
        return
    expect(live.locator(".microlight").first).to_contain_text("order_id")
    # The screenshot shows the operation from the key to the response.
    key.scroll_into_view_if_needed()
    page.evaluate(
        "element => window.scrollTo(0, element.getBoundingClientRect().top + window.scrollY - 140)",
        key.element_handle(),
    )
    page.screenshot(path=screenshot)


if __name__ == "__main__":
    main(*sys.argv[1:])
