"""``report.html`` in a real browser: what a reader sees and does, on every kind of screen and on paper."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select
from tests.conformance.helpers.browser import browser, emulate, evaluate, needs_browser
from tests.conformance.helpers.records import hostile, realistic, record

from btcdirect_conformance.report import compare, html

pytestmark = needs_browser

SHOWN = "[...document.querySelectorAll('.cases tbody tr')].filter(row => row.offsetParent !== null).length"
OVERFLOW = """[...document.querySelectorAll('body *')]
    .filter(each => !each.closest('.skip, thead') && each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 80))"""
# The contrast of every text with what is behind it (WCAG 2.2, 1.4.3), by the formula of WCAG's relative luminance.
FAINT = """(() => {
    const parse = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => parse(color).slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const color = getComputedStyle(each).backgroundColor;
            if ((parse(color)[3] ?? 1) > 0) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll('body *')]
        .filter(each => each.checkVisibility() && [...each.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .map(each => {
            const [low, high] = [getComputedStyle(each).color, behind(each)].map(light).sort((a, b) => a - b);
            return [(high + 0.05) / (low + 0.05), each.outerHTML.slice(0, 80)];
        })
        .filter(([ratio]) => ratio < 4.5);
})()"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One browser for all tests of this module; each opens its page anew."""
    with browser(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a realistic report."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html.dumps(realistic()), "utf-8")
    return path.as_uri()


def test_filters_show_the_rows_that_match(driver: Chrome, page: str) -> None:
    """Outcome, level and text narrow the list together, the count says so, and Clear brings all rows back."""
    emulate(driver)
    driver.get(page)
    total = len(realistic().results)
    assert evaluate(driver, SHOWN) == total
    Select(driver.find_element(By.NAME, "outcome")).select_by_visible_text("skipped")
    assert evaluate(driver, SHOWN) == 4
    driver.find_element(By.NAME, "text").send_keys("EXPIRED_client")
    assert evaluate(driver, SHOWN) == 2
    assert driver.find_element(By.ID, "shown").text == f"2 of {total} cases"
    Select(driver.find_element(By.NAME, "level")).select_by_visible_text("SHOULD")
    assert evaluate(driver, SHOWN) == 0
    driver.find_element(By.CSS_SELECTOR, ".filters button").click()
    assert evaluate(driver, SHOWN) == total
    assert driver.find_element(By.ID, "shown").text == f"{total} cases"


def test_the_copy_button_takes_the_whole_command(driver: Chrome, page: str) -> None:
    """What lands on the clipboard, or is selected where there is none, is the curl line and nothing else."""
    emulate(driver)
    driver.get(page)
    driver.execute_script("navigator.clipboard.writeText = async (text) => { window.copied = text; };")
    driver.find_element(By.CSS_SELECTOR, "[data-copy]").click()
    curl = driver.find_element(By.CSS_SELECTOR, "article pre code").text
    assert evaluate(driver, "window.copied") == curl
    driver.execute_script("navigator.clipboard.writeText = async () => { throw new Error('denied'); };")
    driver.find_element(By.CSS_SELECTOR, "[data-copy]").click()
    assert evaluate(driver, "getSelection().toString()") == curl


def test_the_page_asks_the_network_for_nothing(driver: Chrome, page: str) -> None:
    """Its own file is the only request, and the console stays empty."""
    emulate(driver)
    driver.get("about:blank")
    driver.get_log("performance")
    driver.get_log("browser")
    driver.get(page)
    events = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {page}
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("width", [320, 375, 768, 1200])
def test_nothing_is_wider_than_the_screen(driver: Chrome, page: str, width: int) -> None:
    """No reader has to scroll sideways, on a phone least of all."""
    emulate(driver, width=width)
    driver.get(page)
    assert evaluate(driver, "innerWidth") == width
    assert evaluate(driver, "document.documentElement.scrollWidth") <= width
    assert evaluate(driver, OVERFLOW) == []


def test_on_a_phone_no_column_is_squeezed(driver: Chrome, page: str) -> None:
    """A row of a table becomes a card whose texts have the width of the screen."""
    emulate(driver, width=375)
    driver.get(page)
    texts = "[...document.querySelectorAll('td, tbody th')].filter(each => each.querySelector('p'))"
    assert min(evaluate(driver, f"{texts}.map(each => each.clientWidth)")) > 300


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["", "print"])
def test_every_text_has_enough_contrast(driver: Chrome, page: str, scheme: str, media: str) -> None:
    """At least 4.5 to 1, WCAG's level AA for text of any size."""
    emulate(driver, scheme=scheme, media=media)
    driver.get(page)
    assert evaluate(driver, FAINT) == []


def test_a_dark_screen_gets_a_dark_page(driver: Chrome, page: str) -> None:
    """The reader's preference decides."""
    emulate(driver, scheme="dark")
    driver.get(page)
    red, green, blue = (
        int(part) for part in evaluate(driver, "getComputedStyle(document.body).backgroundColor")[4:-1].split(",")
    )
    assert max(red, green, blue) < 64


def test_paper_shows_all(driver: Chrome, page: str) -> None:
    """A print has every case and every line of a response, whatever the screen's filters hide, and no controls."""
    emulate(driver)
    driver.get(page)
    driver.find_element(By.NAME, "text").send_keys("no such case")
    assert evaluate(driver, SHOWN) == 0
    emulate(driver, media="print")
    assert evaluate(driver, SHOWN) == len(realistic().results)
    assert evaluate(
        driver, "[...document.querySelectorAll('pre')].every(pre => pre.scrollHeight <= pre.clientHeight + 2)"
    )
    assert evaluate(
        driver, "[...document.querySelectorAll('button, input, select')].every(each => !each.checkVisibility())"
    )


def test_without_scripts_all_is_there_but_the_controls(driver: Chrome, page: str) -> None:
    """Mail programs and locked-down browsers run none."""
    emulate(driver, scripts=False)
    driver.get(page)
    try:
        assert evaluate(driver, SHOWN) == len(realistic().results)
        controls = "[...document.querySelectorAll('button, input, select')].every(each => !each.checkVisibility())"
        assert evaluate(driver, controls)
    finally:
        emulate(driver)


def test_hostile_text_stays_text(driver: Chrome, tmp_path: Path) -> None:
    """Markup from a response neither runs nor loads nor closes an element; it is there to be read."""
    path = tmp_path / "report.html"
    path.write_text(html.dumps(hostile()), "utf-8")
    emulate(driver)
    driver.get(path.as_uri())
    assert evaluate(driver, "typeof window.hacked") == "undefined"
    assert evaluate(driver, "document.querySelectorAll('script, img, iframe, [onfocus]').length") == 1
    assert "<script>window.hacked = 1</script>" in driver.find_element(By.CSS_SELECTOR, "article pre").text
    assert driver.get_log("browser") == []


def test_headings_and_landmarks_make_an_outline(driver: Chrome, page: str) -> None:
    """One h1, no level skipped, one main, every table with headers, every control with a name."""
    emulate(driver)
    driver.get(page)
    levels = evaluate(driver, "[...document.querySelectorAll('h1, h2, h3, h4')].map(each => +each.tagName[1])")
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert evaluate(driver, "document.querySelectorAll('main').length") == 1
    assert evaluate(
        driver, "[...document.querySelectorAll('table')].every(each => each.querySelector('th[scope=col]'))"
    )
    names = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    controls = [
        node for node in names if node.get("role", {}).get("value") in {"button", "combobox", "searchbox", "link"}
    ]
    assert len(controls) > 10
    assert all(node["name"]["value"].strip() for node in controls)


def test_an_empty_run_is_a_page_too(driver: Chrome, tmp_path: Path) -> None:
    """A run that was stopped at once has a verdict and no broken table."""
    path = tmp_path / "report.html"
    path.write_text(html.dumps(record(interrupted=True)), "utf-8")
    driver.get(path.as_uri())
    assert driver.find_element(By.TAG_NAME, "h1").text.endswith("No verdict")
    assert driver.get_log("browser") == []


@pytest.mark.parametrize("width", [375, 1200])
def test_a_comparison_scrolls_in_its_own_frame(driver: Chrome, tmp_path: Path, width: int) -> None:
    """Eight targets side by side do not make the page wider, and every frame can be reached by keyboard."""
    runs = [(Path(f"{number}.json"), evolve(realistic(), target=f"https://{number}.example")) for number in range(7)]
    page = tmp_path / "compare.html"
    page.write_text(compare.dumps_html(compare.compare([*runs, (Path("other.json"), record())])), "utf-8")
    emulate(driver, width=width)
    driver.get(page.as_uri())
    assert evaluate(driver, "document.documentElement.scrollWidth") <= width
    assert evaluate(driver, "[...document.querySelectorAll('.wide')].every(each => each.tabIndex === 0)")
    assert evaluate(driver, FAINT) == []
    assert driver.get_log("browser") == []
