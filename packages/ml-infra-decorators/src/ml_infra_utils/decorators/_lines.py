"""The lines that people read of a retry."""

from __future__ import annotations

from ml_infra_utils.decorators._output import describe, tell

TYPE_CHECKING = False  # typing takes longer to import than all of this
if TYPE_CHECKING:
    from ml_infra_utils.decorators._events import Hook, RetryState
    from ml_infra_utils.decorators._output import Output


def lines_to(output: Output) -> Hook:
    """Return a hook that gives a line to the output before each wait and at the end."""

    def write(state: RetryState) -> None:
        level, line_of = LINES[state.event]
        tell(output, level, line_of(state), fields_of(state), state.function)

    return write


def fields_of(state: RetryState) -> dict[str, object]:
    """Return what a logger is told beside the line."""
    fields: dict[str, object] = {"name": state.name, "attempt": state.attempt_number}
    if state.event == "retry":
        fields["wait"] = state.wait
    if state.error is not None:
        fields["error"] = f"{type(state.error).__name__}: {describe(state.error)}"
    return fields


def _retry_line(state: RetryState) -> str:
    failed = "met the condition" if state.error is None else f"failed: {describe(state.error)}"
    return f"{state.name} attempt {_number(state)} {failed}. Retrying in {state.wait:.2f} seconds"


def _last_line(state: RetryState) -> str:
    if state.error is None:
        return f"{state.name} exhausted {state.attempt_number} attempts{_reason(state)}"
    failed = f"{state.name} failed after {state.attempt_number} attempts"
    return f"{failed}: {describe(state.error)}{_reason(state)}"


def note_of(state: RetryState) -> str:
    """Return what the last error says of the attempts."""
    failed = f"{state.name} failed after {state.attempt_number} attempts"
    return f"{failed}, {state.elapsed:.2f} seconds after the first failure{_reason(state)}"


def _number(state: RetryState) -> str:
    limit = "" if state.max_attempts is None else f"/{state.max_attempts}"
    return f"{state.attempt_number}{limit}"


def _reason(state: RetryState) -> str:
    return f" ({state.stopped_by})" if state.stopped_by else ""


LINES = {"retry": ("warning", _retry_line), "give_up": ("error", _last_line)}
"""The events that have a line, with its level and its text."""
