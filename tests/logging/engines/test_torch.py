"""Scalars, arrays and other objects of PyTorch in a line."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
import torch

from ml_infra_utils.logging import JsonFormatter, StructuredLogger


def written(value: object) -> dict[str, Any]:
    record = logging.makeLogRecord({"name": "train", "msg": "hello", "value": value})
    line: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return line


def test_scalars_and_small_tensors_are_numbers() -> None:
    assert 0.5 == written(torch.tensor(0.5, requires_grad=True))["value"]
    assert [[0, 1], [2, 3]] == written(torch.arange(4).reshape(2, 2))["value"]


def test_large_tensors_are_cut() -> None:
    line = written(torch.zeros(10, 10, dtype=torch.bfloat16).T)
    note = {"path": "value", "what": "cut from shape (10, 10) of torch.bfloat16"}
    assert ([[0.0] * 8] * 8, [note]) == (line["value"], line["_altered"])


def test_tensor_that_is_no_number_is_null() -> None:
    line = written(torch.tensor(float("nan")))
    assert (None, [{"path": "value", "what": "NaN"}]) == (line["value"], line["_altered"])


def test_modules_and_types_are_text() -> None:
    assert [{"path": "value", "what": "repr"}] == written(torch.nn.Linear(2, 1))["_altered"]
    assert "torch.float32" == written(torch.float32)["value"]


def test_logger_of_torch_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    inner = logging.getLogger("torch")
    (own,) = (handler for handler in inner.handlers if type(handler) is logging.StreamHandler)
    # `import torch` has made it before pytest has replaced the stream for this test.
    own.stream = sys.stderr
    with pytest.warns(RuntimeWarning, match="is taken from the logger 'torch'"):
        logger = StructuredLogger("torch")
    logger.warning("hello", epoch=3)
    out, err = capsys.readouterr()
    assert "" == err
    line = json.loads(out)
    assert ("hello", 3) == (line["message"], line["epoch"])
    assert not {"rankprefix", "traceid", "artifactprefix"} & line.keys()
