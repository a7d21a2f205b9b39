"""Far-field scenes for measuring how well a robot hears: halls, noises, talkers, and sets of recordings of them."""
