"""The world: what robots sense and push against, and the people who use them. In the order data passes:

- `fields`      occupancy grid -> distance fields (rays, walls)
- `robots`      bodies: `diff_drive` (wheels under acceleration limits), `odometry` (what the wheels believe)
- `walkways`    where people can walk, and ways between places
- `people`      pedestrians: walkers, standing groups, visitors
- `contacts`    collisions and near misses, counted once per episode
- `lidar`, `battery`, `radio`   what a robot measures
- `world`       all of it under one clock and one seed; no ROS, no wall time
- `day`, `visitors`, `visiting`, `journal`   the scripted day: who comes, what they do, what became of them
- `lockstep`, `pace`   when the next tick may begin
- `ros`         the ROS 2 shell, the only file that imports rclpy
- `kiosk_client`   a visitor's finger on a kiosk's page
- `bench`, `commands`   measurements and the command line
"""
