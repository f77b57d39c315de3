"""The table of all diagnoses: one row, one disease, with its name, its check, and the diseases that follow from it.

The rows stand in the order of causes, and one rule says which findings are reported: a row that has found something hides the
later rows that it names. One cause is one finding.
"""

from enum import StrEnum

from autograd.errors import ArgumentError, did_you_mean

from .check import Check
from .checks import (
    activations,
    alias,
    angles,
    answers,
    axes,
    coverage,
    crossed,
    data,
    dropped,
    endings,
    endless,
    evaluated,
    flow,
    gradients,
    idle,
    itself,
    laws,
    left_out,
    left_over,
    loop,
    masks,
    memory,
    numbers,
    one_way,
    optimisers,
    outcome,
    pairs,
    players,
    policies,
    quantiles,
    reach,
    reading,
    restored,
    rounds,
    rules,
    schedules,
    sequences,
    shares,
    signs,
    steps,
    structure,
    targets,
    trials,
    untrained,
    updates,
    whatever,
    without_effect,
)
from .evidence.found import Certainty


class Kind(StrEnum):
    """The kinds of findings. A kind is a string, so that `finding.kind == "pole"` and `Kind("pole")` say the same.

    Raises:
        ArgumentError: `Kind(name)` of a name that is none; the message has the names near it.

    Example:
        >>> Kind("pole") is Kind.POLE, Kind.POLE == "pole", f"{Kind.POLE}"
        (True, True, 'pole')
        >>> Kind("poles")
        Traceback (most recent call last):
            ...
        autograd.errors.ArgumentError: no finding is of kind 'poles'. Did you mean 'pole'?
    """

    GRADIENTS_NOT_ZEROED = "gradients not zeroed"
    BACKWARD_TWICE = "backward twice"
    ZEROED_BEFORE_THE_UPDATE = "zeroed before the update"
    CLIPPED_BEFORE_BACKWARD = "clipped before backward"
    UPDATE_OF_A_COPY = "update of a copy"
    GROWING_GRAPH = "growing graph"
    GRAPHS_KEPT = "graphs kept"
    FORWARD_PASS_NOT_REPEATED = "forward pass not repeated"
    DATA_CHANGED_BEFORE_BACKWARD = "data changed before backward"
    UPDATE_NOT_REACHED = "update not reached"
    NEVER_UPDATED = "never updated"
    MEMORY_MADE_ANEW = "memory made anew"
    ONE_MEMORY_FOR_ALL = "one memory for all"
    STEP_NOT_COUNTED = "step not counted"
    GRADIENT_OF_ANOTHER = "gradient of another"
    GRADIENT_OF_THE_FIRST_STEP = "gradient of the first step"
    SOME_CLIMB = "some climb"
    GRADIENT_CARRIED_OVER = "gradient carried over"
    GRADIENTS_NOT_USED = "gradients not used"
    KEPT_IN_VAIN = "kept in vain"
    PUT_BACK_AS_IT_WAS = "put back as it was"
    RETURN_INSIDE_THE_LOOP = "return inside the loop"
    BOUND_LATE = "bound late"
    KEPT_IN_A_DEFAULT = "kept in a default"
    CHANGED_WHILE_GONE_THROUGH = "changed while gone through"
    ALWAYS_ZERO = "always zero"
    STATE_AS_A_NUMBER = "state as a number"
    STATE_SET_BACK = "state set back"
    COPIED_LINE = "copied line"
    END_OF_AN_EPISODE = "end of an episode"
    TARGET_IN_THE_GRAPH = "target in the graph"
    ORDERED_APART = "ordered apart"
    EVERY_TARGET_FOR_EVERY_INPUT = "every target for every input"
    VARIANCE_AS_DEVIATION = "variance as deviation"
    MISSING_PARENTHESES = "missing parentheses"
    NEVER_READ = "never read"
    SOFTMAX_OVER_THE_OTHER_AXIS = "softmax over the other axis"
    GENERATOR_USED_UP = "generator used up"
    SEEDED_IN_EVERY_STEP = "seeded in every step"
    ONLY_THE_LAST_SAMPLE = "only the last sample"
    SAME_BATCH_EVERY_TIME = "same batch every time"
    SAMPLES_NEVER_USED = "samples never used"
    DATA_ROUNDED_AWAY = "data rounded away"
    CODE_FOR_MISSING = "code for missing"
    ONE_WEIGHT_IN_MANY_PLACES = "one weight in many places"
    ROUNDED_UPDATE = "rounded update"
    UPDATED_TWICE = "updated twice"
    WRONG_SIGN_OF_THE_UPDATE = "wrong sign of the update"
    LABEL_OUTSIDE_0_TO_1 = "label outside 0 to 1"
    WRONG_SIGN_OF_THE_COST = "wrong sign of the cost"
    REWARDED_SUM = "rewarded sum"
    MINIMUM_IN_A_HINGE = "minimum in a hinge"
    ERRORS_CANCEL = "errors cancel"
    DECAY_WITH_THE_WRONG_SIGN = "decay with the wrong sign"
    RATE_GROWS = "rate grows"
    MOMENTUM_OF_ONE_OR_MORE = "momentum of one or more"
    STEPS_OF_ONE_OVER_THE_GRADIENT = "steps of one over the gradient"
    SLIP_IN_THE_UPDATE = "slip in the update"
    WRONG_DERIVATIVE = "wrong derivative"
    GRADIENT_STOPPED_BY_A_HOOK = "gradient stopped by a hook"
    MASK_OF_ZEROS = "mask of zeros"
    MASK_NEVER_DRAWN_ANEW = "mask never drawn anew"
    STEP_FUNCTION = "step function"
    INPUTS_NOT_SCALED = "inputs not scaled"
    SUM_INSTEAD_OF_MEAN = "sum instead of mean"
    LEARNING_RATE_TOO_LARGE = "learning rate too large"
    UNDERFLOW = "underflow"
    NOT_FINITE = "not finite"
    BRANCH_NOT_TAKEN = "branch not taken"
    NOT_FINITE_BACKWARD = "not finite backward"
    DIFFERENCE_WITH_ITSELF = "difference with itself"
    LOST_DIGITS = "lost digits"
    POLE = "pole"
    NEAR_OVERFLOW = "near overflow"
    NO_GRADIENT = "no gradient"
    SOFTMAX_OVER_SAMPLES = "softmax over samples"
    CONSTANT_COST = "constant cost"
    SYMMETRIC_UNITS = "symmetric units"
    ACTIVATION_BEFORE_THE_COST = "activation before the cost"
    ACTIVATION_TWICE = "activation twice"
    TARGET_OUT_OF_REACH = "target out of reach"
    HINGE_WITH_LABEL_0 = "hinge with label 0"
    TARGET_AMONG_THE_INPUTS = "target among the inputs"
    ONE_LABEL_ONLY = "one label only"
    ONE_WAY_ONLY = "one way only"
    CLASS_WITHOUT_A_SAMPLE = "class without a sample"
    CLASS_NUMBERS_AS_TARGETS = "class numbers as targets"
    SOFTMAX_WITHOUT_A_CLASS = "softmax without a class"
    SEVERAL_CLASSES_AT_ONCE = "several classes at once"
    ONE_INPUT_FOR_ALL_WEIGHTS = "one input for all weights"
    PENALTY_TWICE = "penalty twice"
    NUMBER_IN_THE_COST = "number in the cost"
    MASKED_BY_ZERO = "masked by zero"
    QUANTILE_OF_THE_OTHER_SIDE = "quantile of the other side"
    SIGN_OF_THE_ADVANTAGE = "sign of the advantage"
    PULLS_THE_WRONG_WAY = "pulls the wrong way"
    KINK = "kink"
    DEAD_UNITS = "dead units"
    SATURATED_UNITS = "saturated units"
    VANISHING_GRADIENT = "vanishing gradient"
    EXPLODING_GRADIENT = "exploding gradient"
    NOT_IN_THE_OPTIMISER = "not in the optimiser"
    NO_INFLUENCE = "no influence"
    INPUT_WITHOUT_INFLUENCE = "input without influence"
    CONSTANT_OUTPUT = "constant output"
    DIVIDED_TWICE = "divided twice"
    LEARNING_RATE_TOO_SMALL = "learning rate too small"
    INITIAL_WEIGHTS_TOO_LARGE = "initial weights too large"
    DEGREES_FOR_RADIANS = "degrees for radians"
    OFF_BY_A_CONSTANT = "off by a constant"
    PENALTY_TOO_HEAVY = "penalty too heavy"
    STATE_CARRIED_OVER = "state carried over"
    PADDING_IN_THE_COST = "padding in the cost"
    PAIRING_CHANGES = "pairing changes"
    TARGETS_SHIFTED = "targets shifted"
    INDICES_EXCHANGED = "indices exchanged"
    LEFT_FROZEN = "left frozen"
    NO_ACTIVATION_BETWEEN = "no activation between"
    NO_BIAS = "no bias"
    TRIVIAL_SOLUTION = "trivial solution"
    ONE_TAKES_ALL = "one takes all"
    COST_WITHOUT_A_MINIMUM = "cost without a minimum"
    GOT_WORSE = "got worse"
    ENDED_WORSE_THAN_ITS_BEST = "ended worse than its best"
    STOPPED_EARLY = "stopped early"
    BEGUN_AGAIN = "begun again"
    TRAINING_STOPPED = "training stopped"
    RATE_FALLS_TOO_SOON = "rate falls too soon"
    HELD_BACK_BY_THE_STEPS = "held back by the steps"
    CHANCE_LEVEL = "chance level"
    LITTLE_LEARNED = "little learned"
    FITS_THE_TRAINING_SET_ONLY = "fits the training set only"
    NEVER_SHUFFLED = "never shuffled"
    FOLDS_GO_ON = "folds go on"
    SCALED_BY_ITSELF = "scaled by itself"
    SCALED_ANEW = "scaled anew"
    TEST_TRAINED_ON = "test trained on"
    INPUTS_OF_ANOTHER_RANGE = "inputs of another range"
    VALIDATION_NOT_USED = "validation not used"
    DROPOUT_STILL_ON = "dropout still on"
    DROPOUT_NOT_SCALED = "dropout not scaled"
    RULE_NOT_CHECKED = "rule not checked"
    ERRORS_FOLLOW_THE_INPUTS = "errors follow the inputs"
    NOTHING_TO_IGNORE = "nothing to ignore"

    __repr__ = str.__repr__  # a list of kinds reads as the list of their names

    @classmethod
    def _missing_(cls, value: object) -> "Kind":
        raise ArgumentError(f"no finding is of kind {value!r}.{did_you_mean(str(value), map(str, cls))}")


