"""Goal -> motion, in the order data passes the parts.

`field` (static clearance from the venue's grid), `zones` (where not to drive, or slowly), `costmap` (what stands about
the robot now), `localiser` (odometry + scan -> pose), `planner` (goal -> path: `lane_ways`, then `astar` where a
straight line is not free, then `smoothing`; `path` is the result), `controller` (path + scan -> velocity),
`collision_monitor` (the last word before the wheels), `navigator` (goals, pauses, being blocked: the state machine that
calls all of these), `node` (the ROS 2 shell). `settings` holds every limit.
"""
