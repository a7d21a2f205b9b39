"""What the robot does for its visitor.

In the order data passes them: `geography` (what the venue says about destinations), `core` (the states of
`GuideStatus`; intents, visitor, notices and actions in, effects out), `effects` (what is to be done), `words`
(reasons in the visitor's language), `node` (the ROS 2 shell). Everything but `node` is pure.
"""
