"""Scan -> is my visitor with me, in the order data passes the parts.

`people` (scan clusters that no wall explains, tracked), `company` (who walks with me or comes to me), `visitor` (which
track is mine, and is it still there), `node` (the ROS 2 shell). Uses `navigation.field` and `navigation.geometry` for
what the map explains.
"""
