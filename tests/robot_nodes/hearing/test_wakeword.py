"""The robot's name."""

from __future__ import annotations

import pytest

from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.wakeword import WakeGate, read_names

NAMES = read_names("ko=길잡이야, zh=小导小导,en=hello guide,ko=안내 로봇")


def test_names_are_read_from_one_setting() -> None:
    assert NAMES == {"ko": ("길잡이야", "안내 로봇"), "zh": ("小导小导",), "en": ("hello guide",)}
    assert read_names("") == {}


@pytest.mark.parametrize("setting", ["guide", "en=", "=guide", "ko=야", "en=hey"])
def test_a_wrong_setting_is_one_clear_line(setting: str) -> None:
    with pytest.raises(HearingError, match="wake word") as caught:
        read_names(setting)
    assert "\n" not in str(caught.value)


def test_it_sleeps_until_called_and_falls_asleep_again() -> None:
    gate = WakeGate(NAMES, awake_s=20.0)
    assert not gate.awake(0.0)
    gate.wake(5.0)
    assert gate.awake(24.9)
    assert not gate.awake(25.0)
    gate.wake(24.0)
    assert gate.awake(43.0)


def test_its_name_is_known_by_its_sound_and_in_its_language() -> None:
    gate = WakeGate(NAMES)
    assert gate.called("안내로봇 화장실", "ko")
    assert gate.is_name("안내로봇", "ko")
    assert not gate.is_name("안내 로봇 화장실", "ko")
    assert not gate.called("안내 데스크가 어디예요", "ko")
    assert not gate.called("hello guide", "zh")
