"""The robot's own Nav2 in place of our navigation (`navigation: nav2`).

`bridge` decides what is asked of Nav2, and when; `whereabouts` is where Nav2's localiser has the robot; `names` are
the names that lead the other rooms here; `node` is the ROS shell. docs/nav2.md.
"""
