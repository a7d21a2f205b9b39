"""The pages in a real browser: the dashboard over a stand-in manager, a kiosk over a real broker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
READY = "[data-testid=venue-map][data-ready=true]"


def marker(page: Page, serial: str) -> dict[str, Any]:
    """Where the page draws a robot."""
    found = page.evaluate("(id) => window.fairguideMap.robots().find((robot) => robot.id === id) ?? null", serial)
    assert isinstance(found, dict)
    return found


def open_dashboard(page: Page, base: str, language: str) -> None:
    page.goto(f"{base}/?lang={language}")
    page.wait_for_selector(READY)
    page.wait_for_function("window.fairguideMap.robots().length === 2")


def test_a_robots_marker_moves(page: Page, dashboard: str) -> None:
    open_dashboard(page, dashboard, "zh")
    before = marker(page, "guide-01")
    moved = "(x) => Math.abs(fairguideMap.robots().find((r) => r.id === 'guide-01').screenX - x) > 20"
    page.wait_for_function(moved, arg=before["screenX"])
    assert page.get_by_test_id("robot-guide-01").is_visible()


def test_a_lost_robot_is_shown_within_two_seconds(page: Page, dashboard: str) -> None:
    open_dashboard(page, dashboard, "en")
    httpx.post(f"{dashboard}/link/broken").raise_for_status()
    began = time.monotonic()
    expect(page.get_by_test_id("robot-guide-02").get_by_test_id("robot-state")).to_have_text("Connection lost")
    assert time.monotonic() - began < 2.0
    assert marker(page, "guide-02")["link"] == "broken"
    expect(page.get_by_test_id("stat-robots")).to_contain_text("1/2")


def test_a_click_on_the_map_sends_a_robot_and_the_task_is_cancelled(page: Page, dashboard: str) -> None:
    open_dashboard(page, dashboard, "en")
    booth = page.evaluate("window.fairguideMap.place('finance-a01')")
    page.mouse.click(booth["screenX"], booth["screenY"])
    expect(page.get_by_test_id("dispatch-place")).not_to_have_value("")
    page.get_by_test_id("dispatch-submit").click()
    expect(page.get_by_text("Task task-1 is under way")).to_be_visible()
    page.get_by_test_id("tab-tasks").click()
    task = page.get_by_test_id("task-task-1")
    task.get_by_test_id("task-cancel").click()
    task.get_by_test_id("task-cancel").click()
    expect(task).to_have_attribute("data-state", "cancelled")


def test_search_fills_the_destination_and_a_refusal_says_why(page: Page, dashboard: str) -> None:
    open_dashboard(page, dashboard, "en")
    page.get_by_test_id("dispatch-place").fill("culture")
    page.get_by_test_id("hit-culture").click()
    page.locator(".df .q-select").first.click()
    page.get_by_role("option", name="guide-02").click()
    page.get_by_test_id("dispatch-submit").click()
    expect(page.get_by_text("guide-02 does not answer; choose another robot")).to_be_visible()


def test_the_api_beside_the_page_still_answers(dashboard: str) -> None:
    assert httpx.get(f"{dashboard}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{dashboard}/docs").status_code == 200


class Fleet:
    """A fleet that answers one kiosk by hand."""

    def __init__(self, port: int) -> None:
        self.requests: list[dict[str, Any]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._heard
        self._client.on_connect = lambda client, *_: client.subscribe("venue/v1/kiosks/+/requests", 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _heard(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        self.requests.append(json.loads(message.payload))

    def notify(self, kind: str, **fields: Any) -> None:
        notice = {"kind": kind, "timestamp": "", "requestId": self.requests[0]["requestId"], "robot": "guide-03"}
        self._client.publish("venue/v1/kiosks/kiosk-01/notices", json.dumps({**notice, **fields}), 1)

    def move(self, x: float, y: float) -> None:
        position = {"x": x, "y": y, "theta": 0.0, "mapId": "hall-1F"}
        topic = "uagv/v2/fairguide/guide-03/visualization"
        self._client.publish(topic, json.dumps({"agvPosition": position}), 1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def fleet(mqtt_broker: Any) -> Iterator[Fleet]:
    fleet = Fleet(mqtt_broker.port)
    yield fleet
    fleet.close()


def test_a_robot_is_called_by_touch_and_seen_to_come(
    page: Page, start_kiosk: Callable[[str], str], mqtt_broker: Any, fleet: Fleet
) -> None:
    page.goto(f"{start_kiosk(mqtt_broker.url)}/?lang=zh")
    page.wait_for_selector(READY)
    page.get_by_test_id("search").fill("文化")
    page.get_by_test_id("place-culture").click()
    expect(page.get_by_test_id("distance")).to_contain_text("米")
    assert len(page.evaluate("window.fairguideMap.marks().route")) >= 2
    expect(page.get_by_test_id("take-me")).to_be_enabled()
    page.get_by_test_id("take-me").click()
    call = page.get_by_test_id("call")
    expect(call).to_have_attribute("data-status", "sent")
    _await(page, lambda: bool(fleet.requests))
    assert fleet.requests[0]["place"] == "culture"
    assert fleet.requests[0]["origin"] == "kiosk-01"
    fleet.notify("assigned", etaS=20.0)
    expect(call).to_have_attribute("data-status", "assigned")
    expect(page.get_by_test_id("call-title")).to_contain_text("guide-03")
    fleet.move(20.0, 3.0)
    page.wait_for_function("window.fairguideMap.robots().some((robot) => robot.id === 'guide-03')")
    before = marker(page, "guide-03")["screenX"]
    fleet.move(24.0, 3.0)
    page.wait_for_function("(x) => fairguideMap.robots()[0].screenX > x + 20", arg=before)
    for status in ("arrived", "leading", "finished"):
        fleet.notify(status)
        expect(call).to_have_attribute("data-status", status)
    page.get_by_test_id("home").click()
    expect(page.get_by_test_id("search")).to_be_visible()


def _await(page: Page, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "not in time"
        page.wait_for_timeout(20)


def test_without_a_broker_the_kiosk_still_shows_the_way(page: Page, start_kiosk: Callable[[str], str]) -> None:
    page.goto(f"{start_kiosk('mqtt://127.0.0.1:9')}/?lang=en")
    page.wait_for_selector(READY)
    page.get_by_test_id("category-toilets").click()
    page.locator("[data-testid=results] button").first.click()
    expect(page.get_by_test_id("steps").locator("li").first).to_be_visible()
    expect(page.get_by_test_id("no-robots")).to_be_visible()
    expect(page.get_by_test_id("take-me")).to_be_disabled()


def test_the_language_switch_keeps_the_place(page: Page, start_kiosk: Callable[[str], str]) -> None:
    page.goto(f"{start_kiosk('mqtt://127.0.0.1:9')}/?lang=zh&place=culture")
    page.wait_for_selector(READY)
    zh = page.get_by_test_id("place-name").inner_text()
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("take-me")).to_contain_text("Take me there")
    assert page.get_by_test_id("place-name").inner_text() != zh


def test_a_typed_question_is_answered_with_a_place(page: Page, start_kiosk: Callable[[str], str]) -> None:
    page.goto(f"{start_kiosk('mqtt://127.0.0.1:9')}/?lang=zh")
    page.wait_for_selector(READY)
    page.get_by_test_id("search").fill("最近的卫生间在哪里")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("place-name")).to_contain_text("卫生间")
