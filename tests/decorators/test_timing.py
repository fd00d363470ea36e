from __future__ import annotations

import pickle

import pytest

from ml_infra_utils.decorators import timer, timer_with_units, timing


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Each call takes 1.5 seconds."""
    ticks = iter(range(0, 1000, 1))
    monkeypatch.setattr(timing, "perf_counter", lambda: next(ticks) * 1.5)


@timer
def module_level(x: int) -> int:
    """Double it."""
    return x * 2


def test_seconds_are_printed(capsys):
    assert module_level(x=21) == 42
    assert capsys.readouterr().out == "module_level took 1.5000 seconds\n"


@pytest.mark.parametrize(
    ("unit", "shown"),
    [("seconds", "1.5000"), ("milliseconds", "1500.0000"), ("microseconds", "1500000.0000")],
)
def test_unit_is_applied_and_named(capsys, unit, shown):
    @timer_with_units(unit=unit)
    def train():
        return "model"

    assert train() == "model"
    assert f"train took {shown} {unit}\n" == capsys.readouterr().out


def test_default_unit_is_seconds(capsys):
    timer_with_units()(module_level.__wrapped__)(1)
    assert capsys.readouterr().out.endswith("seconds\n")


def test_methods_are_bound():
    class Model:
        weight = 3

        @timer
        def predict(self, x):
            return self.weight * x

    assert Model().predict(2) == 6


def test_metadata_and_pickling_are_kept():
    assert (module_level.__name__, module_level.__doc__) == ("module_level", "Double it.")
    assert pickle.loads(pickle.dumps(module_level)) is module_level


def test_unknown_unit_is_refused_when_decorating():
    message = "Invalid unit: fortnights. Valid units: seconds, milliseconds, microseconds"
    with pytest.raises(ValueError, match=message):
        timer_with_units("fortnights")


@pytest.mark.parametrize("decorator", [timer, timer_with_units()])
@pytest.mark.parametrize("target", [int, 3, classmethod(print), staticmethod(print)])
def test_only_functions_are_decorated(decorator, target):
    with pytest.raises(TypeError):
        decorator(target)
