"""The topics of the course: the one list that a new topic is added to."""

TOPICS = (
    "lifecycle",
    "ttv",
    "indicators",
    "health",
    "stages",
    "staffing",
    "org",
    "ownership",
    "voc",
    "books",
    "simulator",
    "start_here",
)
"""Each is a folder of this package and a notebook; a topic may import the ones before it."""
