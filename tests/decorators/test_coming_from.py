"""Whoever comes from another library is told what its arguments are called here."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ml_infra_utils.decorators import retry, retry_on_condition, retrying
from ml_infra_utils.decorators._peers import LIBRARIES, OURS
from ml_infra_utils.decorators._retrying import USES, RetryPolicy

OPTIONS = {*vars(RetryPolicy()), *USES}

TENACITY = (
    "stop retry reraise retry_error_cls retry_error_callback before before_sleep after sleep "
    "enabled"
)
STAMINA = "on attempts wait_initial wait_max wait_jitter wait_exp_base"
BACKOFF = (
    "wait_gen exception predicate max_tries max_time giveup on_backoff on_giveup raise_on_giveup "
    "factor base max_value interval logger backoff_log_level giveup_log_level"
)


@pytest.mark.parametrize(
    "accept", [retry, retry_on_condition, retrying, retry(len).retry.with_options]
)
def test_an_argument_of_another_library_is_told_by_what_it_is_called_here(accept):
    with pytest.raises(TypeError, match=r"argument 'stop'; here: max_attempts=… or timeout=…$"):
        accept(stop=3)


@pytest.mark.parametrize("name", f"{TENACITY} {STAMINA} {BACKOFF}".split())
def test_all_arguments_of_peers_have_a_name_here(name):
    with pytest.raises(TypeError, match=re.escape(f"unexpected keyword argument {name!r}; here: ")):
        retry(**{name: None})


@pytest.mark.parametrize("name", OURS)
def test_hints_name_arguments_that_there_are(name):
    assert name not in OPTIONS
    for argument in re.findall(r"\b([a-z_]+)=", OURS[name]):
        assert argument in {*OPTIONS, "condition"}


def test_a_name_of_ours_that_is_misspelt_is_still_guessed():
    with pytest.raises(TypeError, match="'max_atempts'; did you mean 'max_attempts'"):
        retry(max_atempts=3)


class wait_exponential:  # noqa: N801 # the name that tenacity has
    __module__ = "tenacity.wait"

    def __call__(self, _):
        raise AssertionError


def log_it(_):
    raise AssertionError


log_it.__module__ = "tenacity.before_sleep"


def expo(base=2):
    yield base


expo.__module__ = "backoff._wait_gen"


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        (
            "wait",
            wait_exponential(),
            "of tenacity; here: delay=…, backoff=…, max_delay=…",
        ),
        ("wait", expo, "of backoff; here: delay=…, backoff=…"),
        (
            "exceptions",
            wait_exponential(),
            "of tenacity; here: types, or a function of the exce",
        ),
        ("on_retry", log_it, "of tenacity; here: a function of the RetryState"),
        ("fallback", log_it, "of tenacity; here: a function of the RetryState"),
        ("output", log_it, "of tenacity; here: a logger itself"),
    ],
)
def test_an_object_of_another_library_is_refused_when_decorating(
    argument, value, message, monkeypatch
):
    for library, mark in LIBRARIES.items():
        monkeypatch.setitem(sys.modules, library, SimpleNamespace(**{mark: None}))
    with pytest.raises(TypeError, match=re.escape(message)):
        retry(**{argument: value})


def test_a_function_of_a_module_that_only_has_the_same_name_is_accepted(monkeypatch):
    monkeypatch.setitem(sys.modules, "tenacity", SimpleNamespace())
    retry(on_retry=log_it)


def test_the_guide_has_the_arguments_of_tenacity():
    guide = Path(__file__).parents[2] / "docs" / "decorators.md"
    table = guide.read_text(encoding="utf-8").partition("## Coming from tenacity")[2]
    for name in set(TENACITY.split()) - {"retry_error_cls"}:
        assert name in table
