"""What guiding asks, as the fleet is asked it."""

from __future__ import annotations

import pytest

pytest.importorskip("fairguide_msgs.msg", reason="needs the project's ROS messages")

from fairguide_msgs.msg import FleetRequest

from fleet.protocol.venue import RequestKind
from maps.venue import load_venue
from robot_nodes.fleet_link.convert import nearest_place, visitor_request


def test_another_robot_is_asked_for_where_this_one_stands():
    message = FleetRequest(request_id="h1", kind="hand_over", place="culture", language="en")
    request = visitor_request(message, "", "kiosk-01")
    assert (request.kind, request.place, request.origin) == (RequestKind.GUIDE, "culture", "kiosk-01")
    assert visitor_request(message, "") is None  # nobody knows where that is
    message.kind = "guide"
    assert visitor_request(message, "", "kiosk-01").origin == ""


def test_a_lost_visitor_is_that_of_a_request():
    request = visitor_request(FleetRequest(request_id="q1", kind="visitor_lost"), "", "kiosk-01")
    assert (request.kind, request.about, request.request_id) == (RequestKind.VISITOR_LOST, "q1", "lost-q1")


def test_the_place_here_is_the_nearest_that_is_no_dock():
    venue = load_venue("hall")
    station = venue.stations[venue.places["kiosk-01"].station]
    assert nearest_place(venue, station.x, station.y) == "kiosk-01"
    dock = next(iter(venue.chargers.values()))
    assert venue.places[nearest_place(venue, dock.x, dock.y)].kind != "charger"
