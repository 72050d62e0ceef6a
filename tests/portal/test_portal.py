"""The page: complete without a network, safe with strangers' texts, and working in a real browser."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from ssclab_data import Lab, Settings
from ssclab_data.endpoints.portal.texts import TEXTS
from ssclab_data.model.sensorthings import Thing
from ssclab_data.stores.base import Batch

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
]


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False, timeout=20)


def test_the_page_asks_nothing_of_anybody_else(city: Callable[[str], Any]) -> None:
    base = city("hub").url
    page = get(f"{base}/", Accept="text/html")
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith((base, "data:,")), address
    for address in re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page.text):
        assert get(address).status_code == 200, address


def test_tiles_are_asked_of_the_host_that_is_set(tmp_path: Path) -> None:
    from starlette.testclient import TestClient

    settings = Settings(tile_url="https://tiles.example/{z}/{x}/{y}.png", tile_attribution="Example")
    with Lab.open(tmp_path / "a.db", key="breda", settings=settings) as lab:
        page = TestClient(lab.asgi()).get("/?f=html")
    assert "img-src 'self' data: https://tiles.example;" in page.headers["content-security-policy"]


def test_machines_get_links(city: Callable[[str], Any]) -> None:
    base = city("breda").url
    links = get(f"{base}/").json()
    assert [lab["key"] for lab in links["labs"]] == ["breda"]
    for link in links["links"]:
        assert get(link["href"]).status_code == 200, link
    assert get(f"{base}/", Accept="image/png").status_code == 406
    assert get(f"{base}/?f=pdf").status_code == 400


@pytest.mark.parametrize(
    ("accept", "query", "language"), [("nl-NL,nl", "", "nl"), ("de", "", "en"), ("nl", "&lang=en", "en")]
)
def test_the_language_is_the_readers(city: Callable[[str], Any], accept: str, query: str, language: str) -> None:
    page = get(f"{city('breda').url}/?f=html{query}", **{"Accept-Language": accept}).text
    assert f'<html lang="{language}">' in page
    assert TEXTS[language]["choose"] in page


def test_both_languages_say_everything() -> None:
    assert TEXTS["en"].keys() == TEXTS["nl"].keys()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def wait(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the page did not get there"
        time.sleep(0.05)
    return value


def opened(browser: webdriver.Chrome, url: str) -> None:
    browser.get(url)
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "body[data-ready]"))


def logged(browser: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    return list(browser.get_log(kind))  # type: ignore[no-untyped-call]


@pytest.mark.needs("chromium")
def test_the_map_and_the_chart_work_in_a_browser(browser: webdriver.Chrome, city: Callable[[str], Any]) -> None:
    base = city("hub").url
    opened(browser, f"{base}/?f=html")
    units = browser.find_elements(By.CSS_SELECTOR, "path.unit")
    assert len(units) == 19, "one of the twenty has no position"
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "#chart .scatterlayer .trace"))
    assert "Veldhoven" in browser.find_element(By.ID, "status").text
    assert browser.find_elements(By.CSS_SELECTOR, "#status.partial")

    Select(browser.find_element(By.ID, "property")).select_by_value("noise-level")
    wait(lambda: "dB(A)" in browser.find_element(By.ID, "legend").text)
    noisy = browser.find_elements(By.CSS_SELECTOR, "path.unit")
    assert 0 < len(noisy) < len(units)
    title = browser.find_element(By.ID, "chart-title").text
    browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click', {bubbles: true}))", noisy[-1])
    wait(lambda: browser.find_element(By.ID, "chart-title").text != title)
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "#chart .scatterlayer .trace"))

    errors = [entry for entry in logged(browser, "browser") if entry["level"] == "SEVERE"]
    assert errors == []
    for entry in logged(browser, "performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            assert url.startswith(base) or not url.startswith(("http", "ws")), url


@pytest.mark.needs("chromium")
def test_texts_of_strangers_are_texts(browser: webdriver.Chrome, tmp_path: Path, city: Callable[[str], Any]) -> None:
    hostile = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    running = type(city("hub"))
    with Lab.open(tmp_path / "x.db", key="x", settings=Settings()) as lab:
        lab.store.apply(Batch(entities=(Thing(key="x/1", name=hostile, description=hostile),)))
        from ssclab_data.cli.nodes import free_ports

        server = running(lab.asgi(title=hostile), free_ports(1)[0])
        opened(browser, f"{server.url}/?f=html")
        assert browser.title == hostile
        page = get(f"{server.url}/ogc/collections/things/items?f=html").text
        server.stop()
    assert "<script>" not in page
