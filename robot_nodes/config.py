"""How one robot is set up: flags, then `FAIRGUIDE_*`, then a YAML file, then defaults. Checked once, here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from fleet.protocol.link import Broker
from fleet.protocol.topics import check_id
from maps.venue import Venue, load_venue
from robot_nodes.errors import RobotError
from robot_nodes.hearing.errors import HearingError
from robot_nodes.hearing.wakeword import read_names

PREFIX = "FAIRGUIDE_"
LANGUAGES = ("zh", "en", "ko", "ja")


class RobotConfig(BaseModel):
    """One robot's settings, each valid by itself; `check_start` looks at them together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serial: str
    """VDA 5050 serial number, such as guide-01."""
    venue: str = "hall"
    """Name or path of a floor plan."""
    start: str = ""
    """Station the robot stands at; empty: the dock with the serial's number."""
    broker: str = "mqtt://127.0.0.1:1883"
    sim_time: bool = False
    navigation: Literal["own", "nav2"] = "own"
    """What drives the robot: our navigation, or the Nav2 that runs on it."""
    nav2_namespace: str = ""
    """ROS namespace of that Nav2 and of the robot's drivers, such as `/`; empty: the robot's own."""
    nav2_localiser: str = "amcl"
    """Lifecycle node of its localiser, which takes `initialpose`; `none`: another kind of localiser."""
    languages: tuple[str, ...] = LANGUAGES
    """What hearing listens for, ISO 639-1."""
    microphone: str = ""
    """PyAudio device, or udp://ADDRESS:PORT; empty: none, sound comes on the topic `audio`."""
    microphone_array: str = ""
    """YAML file with the microphones' places; empty: one microphone."""
    push_to_talk: bool = False
    """Listen only while the topic `push_to_talk` says so."""
    wake_words: str = ""
    """The robot's names, such as `en=hello guide,ko=길잡이야`; empty: it always listens."""
    loudspeaker: str = ""
    wav_dir: str = ""
    """Folder for what is said, as WAV; empty: none."""
    voices: str = ""
    """Engines per language, such as zh=piper+espeak; empty: the best there are."""

    @field_validator("serial")
    @classmethod
    def _serial(cls, value: str) -> str:
        checked = check_id(value, "serial")
        if not checked.replace("-", "_").isidentifier():
            raise ValueError(f"{value!r} makes no ROS namespace: begin with a letter, then letters, digits, _ and -")
        return checked

    @field_validator("broker")
    @classmethod
    def _broker(cls, value: str) -> str:
        Broker.parse(value)
        return value

    @field_validator("languages", mode="before")
    @classmethod
    def _languages(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("wake_words")
    @classmethod
    def _wake_words(cls, value: str) -> str:
        try:
            read_names(value)
        except HearingError as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("nav2_namespace")
    @classmethod
    def _nav2_namespace(cls, value: str) -> str:
        if value and not (value.startswith("/") and all(map(_is_token, value.strip("/").split("/")))) and value != "/":
            raise ValueError(f"{value!r} is no ROS namespace: write / or one such as /robot")
        return value

    @field_validator("nav2_localiser")
    @classmethod
    def _nav2_localiser(cls, value: str) -> str:
        if not _is_token(value):
            raise ValueError(f"{value!r} is no ROS node: write its name, such as amcl, or none")
        return value

    @property
    def namespace(self) -> str:
        """The robot's ROS namespace."""
        return "/" + self.serial.replace("-", "_")


def read_config(
    flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None = None
) -> tuple[RobotConfig, Venue]:
    """The settings and the venue they name; the start is filled in.

    :param flags: those of the command line; None means not given.
    :raises RobotError: a setting is wrong; says which, where it came from, and what to do.
    :raises maps.errors.PlanError: the floor plan is wrong or unknown.
    """
    names = RobotConfig.model_fields.keys()
    given: dict[str, Any] = dict(_read_file(file)) if file is not None else {}
    given |= {name: environment[PREFIX + name.upper()] for name in names if environment.get(PREFIX + name.upper())}
    given |= {name: value for name, value in flags.items() if value is not None}
    try:
        config = RobotConfig.model_validate(given)
    except ValidationError as error:
        raise RobotError(_first_line(error)) from None
    venue = load_venue(config.venue)
    return config.model_copy(update={"start": check_start(config, venue)}), venue


def check_start(config: RobotConfig, venue: Venue) -> str:
    """The station to start at.

    :raises RobotError: there is no such station in the venue.
    """
    start = config.start or "dock-" + config.serial.rpartition("-")[2]
    if start in venue.stations:
        return start
    docks = ", ".join(list(venue.chargers)[:6])
    raise RobotError(f"start {start!r}: no such station in venue {venue.id}; --start takes one of {docks}, ...")


def _read_file(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RobotError(f"{path}: {error.strerror or error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RobotError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise RobotError(f"{path}: write one setting in each line, such as `serial: guide-01`")
    return content


def _is_token(value: str) -> bool:
    """Whether this can stand between the slashes of a ROS name."""
    return value.isascii() and value.isidentifier()


def _first_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(step) for step in first["loc"]) or "settings"
    if first["type"] == "missing":
        return f"{name}: not given; use --{name} or {PREFIX}{name.upper()}"
    if first["type"] == "extra_forbidden":
        return f"{name}: no such setting; there are {', '.join(RobotConfig.model_fields)}"
    return f"{name}: {first['msg'].removeprefix('Value error, ')}"
