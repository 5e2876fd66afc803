"""Processes and servers of a service, killed, stopped and frozen at random while clients submit tasks."""

from .audit import Verdict
from .trial import BACKENDS, FAULTS_IN_A_TRIAL, run_trial

__all__ = ["BACKENDS", "FAULTS_IN_A_TRIAL", "Verdict", "run_trial"]
