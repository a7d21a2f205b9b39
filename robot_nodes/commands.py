"""`fairguide robot | say | hear | understand`. Rooms that need ROS are imported when their command runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

Venue = Annotated[str | None, typer.Option(help="Floor plan: hall, ciftis2020, or a path.", show_default="hall")]
Serial = Annotated[str, typer.Argument(help="The robot, such as guide-01.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of what is said (zh, en, ko, ja); told from it otherwise.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Watch the journey to its end.")]


def robot(
    venue: Venue = None,
    serial: Annotated[str | None, typer.Option(help="Serial number, such as guide-01.")] = None,
    start: Annotated[str | None, typer.Option(help="Station it stands at; by default the dock of its number.")] = None,
    broker: Annotated[str | None, typer.Option(help="MQTT broker.", show_default="mqtt://127.0.0.1:1883")] = None,
    sim_time: Annotated[bool | None, typer.Option("--sim-time/--wall-time", help="Follow /clock.")] = None,
    navigation: Annotated[
        str | None, typer.Option(help="What drives: own, or nav2 (the robot's own Nav2).", show_default="own")
    ] = None,
    languages: Annotated[str | None, typer.Option(help="What it listens for.", show_default="zh,en,ko,ja")] = None,
    microphone: Annotated[str | None, typer.Option(help="PyAudio device to listen to, or udp://ADDRESS:PORT.")] = None,
    microphone_array: Annotated[str | None, typer.Option(help="Where its microphones are: YAML file.")] = None,
    push_to_talk: Annotated[
        bool | None, typer.Option("--push-to-talk/--always-listen", help="Listen only while the button is pressed.")
    ] = None,
    wake_words: Annotated[str | None, typer.Option(help="Its names, such as en=hello guide.")] = None,
    loudspeaker: Annotated[str | None, typer.Option(help="Device to speak on.")] = None,
    wav_dir: Annotated[str | None, typer.Option(help="Folder for what it says, as WAV.")] = None,
    voices: Annotated[str | None, typer.Option(help="Engines per language, such as zh=piper+espeak.")] = None,
    config: Annotated[Path | None, typer.Option(help="YAML file with any of these settings.")] = None,
) -> None:
    """Run one guide robot until Ctrl-C. Every setting can also come from FAIRGUIDE_<NAME> or --config."""
    from robot_nodes.config import read_config

    flags = {
        "venue": venue,
        "serial": serial,
        "start": start,
        "broker": broker,
        "sim_time": sim_time,
        "navigation": navigation,
        "languages": languages,
        "microphone": microphone,
        "microphone_array": microphone_array,
        "push_to_talk": push_to_talk,
        "wake_words": wake_words,
        "loudspeaker": loudspeaker,
        "wav_dir": wav_dir,
        "voices": voices,
    }
    settings, plan = read_config(flags, os.environ, config)

    from robot_nodes.robot import run_robot

    run_robot(settings, plan)


def say(
    serial: Serial,
    text: Annotated[str, typer.Argument(help="The sentence.")],
    lang: Lang = "",
    wait: Wait = True,
) -> None:
    """Say a sentence to a running robot, and watch what it understands, answers and does."""
    from robot_nodes.talk.node import talk
    from robot_nodes.talk.screen import Screen

    raise typer.Exit(talk(serial, Screen(serial, wait=wait), text=text, language=lang))


def hear(
    what: Annotated[
        list[str],
        typer.Argument(metavar="SERIAL FILE | FILE...", help="The robot and a recording; with --offline recordings."),
    ],
    lang: Lang = "",
    wait: Wait = True,
    offline: Annotated[bool, typer.Option("--offline", help="No robot: run the whole chain on recordings.")] = False,
    array: Annotated[Path | None, typer.Option(help="Microphone array, YAML.", rich_help_panel="Offline")] = None,
    phrases: Annotated[
        Path | None,
        typer.Option(help="The domain, one phrase a line; else the venue's.", rich_help_panel="Offline"),
    ] = None,
    venue: Annotated[str, typer.Option(help="Whose sentences are expected.", rich_help_panel="Offline")] = "hall",
    without: Annotated[
        str, typer.Option(metavar="STAGE,...", help="Stages to leave out.", rich_help_panel="Offline")
    ] = "",
    playback: Annotated[
        Path | None,
        typer.Option(help="What the robot's loudspeaker played meanwhile.", rich_help_panel="Offline"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file.", rich_help_panel="Offline")] = False,
) -> None:
    """Play a recording to a running robot, as fast as a visitor would speak; or measure on recordings, --offline."""
    if offline:
        from robot_nodes.hearing.offline import Request, hear_offline

        files = tuple(Path(name) for name in what)
        raise typer.Exit(hear_offline(Request(files, lang, array, phrases, venue, without, playback, as_json)))
    if len(what) != 2:
        raise typer.BadParameter("give a robot and one recording, such as `guide-01 hello.wav`, or --offline FILE...")
    from robot_nodes.talk.node import talk
    from robot_nodes.talk.recording import Recording
    from robot_nodes.talk.screen import Screen

    serial, file = what
    raise typer.Exit(talk(serial, Screen(serial, wait=wait), recording=Recording.read(Path(file)), language=lang))


def understand(
    venue: Venue = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Language of the lines; told from each otherwise.")] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object for each line (the only form there is).")
    ] = True,
) -> None:
    """Read sentences from standard input, one in a line, and print what the robot makes of each."""
    from maps.venue import load_venue
    from robot_nodes.language.cli import understand_lines

    understand_lines(load_venue(venue or "hall"), lang, sys.stdin, sys.stdout)
