"""Swap in for scikit-learn, tenacity and python-json-logger: what stays, and what changes."""

import logging

import sklearn.preprocessing
import tenacity
from pythonjsonlogger.json import JsonFormatter as TheirFormatter
from sklearn.datasets import load_wine

from ml_infra_utils.decorators import retry
from ml_infra_utils.logging import JsonFormatter
from ml_infra_utils.preprocessing import StandardScaler

wine, _ = load_wine(return_X_y=True)
theirs = sklearn.preprocessing.StandardScaler().fit_transform(wine)
for scaler in StandardScaler(ddof=0), StandardScaler():
    print(f"{scaler} as theirs: {abs(scaler.fit_transform(wine) - theirs).max() < 1e-12}")


def load():
    raise ConnectionError("reset by peer")


def error_of(decorator):
    try:
        decorator(load)()
    except Exception as error:
        return type(error).__name__


print("tenacity:", error_of(tenacity.retry(stop=tenacity.stop_after_attempt(2))))
print("ours:", error_of(retry(max_attempts=2, delay=0, output=None)))

line = {"created": 0, "levelname": "INFO", "msg": "hi", "loss": float("nan"), "password": "k3y"}
for formatter in TheirFormatter("%(levelname)s %(message)s"), JsonFormatter(drop=["timestamp"]):
    print(formatter.format(logging.makeLogRecord(line)))
