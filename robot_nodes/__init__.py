"""One guide robot. Sound becomes motion in this order:

`hearing` (sound to text), `language` (text to intent and reply), `guiding` (what the robot does for its visitor),
`fleet_link` (the robot as a VDA 5050 vehicle), `navigation` (goal to motion), with `seeing` (is my visitor with me)
beside them and `speaking` (reply to sound) at the end. Each is a pure core and one `node.py`, its ROS 2 shell.
`config` and `robot` compose them in one process; `talk` is the other end of a conversation, in a terminal;
`commands` is the command line; `interfaces` has the ROS 2 message packages.
"""
