"""Every write of monitoring."""

from accounts.actions import Overtaken
from monitoring.actions.cut_offs import CutOffRefused, cut_off_value, set_cut_off
from monitoring.actions.dry_runs import advance_dry_run, ask_for_dry_run, changes_of, retry_dry_run
from monitoring.actions.evaluating import evaluate_episode, evaluate_episodes
from monitoring.actions.heartbeats import forget_sign, note_sign, note_sweep
from monitoring.actions.people import NotPossible, acknowledge_flag, retry_evaluation, waive_retest

__all__ = [
    "CutOffRefused",
    "NotPossible",
    "Overtaken",
    "acknowledge_flag",
    "advance_dry_run",
    "ask_for_dry_run",
    "changes_of",
    "cut_off_value",
    "evaluate_episode",
    "evaluate_episodes",
    "forget_sign",
    "note_sign",
    "note_sweep",
    "retry_dry_run",
    "retry_evaluation",
    "set_cut_off",
    "waive_retest",
]
