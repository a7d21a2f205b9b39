"""Between the guide and ROS messages."""

from __future__ import annotations

import pytest

pytest.importorskip("fairguide_msgs.msg", reason="needs the project's ROS messages")

from fairguide_msgs.msg import Intent

from robot_nodes.guiding.convert import meaning


def test_an_intent_brings_its_target_and_the_wish_to_be_led():
    message = Intent(
        name="find_facility", language="ko", text="...", reply="...", slot_names=["facility"], slot_values=["toilet"],
        target="sports-toilet", lead=True,
    )  # fmt: skip
    heard = meaning(message)
    assert (heard.name, heard.language, heard.slots) == ("find_facility", "ko", {"facility": "toilet"})
    assert (heard.target, heard.lead) == ("sports-toilet", True)
