"""Goal -> motion, in the order data passes the parts.

`field` (static clearance from the venue's grid), `localiser` (odometry + scan -> pose), `planner` (goal -> path: lanes,
then `astar` where a straight line is not free; `path` is the result), `controller` (path + scan -> velocity),
`collision_monitor` (the last word before the wheels), `navigator` (goals, pauses, being blocked: the state machine that
calls all of these), `node` (the ROS 2 shell). `settings` holds every limit.
"""
