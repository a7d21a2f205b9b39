"""A headless browser, and the page servers as processes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STAND_IN = Path(__file__).parent.parent / "fleet" / "dashboard" / "stand_in.py"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page; a script error on it fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(20_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def answers(base: str) -> None:
    """Wait until the server at `base` answers /healthz."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=10)) as client:
        assert client.get(f"{base}/healthz", timeout=20).status_code == 200


@pytest.fixture
def dashboard(tcp_port: int) -> Iterator[str]:
    """Address of a dashboard over the stand-in manager."""
    command = [sys.executable, str(STAND_IN), str(tcp_port)]
    process = subprocess.Popen(command, cwd=STAND_IN.parents[3])
    try:
        base = f"http://127.0.0.1:{tcp_port}"
        answers(base)
        yield base
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def start_kiosk(cli: Callable[..., object], tcp_port: int) -> Callable[[str], str]:
    """`start_kiosk(broker_url)`: address of kiosk-01 of the small venue."""

    def start(broker: str) -> str:
        cli("kiosk", "--venue", "hall", "--id", "kiosk-01", "--broker", broker, "--http", f"127.0.0.1:{tcp_port}")
        base = f"http://127.0.0.1:{tcp_port}"
        answers(base)
        return base

    return start
