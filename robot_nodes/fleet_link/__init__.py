"""The robot as a VDA 5050 2.1.0 vehicle.

In the order data passes them: `orders` (may this order be taken, and if not, which error), `path`
(what is left to drive: base, horizon, which node has been passed), `actions` (the action queue, its
blocking types and states), `vehicle` (puts the three together: messages and robot events in, effects
out), `effects` (what the vehicle wants done), `factsheet` (what the robot is), `node` (the ROS 2 and
MQTT shell). Everything but `node` is pure: time is passed in, nothing is sent.
"""
