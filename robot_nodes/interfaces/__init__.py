"""ROS 2 interface packages of a guide robot, and the script that builds them where ROS is not installed."""
