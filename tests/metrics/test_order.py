"""Classes come in the order that their column declares."""

import enum

import pytest

from ml_infra_utils.metrics import ConfusionMatrix, classification_report, cohen_kappa

SIZES = ["low", "medium", "high"]
LABELS = ["low", "medium", "high", "low", "high", "medium"]
GUESSES = ["low", "high", "high", "medium", "low", "medium"]
DECLARED = ConfusionMatrix.from_predictions(GUESSES, LABELS, classes=SIZES)

Size = enum.Enum("Size", SIZES)


class Text(str, enum.Enum):
    low = "low"
    medium = "medium"
    high = "high"


def pandas_ordered(values, ordered=True):
    pandas = pytest.importorskip("pandas")
    return pandas.Series(pandas.Categorical(values, SIZES, ordered=ordered))


def pandas_unordered(values):
    return pandas_ordered(values, ordered=False)


def pandas_categorical(values):
    return pytest.importorskip("pandas").Categorical(values, SIZES, ordered=True)


def polars_enum(values):
    polars = pytest.importorskip("polars")
    return polars.Series(values, dtype=polars.Enum(SIZES))


def arrow_dictionary(values):
    pyarrow = pytest.importorskip("pyarrow")
    codes = pyarrow.array([SIZES.index(value) for value in values], pyarrow.int32())
    return pyarrow.DictionaryArray.from_arrays(codes, SIZES, ordered=True)


def arrow_chunks(values):
    return pytest.importorskip("pyarrow").chunked_array([arrow_dictionary(values)])


CONTAINERS = [
    pandas_ordered,
    pandas_unordered,
    pandas_categorical,
    polars_enum,
    arrow_dictionary,
    arrow_chunks,
]


@pytest.mark.parametrize("container", CONTAINERS)
def test_functions_keep_the_order_of_categories(container):
    labels, guesses = container(LABELS), container(GUESSES)
    assert ConfusionMatrix.from_predictions(guesses, labels).classes == tuple(SIZES)
    assert list(classification_report(guesses, labels).classes) == SIZES
    for weights in ("linear", "quadratic"):
        kappa = cohen_kappa(guesses, labels, weights=weights)
        assert kappa == DECLARED.cohen_kappa(weights=weights)


@pytest.mark.parametrize("kind", [Size, Text])
def test_functions_keep_the_order_of_the_members_of_an_enum(kind):
    labels, guesses = ([kind[name] for name in column] for column in (LABELS, GUESSES))
    assert ConfusionMatrix.from_predictions(guesses, labels).classes == tuple(kind)
    expected = DECLARED.cohen_kappa(weights="linear")
    assert cohen_kappa(guesses, labels, weights="linear") == expected


def frame_of_pandas():
    frame = pytest.importorskip("pandas").DataFrame
    return frame({"guess": pandas_unordered(GUESSES), "label": pandas_unordered(LABELS)})


def frame_of_polars():
    polars = pytest.importorskip("polars")
    return polars.DataFrame({"guess": polars_enum(GUESSES), "label": polars_enum(LABELS)})


def lazy_frame_of_polars():
    return frame_of_polars().lazy()


def frame_of_pyarrow():
    columns = {"guess": arrow_dictionary(GUESSES), "label": arrow_dictionary(LABELS)}
    return pytest.importorskip("pyarrow").table(columns)


@pytest.mark.parametrize(
    "frame", [frame_of_pandas, frame_of_polars, lazy_frame_of_polars, frame_of_pyarrow]
)
def test_frames_keep_the_order_of_categories(frame):
    matrix = ConfusionMatrix.from_frame(frame(), "guess", "label")
    assert matrix.classes == tuple(SIZES)
    assert matrix.counts == DECLARED.counts


@pytest.mark.parametrize("container", CONTAINERS)
def test_categories_of_parts_keep_their_order_whatever_occurs_in_each(container):
    first = ConfusionMatrix.from_predictions(container(["high"]), container(["low"]))
    second = ConfusionMatrix.from_predictions(container(["medium"]), container(["high"]))
    assert first.classes == ("low", "high")
    assert (first + second).classes == (second + first).classes == tuple(SIZES)
    assert sum([first, second]).classes == tuple(SIZES)


def test_a_category_that_never_occurs_is_no_class_but_keeps_its_place_between_the_others():
    sizes = ["small", "medium", "large", "huge"]
    guesses, labels = ["small", "huge", "large", "small"], ["large", "huge", "huge", "small"]
    column = pytest.importorskip("pandas").Categorical
    matrix = ConfusionMatrix.from_predictions(column(guesses, sizes), column(labels, sizes))
    assert matrix.classes == ("small", "large", "huge")
    declared = cohen_kappa(guesses, labels, weights="linear", classes=sizes)
    assert matrix.cohen_kappa(weights="linear") == declared
    again = ConfusionMatrix.from_json(matrix.to_json())
    assert again.cohen_kappa(weights="linear") == declared


def test_what_is_declared_goes_before_the_order_of_categories():
    other = ["high", "low", "medium"]
    report = classification_report(pandas_ordered(GUESSES), pandas_ordered(LABELS), classes=other)
    assert list(report.classes) == other


def test_columns_of_a_multilabel_table_are_named_by_the_table():
    numpy = pytest.importorskip("numpy")
    with pytest.raises(ValueError, match="classes must be None for tables of 0 and 1"):
        classification_report(numpy.eye(2), numpy.eye(2), classes=[0, 1])
