"""Every write of monitoring."""

from accounts.actions import Overtaken
from monitoring.actions.evaluating import beat_seen, evaluate_episode, evaluate_episodes
from monitoring.actions.people import NotPossible, acknowledge_flag, retry_evaluation, waive_retest

__all__ = [
    "NotPossible",
    "Overtaken",
    "acknowledge_flag",
    "beat_seen",
    "evaluate_episode",
    "evaluate_episodes",
    "retry_evaluation",
    "waive_retest",
]
