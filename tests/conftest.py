"""What all tests share: ports, a broker, a ROS domain of one's own, and the command line as a process."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from robot_nodes.interfaces.network import ros_defaults

# Before any test imports rclpy: nothing a test does leaves this machine.
os.environ.update(ros_defaults(os.environ, sys.prefix))

FIRST_DOMAIN = 20
LAST_DOMAIN = 100  # domain d uses the UDP ports from 7400 + 250 d on; from 32768 on Linux hands them out itself
BROKER_START_S = 10.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs ROS where there is no ROS, and say so."""
    if importlib.util.find_spec("rclpy") is None:
        reason = pytest.mark.skip(reason="rclpy is not installed: pip install 'fairguide[ros]'")
        for item in items:
            if item.get_closest_marker("ros"):
                item.add_marker(reason)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections on 127.0.0.1:`port`."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def await_until(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Return as soon as `condition()` holds; fails the test after `timeout_s`."""
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not within {timeout_s} s")
        pause.wait(0.02)


@pytest.fixture
def tcp_port() -> int:
    """A free TCP port on 127.0.0.1."""
    return free_port()


@pytest.fixture
def free_port_pair() -> tuple[int, int]:
    """Two free TCP ports on 127.0.0.1: for HTTP (21 and 22 above it free too, for kiosks), and for MQTT."""
    for _ in range(50):
        http = free_port()
        if http < 65_000 and not any(listens(http + offset) for offset in (21, 22)):
            return http, free_port()
    pytest.fail("no free ports")


@pytest.fixture
def tcp_listener() -> Iterator[int]:
    """A TCP port on 127.0.0.1 that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@dataclass
class RunningBroker:
    """A broker process on 127.0.0.1."""

    port: int
    command: list[str]
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, again if need be, and wait until it accepts connections."""
        self._process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_until(lambda: listens(self.port), BROKER_START_S, f"broker {self.command[0]}")

    def stop(self) -> None:
        """End it; harmless when it is not running."""
        if self._process is not None:
            _end(self._process, 5.0)
            self._process = None


def _end(process: subprocess.Popen[bytes], patience_s: float) -> int:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait(patience_s)


_MOSQUITTO_CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
"""

_AMQTT_CONFIG = """\
listeners:
  default: {{type: tcp, bind: "127.0.0.1:{port}"}}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin: {{allow_anonymous: true}}
"""


def _broker_command(port: int, folder: Path) -> list[str]:
    """mosquitto where there is one, amqtt otherwise."""
    mosquitto = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if mosquitto:
        config = folder / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n"
        )
        return [mosquitto, "-c", str(config)]
    config = folder / "amqtt.yaml"
    config.write_text(_AMQTT_CONFIG.format(port=port))
    return [str(Path(sys.executable).with_name("amqtt")), "-c", str(config)]


@pytest.fixture
def mqtt_broker(tmp_path: Path) -> Iterator[RunningBroker]:
    """A broker of the test's own; the test may `stop()` and `start()` it."""
    port = free_port()
    broker = RunningBroker(port, _broker_command(port, tmp_path))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def _next_domain() -> list[int]:
    """The domain to try next; begins at a different one in each run, so that runs side by side differ."""
    return [FIRST_DOMAIN + os.getpid() % (LAST_DOMAIN - FIRST_DOMAIN)]


@pytest.fixture(scope="session")
def free_domain(_next_domain: list[int]) -> Callable[[], int]:
    """Finds a ROS domain nobody else uses, for `rclpy.init(domain_id=...)`; another one at every call."""

    def find() -> int:
        span = LAST_DOMAIN - FIRST_DOMAIN
        for step in range(span):
            domain = FIRST_DOMAIN + (_next_domain[-1] - FIRST_DOMAIN + step) % span
            if _domain_is_free(domain):
                _next_domain[-1] = domain + 1
                return domain
        pytest.fail(f"no free ROS domain between {FIRST_DOMAIN} and {LAST_DOMAIN}")

    return find


@pytest.fixture
def ros_domain(free_domain: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> int:
    """A ROS domain nobody else uses: in the environment for child processes too."""
    domain = free_domain()
    monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
    return domain


def _domain_is_free(domain: int) -> bool:
    """Whether nobody here has the port of the domain's first participant (DDSI-RTPS 2.2, 9.6.1.1)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", 7400 + 250 * domain + 10))
        except OSError:
            return False
    return True


@dataclass
class CliProcess:
    """`fairguide ...` as a process, its output gathered while it runs."""

    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    _output: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, name=f"read {self.arguments[0]}", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None  # asked for by `cli`
        for line in self.process.stdout:
            self._output += line

    @property
    def output(self) -> str:
        """stdout and stderr so far."""
        return self._output.decode(errors="replace")

    def wait_for(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait until `text` has been printed; fails the test when it has not, or the process has ended before."""
        what = f"{text!r} from {self.arguments}"
        await_until(lambda: text in self.output or self._ended(), timeout_s, what)
        assert text in self.output, f"{self.arguments} ended without {text!r}:\n{self.output}"

    def _ended(self) -> bool:
        return self.process.poll() is not None and not self._reader.is_alive()

    def wait(self, timeout_s: float = 30.0) -> int:
        """Wait for the end; the exit status."""
        status = self.process.wait(timeout_s)
        self._reader.join(timeout_s)
        return status

    def stop(self, number: int = signal.SIGTERM, within_s: float = 5.0) -> int:
        """Ask it to end; the exit status. Fails the test when it takes longer than `within_s`."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.wait(5.0)
            pytest.fail(f"{self.arguments} did not end within {within_s} s:\n{self.output}")

    def clean_up(self) -> None:
        """End it however it may be."""
        _end(self.process, 5.0)
        self._reader.join(5.0)
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def cli() -> Iterator[Callable[..., CliProcess]]:
    """`cli("map", "check", "hall")` starts the command line as a process; all end with the test."""
    started: list[CliProcess] = []

    def start(*arguments: str, env: dict[str, str] | None = None) -> CliProcess:
        process = subprocess.Popen(
            [sys.executable, "-m", "fairguide", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "120", **(env or {})},
        )
        started.append(CliProcess(arguments, process))
        return started[-1]

    yield start
    for one in reversed(started):
        one.clean_up()
