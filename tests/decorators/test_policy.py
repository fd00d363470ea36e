"""RetryPolicy: a value that holds the schedule and goes to JSON and back."""

from __future__ import annotations

import copy
import json
import pickle
import random
import re
import sys
from pathlib import Path
from pkgutil import get_data
from types import ModuleType

import jsonschema
import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from ml_infra_utils import decorators
from ml_infra_utils.decorators import RetryPolicy, retry

LONGEST_WAIT = 30 * 24 * 3600.0  # the guide: no wait is longer than thirty days

jitters = st.sampled_from([None, "full", "equal", "decorrelated"])
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 12),
    delay=st.floats(0, 1e308),
    backoff=st.floats(0, 1e308),
    exceptions=st.sampled_from([Exception, OSError, (KeyError, json.JSONDecodeError), ()]),
    max_delay=st.none() | st.floats(0, 1e308),
    jitter=jitters,
    seed=st.integers(),
    timeout=st.none() | st.floats(0, 1e308),
    retry_after=st.none() | st.floats(0, 1e308),
)


class OurError(Exception):
    class InnerError(Exception):
        pass


# The schedule


@given(policies)
def test_there_is_one_wait_fewer_than_attempts_and_each_is_in_its_range(policy):
    waits, ranges = list(policy.waits()), list(policy.wait_ranges())

    assert policy.max_attempts - 1 == len(waits) == len(ranges)
    limit = LONGEST_WAIT if policy.max_delay is None else policy.max_delay
    for wait, (shortest, longest) in zip(waits, ranges):
        assert 0 <= shortest <= longest <= min(limit, LONGEST_WAIT)
        assert shortest <= wait <= longest


@given(policies)
def test_with_a_seed_every_call_has_the_same_waits(policy):
    assert list(policy.waits()) == list(policy.waits())


@given(delay=st.floats(0.001, 100), backoff=st.floats(1, 10), longest=st.floats(0.1, 1000))
def test_without_jitter_the_schedule_is_tenacitys_exponential_wait(delay, backoff, longest):
    peer = tenacity.wait_exponential(multiplier=delay, exp_base=backoff, max=longest)
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    expected = []
    for attempt in range(1, 8):
        state.attempt_number = attempt
        expected.append(peer(state))

    policy = RetryPolicy(8, delay, backoff, max_delay=longest)
    assert expected == pytest.approx(list(policy.waits()))


@pytest.mark.parametrize(
    ("jitter", "ranges"),
    [
        (None, [(1, 1), (2, 2), (4, 4), (5, 5)]),
        ("full", [(0, 1), (0, 2), (0, 4), (0, 5)]),
        ("equal", [(0.5, 1), (1, 2), (2, 4), (2.5, 5)]),
        ("decorrelated", [(1, 3), (1, 5), (1, 5), (1, 5)]),
    ],
)
def test_jitter_draws_from_its_range(jitter, ranges):
    policy = RetryPolicy(5, max_delay=5, jitter=jitter)
    assert ranges == list(policy.wait_ranges())


def test_decorrelated_jitter_grows_from_the_wait_before():
    policy = RetryPolicy(4, jitter="decorrelated", seed=7)
    draw = random.Random(7).uniform
    first = draw(1, 3)
    second = draw(1, 3 * first)
    assert [first, second, draw(1, 3 * second)] == list(policy.waits())


def test_without_a_seed_calls_draw_differently():
    policy = RetryPolicy(5, jitter="full")
    assert list(policy.waits()) != list(policy.waits())


def test_draws_leave_the_random_numbers_of_the_program_alone():
    before = random.getstate()
    list(RetryPolicy(5, jitter="full").waits())
    assert before == random.getstate()


def test_a_retry_with_a_seed_waits_as_its_policy_says(flaky, waits):
    policy = RetryPolicy(5, jitter="full", seed=1)
    with pytest.raises(ConnectionError):
        retry(policy)(flaky(*[ConnectionError()] * 5))()
    assert list(policy.waits()) == waits


@pytest.mark.parametrize(("delay", "longest"), [(1.0, LONGEST_WAIT), (0.0, 0.0)])
def test_a_thousand_attempts_with_backoff_two_do_not_overflow(delay, longest):
    assert longest == list(RetryPolicy(1100, delay, 2.0).waits())[-1]


# The value


@given(policies)
def test_json_and_pickle_give_the_same_policy_again(policy):
    assert policy == RetryPolicy.from_json(policy.to_json())
    assert policy == RetryPolicy.from_dict(json.loads(json.dumps(policy.to_dict())))
    assert policy == pickle.loads(pickle.dumps(policy))
    assert policy == copy.deepcopy(policy)
    assert hash(policy) == hash(copy.copy(policy))


def test_policies_compare_by_value():
    assert RetryPolicy(delay=1) == RetryPolicy(exceptions=Exception)
    assert RetryPolicy(delay=1) != RetryPolicy(delay=2)
    assert RetryPolicy() != "RetryPolicy()"


def test_a_policy_does_not_change():
    policy = RetryPolicy()
    with pytest.raises(AttributeError, match=r"use policy.replace\(delay=…\)"):
        policy.delay = 5
    with pytest.raises(AttributeError, match="does not change; delay stays"):
        del policy.delay


def test_replace_makes_another_one():
    policy = RetryPolicy(max_attempts=5)
    assert RetryPolicy(max_attempts=5, jitter="full") == policy.replace(jitter="full")
    with pytest.raises(ValueError, match="max_attempts must be at least 1"):
        policy.replace(max_attempts=0)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
