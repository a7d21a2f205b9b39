"""Robot bodies: how wheels move a robot, and what they tell it about that."""
