"""Docking at a charger by marker and contact, and leaving it.

In the order data passes them: `docks` (the chargers of the plan), `sight` (where the dock is, in frame odom, by its
marker or by the localiser), `approach` (the control law), `contact` (what of the scan may be touched), `core` (the
order of things: stage, look, approach, wait for current, retry, leave), `effects` (what it wants done), `node` (the
ROS 2 shell). Everything but `node` is pure: time is passed in, nothing is sent. It never writes `cmd_vel`: its wishes
go to the pilot, which lets them through its collision monitor while nothing else is driven.
"""