_K, _C = Kind, Check
_FACT, _PROVEN, _LIKELY, _HINT = Certainty.FACT, Certainty.PROVEN, Certainty.LIKELY, Certainty.HINT
IN_EACH_PHASE = {
    _K.NEVER_UPDATED, _K.ZEROED_BEFORE_THE_UPDATE, _K.WRONG_SIGN_OF_THE_UPDATE, _K.WRONG_SIGN_OF_THE_COST, _K.INPUTS_NOT_SCALED,
    _K.SUM_INSTEAD_OF_MEAN, _K.LEARNING_RATE_TOO_LARGE, _K.LEARNING_RATE_TOO_SMALL, _K.RATE_GROWS, _K.CONSTANT_OUTPUT,
    _K.OFF_BY_A_CONSTANT, _K.NO_GRADIENT,
}  # fmt: skip
_SAMPLES = (_K.ONLY_THE_LAST_SAMPLE, _K.SAME_BATCH_EVERY_TIME, _K.SAMPLES_NEVER_USED)
_OUTCOME = (
    _K.GOT_WORSE,
    _K.ENDED_WORSE_THAN_ITS_BEST,
    _K.STOPPED_EARLY,
    _K.TRAINING_STOPPED,
    _K.HELD_BACK_BY_THE_STEPS,
    _K.CHANCE_LEVEL,
    _K.LITTLE_LEARNED,
)
_NOTHING_LEARNED = (_K.CONSTANT_OUTPUT, _K.LEARNING_RATE_TOO_SMALL, _K.DEAD_UNITS)

