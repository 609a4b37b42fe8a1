"""What the lessons on odds must follow, and what in them is always the same."""

MUTATIONS = {"a steeper curve": [("logreg/odds.py", "STEEPNESS", "2.0", "3.0")]}
STEADY = {"odds": {"3.0": "hand arithmetic", "0.5": "the middle of every such curve"}}
