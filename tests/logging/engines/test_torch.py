"""Scalars, arrays and other objects of PyTorch in a line."""

from __future__ import annotations

import json
import logging
from typing import Any

import torch

from ml_infra_utils.logging import JsonFormatter


def written(value: object) -> dict[str, Any]:
    record = logging.makeLogRecord({"name": "train", "msg": "hello", "value": value})
    line: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return line


def test_scalars_and_small_tensors_are_numbers() -> None:
    assert 0.5 == written(torch.tensor(0.5, requires_grad=True))["value"]
    assert [[0, 1], [2, 3]] == written(torch.arange(4).reshape(2, 2))["value"]


def test_large_tensors_are_summarized() -> None:
    line = written(torch.zeros(10, 10, dtype=torch.bfloat16).T)
    expected = {"type": "Tensor", "shape": [10, 10], "dtype": "torch.bfloat16", "values": [0.0] * 8}
    assert (expected, {"value": "summarized"}) == (line["value"], line["_altered"])


def test_a_tensor_that_is_no_number_is_marked() -> None:
    assert "NaN" == written(torch.tensor(float("nan")))["_altered"]["value"]


def test_modules_and_types_are_text() -> None:
    assert "repr" == written(torch.nn.Linear(2, 1))["_altered"]["value"]
    assert "torch.float32" == written(torch.float32)["value"]
