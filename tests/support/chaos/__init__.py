"""Processes and servers of a service, killed, stopped and frozen at random, or replaced under load."""

from .audit import Verdict
from .rolling import ROLLED, run_rolling_restarts
from .trial import BACKENDS, FAULTS_IN_A_TRIAL, run_trial

__all__ = ["BACKENDS", "FAULTS_IN_A_TRIAL", "ROLLED", "Verdict", "run_rolling_restarts", "run_trial"]
