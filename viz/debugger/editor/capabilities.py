"""The capabilities that the adapter declares to an editor: a request for anything else gets a refusal with a reason."""

from typing import Any

from ..walk.breakpoints import EXCEPTIONS
from .breakpoints import DEFAULT

LABELS = {
    "nan": "Gradient is nan", "inf": "Gradient is infinite", "forward": "Value is nan or inf",
    "vanishing": "Gradient vanishes", "exploding": "Gradient explodes",
}  # fmt: skip

CAPABILITIES: dict[str, Any] = {
    "supportsConfigurationDoneRequest": True, "supportsFunctionBreakpoints": True, "supportsConditionalBreakpoints": True,
    "supportsHitConditionalBreakpoints": True, "supportsEvaluateForHovers": True, "supportsStepBack": True,
    "supportsSetVariable": False, "supportsGotoTargetsRequest": True, "supportsCompletionsRequest": True,
    "completionTriggerCharacters": ["^", "_", ".", " "], "supportsRestartRequest": True, "supportsExceptionInfoRequest": True,
    "supportTerminateDebuggee": False, "supportsDelayedStackTraceLoading": False, "supportsLoadedSourcesRequest": True,
    "supportsLogPoints": True, "supportsTerminateRequest": True, "supportsDataBreakpoints": True,
    "supportsBreakpointLocationsRequest": True, "supportsSteppingGranularity": True, "supportsCancelRequest": True,
    "supportsStepInTargetsRequest": True, "supportsRestartFrame": True,
    "supportsExceptionFilterOptions": True, "supportsClipboardContext": True,
    "exceptionBreakpointFilters": [
        {
            "filter": name, "label": LABELS[name], "description": f"stop at {text}", "default": name in DEFAULT,
            "supportsCondition": True, "conditionDescription": "over local, upstream, contribution, ...: abs(upstream) > 1e-3",
        }
        for name, text in EXCEPTIONS.items()
    ],
}  # fmt: skip
