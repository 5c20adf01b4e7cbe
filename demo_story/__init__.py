"""A believable small NGO in Taiwan: eighteen months of its mail, made by a seed and dated back from today."""

from demo_story.build import build_story
from demo_story.model import Colleague, Gift, Letter, Person, Situation, Story, StoryDelivery
from demo_story.telling import tell

__all__ = [
    "Colleague",
    "Gift",
    "Letter",
    "Person",
    "Situation",
    "Story",
    "StoryDelivery",
    "build_story",
    "tell",
]