# fmt: off
CHECKS: tuple[Check, ...] = (
    # how the training loop is written
    _C(_K.GRADIENTS_NOT_ZEROED, "error", _FACT, loop.not_zeroed, explains="*"),
    _C(_K.BACKWARD_TWICE, "error", _FACT, loop.backward_twice),
    _C(_K.ZEROED_BEFORE_THE_UPDATE, "error", _FACT, loop.zeroed_too_early, explains=(_K.NEVER_UPDATED, _K.CONSTANT_OUTPUT)),
    _C(_K.CLIPPED_BEFORE_BACKWARD, "error", _FACT, optimisers.clipped_before_backward,
       explains=(_K.LEARNING_RATE_TOO_LARGE, _K.SUM_INSTEAD_OF_MEAN, _K.INPUTS_NOT_SCALED, _K.EXPLODING_GRADIENT)),
    _C(_K.UPDATE_OF_A_COPY, "error", _FACT, loop.update_lost, explains=(_K.NEVER_UPDATED, _K.NO_GRADIENT, _K.CONSTANT_OUTPUT)),
    _C(_K.GROWING_GRAPH, "error", _FACT, loop.graph_grows, explains="*", anywhere=True),
    _C(_K.GRAPHS_KEPT, "warning", _FACT, memory.graphs_kept, anywhere=True),
    _C(_K.FORWARD_PASS_NOT_REPEATED, "error", _FACT, numbers.forward_not_repeated, explains="*", anywhere=True),
    _C(_K.DATA_CHANGED_BEFORE_BACKWARD, "error", _FACT, numbers.data_changed, explains="*", anywhere=True),
    _C(_K.UPDATE_NOT_REACHED, "error", _FACT, optimisers.update_not_reached,
       explains=(_K.NEVER_UPDATED, _K.CONSTANT_OUTPUT), anywhere=True),
    _C(_K.NEVER_UPDATED, "error", _FACT, idle.never_updated, explains=(_K.CONSTANT_OUTPUT,), anywhere=True),
    _C(_K.MEMORY_MADE_ANEW, "error", _FACT, optimisers.memory_made_anew, explains=_NOTHING_LEARNED),
    _C(_K.ONE_MEMORY_FOR_ALL, "error", _FACT, optimisers.one_memory, explains="*"),
    _C(_K.STEP_NOT_COUNTED, "error", _FACT, optimisers.step_not_counted, explains="*"),
    _C(_K.GRADIENT_OF_ANOTHER, "error", _FACT, gradients.gradient_of_another, explains="*"),
    _C(_K.GRADIENT_OF_THE_FIRST_STEP, "error", _FACT, gradients.gradient_of_the_first_step, explains="*"),
    _C(_K.SOME_CLIMB, "error", _LIKELY, gradients.some_climb, explains="*"),
    _C(_K.GRADIENT_CARRIED_OVER, "error", _LIKELY, gradients.carried_over, explains="*"),
    _C(_K.GRADIENTS_NOT_USED, "error", _FACT, gradients.cleared_unused, explains=_NOTHING_LEARNED),
    _C(_K.KEPT_IN_VAIN, "warning", _FACT, restored.kept_in_vain),
    _C(_K.PUT_BACK_AS_IT_WAS, "error", _FACT, restored.put_back_as_it_was, explains=(_K.NO_GRADIENT,)),
    _C(_K.RETURN_INSIDE_THE_LOOP, "error", _FACT, reading.return_inside_the_loop, explains=_SAMPLES),
    _C(_K.BOUND_LATE, "error", _FACT, reading.bound_late),
    _C(_K.KEPT_IN_A_DEFAULT, "error", _FACT, reading.kept_in_a_default),
    _C(_K.CHANGED_WHILE_GONE_THROUGH, "error", _FACT, reading.changed_while_gone_through,
       explains=(_K.CODE_FOR_MISSING, *_SAMPLES)),
    _C(_K.ALWAYS_ZERO, "error", _FACT, reading.always_zero),
    _C(_K.STATE_AS_A_NUMBER, "error", _LIKELY, reading.state_as_number, explains=(_K.NO_GRADIENT,)),
    _C(_K.STATE_SET_BACK, "error", _LIKELY, reading.state_set_back),
    _C(_K.COPIED_LINE, "error", _LIKELY, reading.copied_line, explains=(_K.NO_GRADIENT, _K.CONSTANT_OUTPUT)),
    _C(_K.END_OF_AN_EPISODE, "warning", _LIKELY, reading.end_of_an_episode, explains=(_K.NEVER_READ, *_OUTCOME)),
    _C(_K.TARGET_IN_THE_GRAPH, "warning", _LIKELY, policies.value_in_the_graph, explains=_OUTCOME),
    _C(_K.ORDERED_APART, "error", _LIKELY, reading.ordered_apart, explains=(_K.CHANCE_LEVEL,)),
    _C(_K.EVERY_TARGET_FOR_EVERY_INPUT, "error", _LIKELY, crossed.every_target, explains=(_K.CONSTANT_OUTPUT, *_OUTCOME)),
    _C(_K.VARIANCE_AS_DEVIATION, "warning", _LIKELY, reading.variance_as_deviation),
    _C(_K.MISSING_PARENTHESES, "warning", _LIKELY, reading.without_parentheses),
    _C(_K.NEVER_READ, "error", _LIKELY, reading.never_read,
       explains=(_K.INPUTS_NOT_SCALED, _K.LEARNING_RATE_TOO_LARGE, _K.NOT_FINITE, _K.NO_GRADIENT)),
    _C(_K.SOFTMAX_OVER_THE_OTHER_AXIS, "error", _LIKELY, axes.over_the_other_axis, in_the_graph=True),
    _C(_K.GENERATOR_USED_UP, "error", _LIKELY, data.generator_used_up),
    _C(_K.SEEDED_IN_EVERY_STEP, "error", _FACT, coverage.seeded_anew,
       explains=(_K.SAME_BATCH_EVERY_TIME, _K.SAMPLES_NEVER_USED)),
    _C(_K.ONLY_THE_LAST_SAMPLE, "error", _FACT, data.only_the_last, explains=(_K.SAME_BATCH_EVERY_TIME, _K.SAMPLES_NEVER_USED)),
    _C(_K.SAME_BATCH_EVERY_TIME, "warning", _LIKELY, data.same_batch, explains=(_K.SAMPLES_NEVER_USED,)),
    _C(_K.SAMPLES_NEVER_USED, "warning", _LIKELY, coverage.never_used,
       explains=(_K.CONSTANT_OUTPUT, _K.CHANCE_LEVEL, _K.STOPPED_EARLY, _K.FITS_THE_TRAINING_SET_ONLY)),
    _C(_K.DATA_ROUNDED_AWAY, "error", _FACT, coverage.rounded_away, explains=(_K.CONSTANT_OUTPUT,)),
    _C(_K.CODE_FOR_MISSING, "warning", _LIKELY, data.code_for_missing,
       explains=(_K.CHANCE_LEVEL, _K.OFF_BY_A_CONSTANT, _K.HELD_BACK_BY_THE_STEPS, _K.LITTLE_LEARNED)),
    _C(_K.ONE_WEIGHT_IN_MANY_PLACES, "error", _LIKELY, alias.one_weight, in_the_graph=True,
       explains=(_K.UPDATED_TWICE, _K.SYMMETRIC_UNITS, _K.NO_INFLUENCE, _K.CONSTANT_OUTPUT)),
    _C(_K.ROUNDED_UPDATE, "error", _FACT, loop.rounded_update, explains=(_K.LEARNING_RATE_TOO_LARGE, *_NOTHING_LEARNED)),
    _C(_K.UPDATED_TWICE, "error", _LIKELY, loop.updated_twice),
    _C(_K.WRONG_SIGN_OF_THE_UPDATE, "error", _LIKELY, steps.wrong_sign_of_update, explains="*"),
    _C(_K.LABEL_OUTSIDE_0_TO_1, "error", _FACT, targets.outside_0_to_1, explains="*"),
    _C(_K.WRONG_SIGN_OF_THE_COST, "error", _LIKELY, signs.wrong_sign_of_cost, explains="*"),
    _C(_K.REWARDED_SUM, "error", _LIKELY, signs.rewarded_sum, explains="*"),
    _C(_K.MINIMUM_IN_A_HINGE, "error", _LIKELY, signs.minimum_of_errors, explains="*"),
    _C(_K.ERRORS_CANCEL, "error", _LIKELY, signs.errors_cancel, explains="*"),
    _C(_K.DECAY_WITH_THE_WRONG_SIGN, "error", _LIKELY, updates.grown_by_decay, explains="*"),
    _C(_K.RATE_GROWS, "error", _LIKELY, schedules.rate_grows, explains="*"),
    _C(_K.MOMENTUM_OF_ONE_OR_MORE, "error", _FACT, updates.growing_momentum, explains="*"),
    _C(_K.STEPS_OF_ONE_OVER_THE_GRADIENT, "error", _FACT, updates.longer_for_small_gradients, explains="*"),
    _C(_K.SLIP_IN_THE_UPDATE, "error", _LIKELY, laws.slip_in_the_update, explains="*"),
    _C(_K.WRONG_DERIVATIVE, "error", _FACT, rules.wrong_derivative, explains="*", in_the_graph=True, anywhere=True),
    _C(_K.GRADIENT_STOPPED_BY_A_HOOK, "error", _FACT, loop.stopped_by_a_hook, explains="*", anywhere=True),
    _C(_K.MASK_OF_ZEROS, "error", _FACT, masks.keeps_nothing, explains=(_K.NO_INFLUENCE, _K.CONSTANT_COST, *_NOTHING_LEARNED)),
    _C(_K.MASK_NEVER_DRAWN_ANEW, "warning", _FACT, masks.never_drawn_anew),
    _C(_K.STEP_FUNCTION, "error", _LIKELY, flow.step_function, in_the_graph=True,
       explains=(_K.LEARNING_RATE_TOO_LARGE, *_NOTHING_LEARNED)),
    # numbers
    _C(_K.INPUTS_NOT_SCALED, "error", _LIKELY, steps.inputs_not_scaled,
       explains=(_K.LEARNING_RATE_TOO_LARGE, _K.SATURATED_UNITS, _K.NOT_FINITE, _K.POLE, _K.NEAR_OVERFLOW,
                 _K.EXPLODING_GRADIENT, _K.CONSTANT_OUTPUT)),
    _C(_K.SUM_INSTEAD_OF_MEAN, "error", _LIKELY, steps.sum_instead_of_mean, explains="*"),
    _C(_K.LEARNING_RATE_TOO_LARGE, "error", _LIKELY, steps.rate_too_large, explains="*"),
    _C(_K.UNDERFLOW, "error", _FACT, numbers.underflow, explains=(_K.POLE,), anywhere=True),
    _C(_K.NOT_FINITE, "error", _FACT, numbers.not_finite, explains=(_K.NEAR_OVERFLOW, _K.POLE), anywhere=True),
    _C(_K.BRANCH_NOT_TAKEN, "error", _FACT, numbers.where_trap, in_the_graph=True, anywhere=True),
    _C(_K.NOT_FINITE_BACKWARD, "error", _FACT, numbers.not_finite_backward, anywhere=True),
    _C(_K.DIFFERENCE_WITH_ITSELF, "error", _FACT, itself.difference_with_itself,
       explains=(_K.LOST_DIGITS, _K.CONSTANT_COST, _K.NO_INFLUENCE, *_NOTHING_LEARNED)),
    _C(_K.LOST_DIGITS, "error", _FACT, numbers.lost_digits, explains=(_K.POLE,), anywhere=True),
    _C(_K.POLE, "warning", _LIKELY, numbers.pole, explains=(_K.EXPLODING_GRADIENT,)),
    _C(_K.NEAR_OVERFLOW, "warning", _LIKELY, numbers.near_overflow, explains=(_K.EXPLODING_GRADIENT,)),
    # how network and cost are put together
    _C(_K.NO_GRADIENT, "error", _FACT, left_out.no_gradient, explains=(*_NOTHING_LEARNED, _K.OFF_BY_A_CONSTANT)),
    _C(_K.SOFTMAX_OVER_SAMPLES, "error", _LIKELY, structure.softmax_over_samples, in_the_graph=True,
       explains=(_K.NO_INFLUENCE,)),
    _C(_K.CONSTANT_COST, "error", _PROVEN, reach.constant_cost, explains=(_K.NO_INFLUENCE, *_NOTHING_LEARNED)),
    _C(_K.SYMMETRIC_UNITS, "error", _LIKELY, answers.symmetric, explains=(_K.KINK, *_NOTHING_LEARNED)),
    _C(_K.ACTIVATION_BEFORE_THE_COST, "error", _LIKELY, activations.before_the_cost, in_the_graph=True),
    _C(_K.ACTIVATION_TWICE, "error", _LIKELY, activations.twice, in_the_graph=True),
    _C(_K.TARGET_OUT_OF_REACH, "error", _LIKELY, activations.out_of_reach, in_the_graph=True,
       explains=(_K.SATURATED_UNITS, _K.DEAD_UNITS, _K.CONSTANT_OUTPUT, _K.OFF_BY_A_CONSTANT)),
    _C(_K.HINGE_WITH_LABEL_0, "error", _LIKELY, answers.hinge_labels, in_the_graph=True),
    _C(_K.TARGET_AMONG_THE_INPUTS, "warning", _HINT, targets.among_the_inputs, in_the_graph=True),
    _C(_K.ONE_LABEL_ONLY, "error", _FACT, targets.one_label, explains=(_K.CLASS_WITHOUT_A_SAMPLE, _K.COST_WITHOUT_A_MINIMUM)),
    _C(_K.ONE_WAY_ONLY, "error", _FACT, one_way.one_way_only, explains=(_K.COST_WITHOUT_A_MINIMUM,)),
    _C(_K.CLASS_WITHOUT_A_SAMPLE, "warning", _HINT, targets.never_a_label),
    _C(_K.CLASS_NUMBERS_AS_TARGETS, "warning", _HINT, targets.class_numbers),
    _C(_K.SOFTMAX_WITHOUT_A_CLASS, "error", _FACT, targets.without_its_class, in_the_graph=True,
       explains=(_K.COST_WITHOUT_A_MINIMUM,)),
    _C(_K.SEVERAL_CLASSES_AT_ONCE, "error", _LIKELY, targets.several_classes, in_the_graph=True),
    _C(_K.ONE_INPUT_FOR_ALL_WEIGHTS, "error", _LIKELY, alias.one_input, explains=(_K.OFF_BY_A_CONSTANT,)),
    _C(_K.PENALTY_TWICE, "warning", _LIKELY, trials.penalised_twice, explains=(_K.PENALTY_TOO_HEAVY,)),
    _C(_K.NUMBER_IN_THE_COST, "warning", _LIKELY, without_effect.numbers_added),
    _C(_K.MASKED_BY_ZERO, "warning", _LIKELY, without_effect.masked_by_zero, in_the_graph=True,
       explains=(_K.CHANCE_LEVEL,)),
    _C(_K.QUANTILE_OF_THE_OTHER_SIDE, "warning", _LIKELY, quantiles.other_side, in_the_graph=True),
    _C(_K.SIGN_OF_THE_ADVANTAGE, "warning", _LIKELY, data.advantage),
    _C(_K.PULLS_THE_WRONG_WAY, "warning", _LIKELY, players.pulls_the_wrong_way),
    _C(_K.KINK, "error", _LIKELY, flow.kink, explains=_NOTHING_LEARNED),
    _C(_K.DEAD_UNITS, "error", _LIKELY, flow.dead_units, explains=(_K.CONSTANT_OUTPUT, _K.VANISHING_GRADIENT)),
    _C(_K.SATURATED_UNITS, "error", _LIKELY, flow.saturated_units, explains=(_K.CONSTANT_OUTPUT, _K.VANISHING_GRADIENT)),
    _C(_K.VANISHING_GRADIENT, "error", _LIKELY, reach.vanishing, explains=(_K.LEARNING_RATE_TOO_SMALL,)),
    _C(_K.EXPLODING_GRADIENT, "error", _LIKELY, reach.exploding),
    _C(_K.NOT_IN_THE_OPTIMISER, "error", _LIKELY, untrained.not_in_the_optimiser, explains=(_K.OFF_BY_A_CONSTANT,)),
    _C(_K.NO_INFLUENCE, "warning", _PROVEN, reach.no_influence),
    _C(_K.INPUT_WITHOUT_INFLUENCE, "error", _FACT, reach.input_without_influence, anywhere=True),
    _C(_K.CONSTANT_OUTPUT, "error", _LIKELY, answers.outputs_equal),
    _C(_K.DIVIDED_TWICE, "error", _LIKELY, trials.divided_twice, explains=(_K.LEARNING_RATE_TOO_SMALL,)),
    _C(_K.LEARNING_RATE_TOO_SMALL, "warning", _LIKELY, steps.rate_too_small,
       explains=(_K.OFF_BY_A_CONSTANT, _K.TRAINING_STOPPED, _K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED)),
    _C(_K.INITIAL_WEIGHTS_TOO_LARGE, "error", _LIKELY, trials.begun_too_large, explains=(_K.OFF_BY_A_CONSTANT,), outcome=True),
    _C(_K.DEGREES_FOR_RADIANS, "error", _LIKELY, angles.degrees, explains=(_K.OFF_BY_A_CONSTANT,), outcome=True),
    _C(_K.OFF_BY_A_CONSTANT, "error", _PROVEN, outcome.off_by_a_constant),
    _C(_K.PENALTY_TOO_HEAVY, "warning", _LIKELY, trials.penalty_outweighs, explains=(_K.CHANCE_LEVEL,), outcome=True),
    _C(_K.STATE_CARRIED_OVER, "error", _LIKELY, sequences.carried_over, outcome=True),
    _C(_K.PADDING_IN_THE_COST, "error", _LIKELY, sequences.padded, outcome=True),
    _C(_K.PAIRING_CHANGES, "error", _FACT, pairs.pairing_changes, outcome=True),
    _C(_K.TARGETS_SHIFTED, "error", _LIKELY, pairs.targets_shifted, outcome=True),
    _C(_K.INDICES_EXCHANGED, "error", _LIKELY, structure.transposed, outcome=True),
    _C(_K.LEFT_FROZEN, "error", _LIKELY, structure.left_frozen, outcome=True),
    _C(_K.NO_ACTIVATION_BETWEEN, "error", _LIKELY, structure.no_activation, explains=(_K.NO_BIAS,), outcome=True),
    _C(_K.NO_BIAS, "error", _LIKELY, structure.no_bias, outcome=True),
    # the outcome
    _C(_K.TRIVIAL_SOLUTION, "warning", _LIKELY, whatever.trivial_solution, explains=(_K.COST_WITHOUT_A_MINIMUM,)),
    _C(_K.ONE_TAKES_ALL, "warning", _LIKELY, shares.one_takes_all),
    _C(_K.COST_WITHOUT_A_MINIMUM, "error", _PROVEN, endless.without_a_minimum),
    _C(_K.GOT_WORSE, "warning", _FACT, outcome.got_worse,
       explains=(_K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED), outcome=True),
    _C(_K.ENDED_WORSE_THAN_ITS_BEST, "warning", _FACT, endings.ended_above_its_best,
       explains=(_K.STOPPED_EARLY, _K.TRAINING_STOPPED, _K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED),
       outcome=True),
    _C(_K.STOPPED_EARLY, "warning", _LIKELY, endings.stopped_early,
       explains=(_K.TRAINING_STOPPED, _K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED), outcome=True),
    _C(_K.BEGUN_AGAIN, "warning", _LIKELY, restored.begun_again,
       explains=(_K.TRAINING_STOPPED, _K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED), outcome=True),
    _C(_K.TRAINING_STOPPED, "warning", _PROVEN, outcome.stopped,
       explains=(_K.RATE_FALLS_TOO_SOON, _K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED), outcome=True),
    _C(_K.RATE_FALLS_TOO_SOON, "warning", _LIKELY, schedules.rate_falls_too_soon,
       explains=(_K.HELD_BACK_BY_THE_STEPS, _K.CHANCE_LEVEL, _K.LITTLE_LEARNED), outcome=True),
    _C(_K.HELD_BACK_BY_THE_STEPS, "warning", _LIKELY, trials.held_back, explains=(_K.CHANCE_LEVEL, _K.LITTLE_LEARNED),
       outcome=True),
    _C(_K.CHANCE_LEVEL, "warning", _LIKELY, outcome.chance_level, explains=(_K.LITTLE_LEARNED,), outcome=True),
    _C(_K.LITTLE_LEARNED, "warning", _PROVEN, outcome.nothing_learned, outcome=True),
    _C(_K.FITS_THE_TRAINING_SET_ONLY, "warning", _LIKELY, trials.fits_the_training_set_only, outcome=True),
    _C(_K.NEVER_SHUFFLED, "warning", _LIKELY, rounds.never_shuffled, outcome=True),
    # evaluations
    _C(_K.FOLDS_GO_ON, "warning", _LIKELY, rounds.folds_go_on),
    _C(_K.SCALED_BY_ITSELF, "warning", _LIKELY, evaluated.scaled_by_itself, explains=(_K.INPUTS_OF_ANOTHER_RANGE,)),
    _C(_K.SCALED_ANEW, "warning", _LIKELY, evaluated.scaled_anew, explains=(_K.INPUTS_OF_ANOTHER_RANGE,)),
    _C(_K.TEST_TRAINED_ON, "warning", _LIKELY, evaluated.trained_on),
    _C(_K.INPUTS_OF_ANOTHER_RANGE, "warning", _LIKELY, evaluated.another_range),
    _C(_K.VALIDATION_NOT_USED, "warning", _LIKELY, evaluated.never_asked),
    _C(_K.DROPOUT_STILL_ON, "warning", _LIKELY, dropped.still_on),
    _C(_K.DROPOUT_NOT_SCALED, "warning", _LIKELY, dropped.not_scaled),
    # unknown
    _C(_K.RULE_NOT_CHECKED, "note", _FACT, rules.rule_not_checked, in_the_graph=True, anywhere=True),
    _C(_K.ERRORS_FOLLOW_THE_INPUTS, "warning", _LIKELY, left_over.follows_the_inputs, outcome=True,
       without_a_cause=True),
)
# fmt: on
