"""Scores of classification models from predictions and labels."""

from __future__ import annotations

from ml_infra_utils.metrics.classification import accuracy, f1_score, precision, recall

__all__ = ["accuracy", "precision", "recall", "f1_score"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("ml-infra-metrics")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
