"""Plots with matplotlib, which the extra `plot` installs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from ml_infra_utils.metrics._limits import CLASSES_WITH_NUMBERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_matrix(
    names: Sequence[str],
    shares: Sequence[Sequence[float]],
    texts: Sequence[Sequence[str]],
    ax: Axes | None,
) -> Axes:
    """Draw cells, darker for a larger share, with a text in each if they are few."""
    ax = _axes(ax)
    names = [name.replace("$", r"\$") for name in names]  # matplotlib would read a formula
    ticks = range(len(names))
    highest = max((max(row) for row in shares), default=0.0)
    if names:
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=highest or 1)
    ax.set_xticks(ticks, names, rotation=45 if max(map(len, names), default=0) > 5 else 0)
    ax.set_yticks(ticks, names)
    ax.set_xlabel("prediction")
    ax.set_ylabel("label")
    if len(names) > CLASSES_WITH_NUMBERS:
        return ax
    for i in ticks:
        for j in ticks:
            colour = "white" if shares[i][j] > highest / 2 else "black"
            ax.text(j, i, texts[i][j], ha="center", va="center", color=colour)
    return ax


def plot_roc(
    false_positive_rate: Sequence[float],
    true_positive_rate: Sequence[float],
    ax: Axes | None,
    label: str | None,
) -> Axes:
    """Draw true over false positive rate, with the diagonal of guessing."""
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color="grey", linestyle=":")
    ax.plot(false_positive_rate, true_positive_rate, label=label)
    return _finish(ax, "false positive rate", "true positive rate", label)


def plot_precision_recall(
    recall: Sequence[float], precision: Sequence[float], ax: Axes | None, label: str | None
) -> Axes:
    """Draw precision over recall as steps, which is what average precision sums."""
    ax = _axes(ax)
    ax.step([0.0, *recall], [precision[0], *precision], where="pre", label=label)
    return _finish(ax, "recall", "precision", label)


def plot_calibration(
    mean_probability: Sequence[float],
    fraction_positive: Sequence[float],
    ax: Axes | None,
    label: str | None,
) -> Axes:
    """Draw observed frequency over predicted probability, with the diagonal of perfection."""
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color="grey", linestyle=":")
    ax.plot(mean_probability, fraction_positive, marker="o", label=label)
    return _finish(ax, "predicted probability", "fraction of positives", label)


def plot_slices(
    names: Sequence[str],
    scores: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    overall: float,
    score: str,
    ax: Axes | None,
) -> Axes:
    """Draw a dot and its interval for each name, from the top, and the overall score as a line."""
    ax = _axes(ax)
    names = [name.replace("$", r"\$") for name in names]  # matplotlib would read a formula
    places = list(range(len(names)))
    ax.axvline(overall, color="grey", linestyle=":")
    ax.hlines(places, lows, highs)
    ax.plot(scores, places, "o")
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlabel(score)
    return ax


def plot_bars(
    names: Sequence[str],
    lengths: Sequence[float],
    are_marked: Sequence[bool],
    what: str,
    ax: Axes | None,
) -> Axes:
    """Draw a bar for each name, from the top; those that are marked are red."""
    ax = _axes(ax)
    places = range(len(names))
    ax.barh(places, lengths, color=["C3" if is_marked else "C0" for is_marked in are_marked])
    ax.set_yticks(places, names)
    ax.invert_yaxis()
    ax.set_xlabel(what)
    return ax


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "plots need matplotlib: pip install 'ml-infra-metrics[plot]'", name="matplotlib"
        ) from error
    return plt.subplots(layout="constrained")[1]


def _finish(ax: Axes, x: str, y: str, label: str | None) -> Axes:
    ax.set(xlabel=x, ylabel=y, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    if label is not None:
        ax.legend()
    return ax
