"""What the robot does for its visitor, as a behaviour tree (py_trees).

In the order data passes them: `geography` and `programme` (what the venue says about destinations), `core` (what
happens becomes an event and a tick), `tree` and its branches `listening` (what visitors say), `fleet` (notices and
actions), `senses` (visitor, battery, way), `phases` and `pauses` (what each state does with time), over one `board`;
`journey` (the states of `GuideStatus` and what changing them entails), `pace` (how fast), `turns` and `announcer` (what
is told on the way), `voice` and `words` (acts and texts in the visitor's language), `effects` (what is to be done),
`node` (the ROS 2 shell). Everything but `node` is pure.
"""
