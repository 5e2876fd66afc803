"""Processes and servers of a service, killed, stopped and frozen at random, or replaced under load."""

from .audit import Verdict, settled
from .deployment import Deployment, deployed
from .fleet import GRACEFUL, Fleet, Process
from .rolling import ROLLED, run_rolling_restarts
from .trial import BACKENDS, FAULTS_IN_A_TRIAL, run_trial, wait_ready

__all__ = [
    "BACKENDS",
    "FAULTS_IN_A_TRIAL",
    "GRACEFUL",
    "ROLLED",
    "Deployment",
    "Fleet",
    "Process",
    "Verdict",
    "deployed",
    "run_rolling_restarts",
    "run_trial",
    "settled",
    "wait_ready",
]
