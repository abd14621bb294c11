"""Organizations, their units and people, who may do what, the trail of changes, the day's steps, numbers people read."""
