import pytest

from robot_nodes.navigation.errors import BadSettings
from robot_nodes.navigation.settings import Settings


def test_limits_are_replaced() -> None:
    assert Settings().with_limits({"v_max": 0.5}).limits.v_max == 0.5


@pytest.mark.parametrize(("name", "value"), [("warp", 9.0), ("v_max", 0.0), ("a_max", float("nan"))])
def test_unusable_limits_say_so(name: str, value: float) -> None:
    with pytest.raises(BadSettings, match=name):
        Settings().with_limits({name: value})
