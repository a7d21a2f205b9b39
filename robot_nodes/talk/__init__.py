"""Talking to a running robot from a terminal: `recording` (a sound file in blocks), `screen` (what is shown, and
when it is over), `node` (the ROS 2 client). The first two are pure."""
