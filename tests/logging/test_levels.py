"""Which level counts: a logger's own, that of `configure`, or that of the environment."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from ml_infra_utils.logging import StructuredLogger, configure

if TYPE_CHECKING:
    from tests.logging.conftest import Lines


def test_level_of_configure_is_followed(lines: Lines) -> None:
    before, own = StructuredLogger("before"), StructuredLogger("own", "debug")
    configure(level="warning", levels={"chatty": "error"})
    for logger in (before, own, StructuredLogger("after"), StructuredLogger("chatty")):
        logger.info("info")
        logger.warning("warning")
    written = [(line["logger"], line["message"]) for line in lines()]
    assert [
        ("before", "warning"),
        ("own", "info"),
        ("own", "warning"),
        ("after", "warning"),
    ] == written
    configure(level="info")
    before.info("info")
    assert ["info"] == [line["message"] for line in lines()]


def test_second_logger_of_a_name_keeps_the_level(lines: Lines) -> None:
    StructuredLogger("train", "debug")
    StructuredLogger("train").debug("hello")
    assert ["hello"] == [line["message"] for line in lines()]


def test_levels_of_other_loggers_are_set() -> None:
    configure(levels={"uvicorn.access": "WARNING", "train": 15})
    assert logging.WARNING == logging.getLogger("uvicorn.access").level
    assert 15 == StructuredLogger("train").getEffectiveLevel()


@pytest.mark.parametrize(
    ("levels", "error", "match"),
    [
        ({"uvicorn.access": "LOUD"}, ValueError, r"levels\['uvicorn.access'\] must be a number or"),
        ({5: "INFO"}, TypeError, "names of loggers as keys, got 5"),
        ("INFO", TypeError, "levels must be a mapping"),
    ],
)
def test_wrong_levels_are_an_error_and_change_nothing(
    levels: Any, error: type[Exception], match: str
) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger("uvicorn.access").level
    with pytest.raises(error, match=match):
        configure(levels=levels)
    assert before == (logging.getLogger().handlers, logging.getLogger("uvicorn.access").level)


def test_level_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INFRA_LOG_LEVEL", "debug")
    configure()
    assert logging.DEBUG == logging.getLogger().level
    configure(level="error")
    assert logging.ERROR == logging.getLogger().level


def test_unknown_level_in_the_environment_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ML_INFRA_LOG_LEVEL", "debgu")
    expected = (
        "environment variable ML_INFRA_LOG_LEVEL must be a number or one of DEBUG, INFO, WARNING, "
        "ERROR, CRITICAL, got 'debgu'"
    )
    with pytest.raises(ValueError, match=expected):
        configure()
