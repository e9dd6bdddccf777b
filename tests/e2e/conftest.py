"""Fixtures: a headless Chromium, and the folder of the screenshots."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

ARTIFACTS = Path(__file__).resolve().parent.parent.parent / "test-artifacts" / "e2e"


@pytest.fixture
def artifacts():
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS


@pytest.fixture
async def browser():
    path = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs Chromium")
        pytest.skip("Chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        await browser.close()
