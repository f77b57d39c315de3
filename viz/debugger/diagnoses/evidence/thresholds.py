"""The thresholds of the diagnoses, each with its reason.

Networks that learn must stay silent (tests/viz/debugger/diagnoses/test_diagnose.py trains many). Healthy training and a
fault usually lie several powers of ten apart, and the thresholds in between.
"""

# The evidence needed before anything is said.
SAMPLES = 4  # a unit is judged by at least so many samples: one that is off for one sample is doing its work
KEPT = 20  # graphs of earlier passes that are still there: a few may be kept for a window of time, or to compare
STEPS = 3  # leaves that never change are judged after so many steps of training
LONG = 8  # training that creeps or swings is judged after so many steps
LOOKED_AT = 12  # passes whose every node is looked at: the first, the last, and some between
LOOKED_AT_NODES = 100_000  # fewer passes of large graphs: the answer should come in seconds

# Units that pass nothing on.
DEAD_SHARE = 0.75  # share of hopeless units in a layer; units that may come back are a fault only if the whole layer is dead
DEAD_MARGIN = 2.0  # a unit is hopeless if it stays this many times its own spread below 0: no usual step brings it back
FLAT = 1e-3  # of the steepest slope: |z| > 4.1 for tanh, 8.3 for the sigmoid; trained units go there, for some samples
FLAT_SHARE = 0.75  # of a layer: single units that have settled do not stop the others

# Targets that an activation cannot give.
MISSED, MISSED_BY = 0.1, 0.05  # more than a tenth of the targets, by a twentieth of the largest: less is noise at the bound

# Errors through depth.
DEPTH = 4  # activations on the way: a gradient that is small after fewer was small before
VANISHED = 1e-6  # the gradient of the first layer over that of the last; healthy deep networks keep it above 1e-3
EXPLODED = 1e6  # the error at the first layer over that at the last
STEADY = 0.7  # share of the steps between that have to take part: a slope, not one step, is what depth does

# Arithmetic.
POLE = 1e6  # a local derivative this large comes from a number next to 0
LARGE_GRADIENT = 1e4  # and it harms if a gradient this large comes of it
CANCELLED = 1e-12  # a sum this small beside its terms is rounding: 4,000 units in the last place
NO_INFLUENCE = 1e-9  # of the cost: changes below it are rounding when a node is shifted by 1
DIGITS_LOST = 1e-8  # a difference this small beside its operands has lost half of its digits
NOISE = 1e-6  # of the cost: rounding that moves it by more can be seen in training
ROUNDED = 1e-12  # relative: operands that are right but for rounding; in chaos errors grow, and no node is guilty
STALE = 1e-9  # relative: a value that differs by more from its formula was computed from other numbers
DERIVATIVE = 1e-3  # relative: a derivative further from the central difference is wrong, not inaccurate
OVERFLOW = 600.0  # exp overflows at 709.8

# Training.
GROWN = 10.0  # the cost at the end over that at the beginning: noise of mini-batches stays far below
SWING = -0.9  # the mean cosine of successive updates: each takes back the one before
UPHILL = 0.5  # the cosine of update and gradient: descent has it below 0, with momentum for most steps
MOSTLY = 0.75  # of the steps: a wrong sign is in all of them, and the momentum of a few may hide it
OVERSHOOT = 0.1  # |update| / |weights|: growth with smaller steps is noise
KILLED = 1.0  # one update as long as the weights themselves throws the old weights away
FREELY = 1.0 - 1e-6  # a momentum of 1 keeps the whole step: a mass without friction
CREEP = 1e-5  # |update| / |weights|: about 1e-3 is usual, and this needs 100,000 steps
STILL = 1e-3  # the same for the whole second half of a training that has much to gain yet
CREPT = 1e-2  # relative: the cost has moved by less
REACHED = 1e-3  # of the first cost: a network that comes so far has learned, whatever looks odd about it
STEEP = 1e-3  # |gradient| |weights| / cost: there would be somewhere to go
WORSE = 0.1  # relative: the same samples cost more by this after training; less may be noise
MUCH_WORSE = 1.0  # the same where every pass has other samples, a few of which are compared
CLEAR = 0.1  # the cosine of update and gradient, beyond which a step goes up or down on purpose
MANY = 60  # steps whose costs scatter are judged if there are so many
CHANCE = 0.8  # of the error of a model that answers the same to everything
CHANCE_OF_LOWER = 0.65  # of the pairs of an early and a late cost, the late is lower in a half if nothing is learned
BEYOND = 2.0  # times that error: there one answer would do better, however long training might go on
ROUNDS = 10  # through the samples, after which a training that knows nothing of them is no longer on its way
ENOUGH = 20  # a training is judged by its outcome after so many steps: fewer are a demonstration
LEVEL = 3e-3  # relative: the cost of a quarter of the steps, beside that of the quarter before
LITTLE = 0.15  # relative: training that has gained less has learned little, if there is more to be had
FEW = 0.1  # of the steps: more that go clearly the other way belong to a second player
MENDED = 0.5  # of the cost: a change that brings it below this is what was missing
NOTICED = 0.01  # relative: a cost that changes by less has not moved
UNSCALED = 30.0  # root mean square of the inputs; standardised ones have 1, the flowers of iris 4, raw pixels over 100
TERMS = 8  # a cost that adds up so many samples is a sum where a mean is usual
UNEXPLAINED = 0.25  # of the variance of the targets: an error above it is looked into
UNSURE = 0.5  # of the cross-entropy of an equal guess: a classifier that costs more has not learned its samples
GIVEN_BACK = 0.2  # of what the best step had gained: parameters that are moved about by batches lose less
SWUNG = 0.3  # the same for a cost that goes up and down
STEEPLY = 0.03  # relative, in each step: a cost that falls so fast has not levelled off
SOLVED = 0.1  # of the cost: what a good method makes of it where the script is held back by its steps
MATCHED = 0.2  # of the cost: with targets that belong to the inputs it is below; by chance some order is somewhat better
