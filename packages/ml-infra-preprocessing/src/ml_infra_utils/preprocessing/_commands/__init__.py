"""The commands of this portion; `ml-infra` and ``python -m`` run them."""