def test_copy_replace_works():
    assert RetryPolicy(delay=3) == copy.replace(RetryPolicy(), delay=3)


def test_repr_is_the_call_that_makes_it():
    policy = RetryPolicy(exceptions=(), jitter="equal", timeout=9)
    assert policy == eval(repr(policy), {"RetryPolicy": RetryPolicy})


# Configuration


def test_a_configuration_names_what_differs_from_the_defaults():
    data = {"max_attempts": 6, "exceptions": ["ConnectionError", "json.decoder.JSONDecodeError"]}
    expected = RetryPolicy(6, exceptions=(ConnectionError, json.JSONDecodeError))
    assert expected == RetryPolicy.from_dict(data)
    assert RetryPolicy() == RetryPolicy.from_dict({})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TimeoutError", TimeoutError),
        ("builtins.TimeoutError", TimeoutError),
        ("json.JSONDecodeError", json.JSONDecodeError),
        ("json.decoder.JSONDecodeError", json.JSONDecodeError),
    ],
)
def test_one_exception_type_needs_no_list(name, kind):
    assert (kind,) == RetryPolicy.from_dict({"exceptions": name}).exceptions


def test_an_exception_type_may_lie_within_another_class(monkeypatch):
    class Client:
        class BusyError(Exception):
            pass

    module = ModuleType("client_of_ours")
    module.Client = Client
    Client.BusyError.__module__ = module.__name__
    Client.BusyError.__qualname__ = "Client.BusyError"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    document = RetryPolicy(exceptions=Client.BusyError).to_dict()
    assert ["client_of_ours.Client.BusyError"] == document["exceptions"]
    assert (Client.BusyError,) == RetryPolicy.from_dict(document).exceptions


GOLDEN = Path(__file__).parent / "golden" / "retry-policy-1.json"


def test_the_document_of_a_policy_is_the_golden_one():
    policy = RetryPolicy(
        delay=0.5, exceptions=(TimeoutError, json.JSONDecodeError), jitter="full", timeout=60
    )
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert golden == policy.to_dict()
    assert list(golden) == list(policy.to_dict())
    assert policy == RetryPolicy.from_dict(golden)


def test_documents_satisfy_the_schema():
    schema = json.loads(get_data(decorators.__name__, "schemas/retry-policy-1.schema.json"))
    for document in (RetryPolicy().to_dict(), *schema["examples"]):
        jsonschema.validate(document, schema)
        assert isinstance(RetryPolicy.from_dict(document), RetryPolicy)
    defaults = {
        key: rule["default"] for key, rule in schema["properties"].items() if key != "schema"
    }
    assert {**defaults, "schema": "ml-infra/retry-policy/1"} == RetryPolicy().to_dict()


def test_a_module_that_lacks_what_it_needs_says_so(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import no_such_dependency", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        RetryPolicy.from_dict({"exceptions": "half_installed.Error"})


def test_exception_types_inside_classes_are_found(monkeypatch):
    monkeypatch.setitem(sys.modules, OurError.__module__, sys.modules[__name__])
    policy = RetryPolicy(exceptions=(OurError, OurError.InnerError))
    assert policy == RetryPolicy.from_json(policy.to_json())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"max_attemps": 3}', "got 'max_attemps'; did you mean 'max_attempts'?"),
        (
            '{"max_attempts": 0}',
            "max_attempts must be an integer or null of at least 1, got 0 (int)",
        ),
        ('{"delay": "1"}', "delay must be a finite number of at least 0, got '1' (str)"),
        ('{"delay": NaN}', "delay must be a finite number of at least 0, got nan (float)"),
        ('{"exceptions": ["os.getcwd"]}', "exceptions[0] must be the dotted name of an exception"),
        ('{"exceptions": ["OSError", "NoError"]}', "exceptions[1] must be the dotted name of an"),
        ('{"exceptions": ["no.such.Error"]}', "type, got 'no.such.Error' (str)"),
        ('{"exceptions": "NoError"}', "exceptions must be the dotted name of an exception type"),
        ('{"exceptions": ["KeyboardInterrupt"]}', "type, got 'KeyboardInterrupt' (str)"),
        ('{"exceptions": [3]}', "exceptions[0] must be a text, got 3 (int)"),
        ('{"exceptions": 3}', "exceptions must be a text or a list, got 3 (int)"),
        ('{"schema": "ml-infra/timings/1"}', "schema must be 'ml-infra/retry-policy/1', got"),
        ('{"schema": "ml-infra/retry-policy/2"}', "pip install --upgrade ml-infra-decorators"),
        ("[]", "the document must be an object, got [] (list)"),
        ("{", "text must be JSON, got '{'"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        RetryPolicy.from_json(text)


def test_a_predicate_does_not_go_to_json():
    with pytest.raises(TypeError, match="exceptions must be types to go to JSON, got <function"):
        RetryPolicy(exceptions=lambda _: True).to_json()


def test_a_type_that_no_import_finds_does_not_go_to_json():
    class LocalError(Exception):
        pass

    with pytest.raises(TypeError, match="LocalError; define the type at the top of a module"):
        RetryPolicy(exceptions=LocalError).to_json()


def test_a_policy_shows_what_differs_from_the_defaults_in_one_line():
    assert "RetryPolicy()" == repr(RetryPolicy())
    policy = RetryPolicy(max_attempts=5, jitter="full")
    assert "RetryPolicy(max_attempts=5, jitter='full')" == repr(policy)
    many = RetryPolicy(5, 2, 3, [OSError] * 90, max_delay=9, timeout=60, retry_after=7, wait=[1])
    assert len(repr(many)) <= 200
