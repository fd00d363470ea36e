"""The commands of ``python -m ml_infra_utils.logging``."""
