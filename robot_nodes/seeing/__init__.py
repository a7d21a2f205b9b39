"""Scan and camera -> is my visitor with me, and which boards do I see, in the order data passes the parts.

`bodies` (scan clusters that no wall explains) and `people` (tracked), `company` (who walks with me or comes to me),
`lens` (what a camera pictures where), `appearance` and `badge` (what somebody wears), `recognition` (who looks like my
visitor), `visitor` (which track is mine, and is it still there), `watching` (these together), `boards` and `markers`
(boards on the walls -> the robot's pose), `node` (the ROS 2 shell). Uses `navigation.field` and `navigation.geometry`
for what the map explains.
"""
