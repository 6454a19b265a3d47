"""The recovery story of an episode as one reader may see it, in a constant number of queries."""

from timeline.presenters.stories import episode_of, filtered, story_of

__all__ = ["episode_of", "filtered", "story_of"]
