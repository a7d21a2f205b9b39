"""The world without ROS, and a robot's driving in a process of its own: what `fairguide bench navigation` measures in.

`pipe` talks to the robot, `loop` lets time pass for both, `zones` counts who was too near, `cases` are the scenarios,
`picture` draws what happened.
"""
