"""codetiming's interface on top of ours, as far as there is an equivalent."""

from __future__ import annotations

import math

from ml_infra_utils.decorators import Timings, timed, timer


class TimerError(Exception):
    """A timer was stopped before it was started, or started twice."""


class Timers(dict):
    """Totals by name, with statistics, from our Timings."""

    timings = Timings()

    def __setitem__(self, name, value):
        raise TypeError("totals are recorded, not set")

    def clear(self):
        super().clear()
        self.timings.take()

    def sync(self):
        for name in self.timings:
            super().__setitem__(name, self.timings[name].total)

    def count(self, name):
        return self.timings[name].count

    def total(self, name):
        return self.timings[name].total

    def min(self, name):
        return self.timings[name].min

    def max(self, name):
        return self.timings[name].max

    def mean(self, name):
        return self.timings[name].mean

    def median(self, name):
        return self.timings[name].percentile(50)

    def stdev(self, name):
        return self.timings[name].stdev


class Timer:
    timers = Timers()

    def __init__(
        self,
        name=None,
        text="Elapsed time: {:0.4f} seconds",
        initial_text=False,
        logger=print,
        last=math.nan,
    ):
        self.name, self.text, self.initial_text = name, text, initial_text
        self.logger, self.last, self._block = logger, last, None

    def start(self):
        if self._block is not None:
            raise TimerError("it runs")
        if self.logger and self.initial_text:
            named = f"Timer {self.name} started" if self.name else "Timer started"
            text = named if self.initial_text is True else self.initial_text
            self.logger(text.format(name=self.name))
        self._block = timed(self.name or "block", output=None, record=self._record())
        self._block.__enter__()

    def stop(self):
        if self._block is None:
            raise TimerError("it does not run")
        block, self._block = self._block, None
        block.__exit__(None, None, None)
        self._tell(block.elapsed)
        return self.last

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def __call__(self, function):
        def started(*args, **kwargs):
            if self.logger and self.initial_text:
                self.logger("Timer started" if self.initial_text is True else self.initial_text)
            return measured(*args, **kwargs)

        measured = timer(
            output=lambda line: self._tell(float(line.split()[-2])),
            record=self._record(),
            name=self.name or function.__name__,
        )(function)
        return started

    def _record(self):
        return self.timers.timings if self.name else None

    def _tell(self, seconds):
        self.last = seconds
        self.timers.sync()
        if not self.logger:
            return
        if callable(self.text):
            self.logger(str(self.text(seconds)))
            return
        units = {"seconds": seconds, "milliseconds": 1000 * seconds, "minutes": seconds / 60}
        self.logger(self.text.format(seconds, name=self.name, **units))
