"""What the robot does for its visitor.

In the order data passes them: `geography` (what the venue says about destinations), `core` (what happens: intents,
visitor, notices and actions in, effects out), `journey` (the states of `GuideStatus` and what changing them entails),
`pace` (how fast), `voice` (acts put into words), `effects` (what is to be done), `words` (reasons in the visitor's
language), `node` (the ROS 2 shell). Everything but `node` is pure.
"""
