"""Trainings of several losses: what pulls the wrong way, and what is pulled that should be let be.

Each planted fault is written in several ways - with nn and without, in functions, in a class -, and beside each of them stand
programs that look alike and are right: a game, an actor that is told costs, an entropy that is to become small.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """import random
from autograd import Value, exp, log, logsumexp, maximum, mean, relu, sigmoid, softmax, softplus, sqrt, square, tanh
from nn import MLP, SGD, Adam, binary_cross_entropy, cross_entropy
rng = random.Random(11)
"""

# --- a generator and a discriminator -------------------------------------------------------------------------------------

GAME = """
judge, maker = MLP(1, [4, 1], activation="tanh", rng=rng), MLP(1, [1], rng=rng)
of_judge, of_maker = SGD(judge.parameters(), rate=0.1), SGD(maker.parameters(), rate=0.2)
for _ in range(120):
    made = [maker([rng.gauss(0, 1)]).data for _ in range(6)]
    for xs, label in (([3.0 + rng.gauss(0, 1) for _ in range(6)], 1.0), (made, 0.0)):
        mean([square(judge([x]) - label) for x in xs]).backward()
    of_judge.step()
    of_judge.zero_grad()
    cost = mean([square(judge([maker([rng.gauss(0, 1)])]) - LABEL) for _ in range(6)])
    of_maker.zero_grad()
    cost.backward()
    of_maker.step()
    of_judge.zero_grad()
"""
LEFT = (
    GAME.replace("]).data for _", "]) for _")
    .replace("    of_maker.zero_grad()\n", "")
    .replace("of_maker.step()", "of_maker.step()\n    of_maker.zero_grad()")
    .replace("LABEL", "1.0")
)
BOTH_HEADS = """
trunk, head, other = MLP(1, [3], rng=rng), MLP(3, [1], rng=rng), MLP(3, [1], rng=rng)
of_head, of_rest = SGD(head.parameters(), rate=0.1), SGD(trunk.parameters() + other.parameters(), rate=0.1)
for _ in range(40):
    xs = [rng.uniform(-1, 1) for _ in range(5)]
    binary_cross_entropy([head(trunk([x])) for x in xs], [int(x > 0) for x in xs]).backward()
    of_head.step()
    binary_cross_entropy([other(trunk([x])) for x in xs], [int(x > 0.3) for x in xs]).backward()
    of_rest.step()
    of_head.zero_grad()
    of_rest.zero_grad()
"""
CLASSES = """
net, maker = MLP(1, [4, 1], activation="tanh", rng=rng), MLP(1, [1], rng=rng)
of_net, of_maker = SGD(net.parameters(), rate=0.1), SGD(maker.parameters(), rate=0.05)
maker.parameters()[-1].data = -2.0
for _ in range(60):
    xs = [rng.gauss(s, 0.5) for s in (-2, 2, -2, 2)]
    cost = binary_cross_entropy([net([x]) for x in xs], [0, 1, 0, 1])
    of_net.zero_grad()
    cost.backward()
    of_net.step()
    cost = binary_cross_entropy([net([maker([rng.gauss(0, 1)])]) for _ in range(4)], [0] * 4)
    of_maker.zero_grad()
    cost.backward()
    of_maker.step()
"""
SOFT = """
class Game:
    def __init__(self):
        self.a, self.b, self.shift = Value(0.1), Value(0.0), Value(-2.0)

    def judged(self, x):
        return self.a * x + self.b

    def train(self):
        for turn in range(120):
            noise = [rng.gauss(0, 1) for _ in range(5)]
            if turn % 2:
                cost = sum(softplus(SIGNself.judged(z + self.shift)) for z in noise) / 5
                moved = [self.shift]
            else:
                cost = sum(softplus(-self.judged(z + 1.0)) + softplus(self.judged(z + self.shift)) for z in noise) / 5
                moved = [self.a, self.b]
            cost.backward()
            for p in moved:
                p.data -= 0.1 * p.grad
            for p in (self.a, self.b, self.shift):
                p.zero_grad()


Game().train()
"""
LOGS = """
d, g = [Value(0.1), Value(0.0)], [Value(1.0), Value(3.0)]


def D(x):
    return sigmoid(d[0] * x + d[1])


def turn(players, cost):
    for p in d + g:
        p.grad = 0.0
    cost.backward()
    for p in players:
        p.data -= 0.05 * p.grad


for _ in range(50):
    zs = [rng.gauss(0, 1) for _ in range(6)]
    xs = [rng.gauss(0, 1) for _ in range(6)]
    turn(d, -mean([log(D(x)) for x in xs]) - mean([log(1 - D((g[0] * z + g[1]).data)) for z in zs]))
    turn(g, COST)
"""
HALVES = """
inside, outside = MLP(1, [1], rng=rng), MLP(1, [1], rng=rng)
optimisers = [SGD(inside.parameters(), rate=0.05), SGD(outside.parameters(), rate=0.05)]
for k in range(80):
    xs = [rng.choice((-1.0, 1.0)) for _ in range(6)]
    if k % 2:
        cost = binary_cross_entropy([outside([inside([x])]) for x in xs], [int(x > 0) for x in xs])
    else:
        cost = binary_cross_entropy([outside([inside([x])]) for x in xs], [1] * 6)
    for opt in optimisers:
        opt.zero_grad()
    cost.backward()
    optimisers[k % 2].step()
"""

# --- an actor and a critic -----------------------------------------------------------------------------------------------

ACTOR = """
actor, critic = MLP(1, [4, 1], activation="tanh", rng=rng), MLP(2, [6, 1], activation="tanh", rng=rng)
of_actor, of_critic = Adam(actor.parameters(), rate=0.01), Adam(critic.parameters(), rate=0.02)
memory = []
for _ in range(120):
    s = rng.uniform(-1, 1)
    a = actor([s]).data + rng.gauss(0, 0.3)
    NAME = TOLD
    memory.append((s, a, NAME))
    batch = rng.choices(memory[-60:], k=6)
    cost = mean([square(critic([s, a]) - NAME) for s, a, NAME in batch])
    of_critic.zero_grad()
    cost.backward()
    of_critic.step()
    cost = SIGNmean([critic([s, actor([s])]) for s, _, _ in batch])
    of_actor.zero_grad()
    cost.backward()
    of_actor.step()
"""
SLOPES = """
class Agent:
    def __init__(self):
        self.w, self.q = [Value(0.1), Value(0.2)], [Value(0.0), Value(0.1), Value(0.0)]

    def act(self, s):
        return tanh(self.w[0] * s + self.w[1])

    def worth(self, a):
        return self.q[0] + self.q[1] * a + self.q[2] * a * a

    def learn(self, cost, ps):
        for p in self.w + self.q:
            p.grad = 0.0
        cost.backward()
        for p in ps:
            p.data -= 0.1 * p.grad


agent = Agent()
for _ in range(80):
    s = rng.uniform(-1, 1)
    action = agent.act(s).data + rng.gauss(0, 0.3)
    reward = 1.0 - (action - 0.9) ** 2
    target = reward
    agent.learn((target - agent.worth(action)) ** 2, agent.q)
    agent.learn(SIGNagent.worth(agent.act(s)), agent.w)
"""

# --- a policy and its entropy --------------------------------------------------------------------------------------------

BANDIT = """
logits = [Value(0.4), Value(0.0), Value(-0.4)]
pay, seen = [0.2, 0.9, 0.4], []
for _ in range(150):
    ps = softmax(logits)
    choice = rng.choices(range(3), weights=[p.data for p in ps])[0]
    reward = pay[choice] + rng.gauss(0, 0.1)
    advantage = reward - 0.5
    entropy = -sum(p * log(p) for p in ps)
    cost = COST
    cost.backward()
    for p in logits:
        p.data STEP 0.3 * p.grad
        p.zero_grad()
"""
PARTS = """
net = MLP(2, [3], rng=rng)
descent = Adam(net.parameters(), rate=0.05)


def of_policy(x, choices, gains):
    z = net(x)
    logs = [a - logsumexp(z) for a in z]
    parts = [-logs[a] * gain for a, gain in zip(choices, gains)]
    return mean(parts), -sum(PRODUCT for l in logs)


for _ in range(60):
    x = [rng.choice((0.0, 1.0)), 1.0]
    choices = [rng.randrange(3) for _ in range(4)]
    gains = [(1.0 if a == int(x[0]) else 0.0) - 0.3 for a in choices]
    policy, spread = of_policy(x, choices, gains)
    descent.zero_grad()
    total = policy SIGN 0.5 * spread
    total.backward()
    descent.step()
"""
UNLABELLED = """
net = MLP(1, [2], rng=rng)
descent = SGD(net.parameters(), rate=0.2)
for _ in range(60):
    xs = [rng.gauss(rng.choice((-1, 1)), 0.4) for _ in range(6)]
    shares = [softmax(net([x])) for x in xs]
    known = cross_entropy([net([-1.0]), net([1.0])], [0, 1])
    cost = known - 0.2 * mean([sum(p * log(p) for p in ps) for ps in shares])
    descent.zero_grad()
    cost.backward()
    descent.step()
"""

# --- an advantage --------------------------------------------------------------------------------------------------------

CRITIC = """
actor, critic = MLP(1, [2], rng=rng), MLP(1, [1], rng=rng)
optimiser = SGD(actor.parameters() + critic.parameters(), rate=0.02)
for _ in range(60):
    s = rng.uniform(-1, 1)
    ps = softmax(actor([s]))
    a = rng.choices((0, 1), weights=[p.data for p in ps])[0]
    reward = 3.0 + (s if a else -s)
    value = critic([s])
    advantage = ADVANTAGE
    cost = -log(ps[a]) * advantage + ERROR
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
"""
APART = """
class Learner:
    def __init__(self):
        self.actor, self.critic = MLP(1, [2], rng=rng), MLP(1, [1], rng=rng)
        self.optimisers = [SGD(self.actor.parameters(), rate=0.05), SGD(self.critic.parameters(), rate=0.05)]

    def learn(self, s):
        z, value = self.actor([s]), self.critic([s])
        a = rng.randrange(2)
        gain = 2.0 + (s if a else -s) - value
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        (-(z[a] - logsumexp(z)) * GAIN).backward()
        BETWEEN
        (gain * gain).backward()
        for optimiser in self.optimisers:
            optimiser.step()


learner = Learner()
for _ in range(40):
    learner.learn(rng.uniform(-1, 1))
"""
SPREAD = """
centre, spread = MLP(1, [1], rng=rng), MLP(1, [1], rng=rng)
optimiser = SGD(centre.parameters() + spread.parameters(), rate=0.02)
for _ in range(60):
    x = rng.uniform(-1, 1)
    error, s = 2.0 * x - centre([x]), spread([x])
    cost = square(error) + 0.1 * log(1.0 + s * s) * error * error
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
"""

# --- below a bound -------------------------------------------------------------------------------------------------------

RANKS = """
tastes = [[Value(rng.gauss(0, 0.3)) for _ in range(2)] for _ in range(8)]
for _ in range(40):
    cost = 0.0
    for u in range(4):
        liked, other = (sum(a * b for a, b in zip(tastes[u], tastes[4 + k % 4])) for k in (u, u + 1 + rng.randrange(3)))
        likelier = CHANCE
        cost = cost - log(maximum(likelier, 1e-9)) / 4
    cost.backward()
    for p in (p for row in tastes for p in row):
        p.data -= 0.05 * p.grad
        p.zero_grad()
"""

# --- what is alike -------------------------------------------------------------------------------------------------------

TRIPLETS = """
groups = [[[c + rng.gauss(0, 0.3), rng.gauss(0, 1)] for _ in range(6)] for c in (-1.0, 0.0, 1.0)]
embed = MLP(2, [4, 2], activation="tanh", rng=rng)
descent = SGD(embed.parameters(), rate=0.05)


def distance(u, v):
    return DISTANCE


for _ in range(40):
    cost = 0.0
    for _ in range(4):
        k, j = rng.sample(range(3), 2)
        a, same = rng.sample(groups[k], 2)
        other = rng.choice(groups[j])
        near, far = distance(embed(a), embed(same)), distance(embed(a), embed(other))
        cost = cost + HINGE
    descent.zero_grad()
    cost.backward()
    descent.step()
"""
TABLE = """
class Embedding:
    def __init__(self, n):
        self.rows = [[Value(rng.gauss(0, 1)) for _ in range(2)] for _ in range(n)]

    def apart(self, i, j):
        return sum(square(a - b) for a, b in zip(self.rows[i], self.rows[j]))

    def cost_of(self, i, j, alike):
        d = self.apart(i, j)
        return d if alike else maximum(0.0, 2.0 - d)


model = Embedding(10)
for _ in range(40):
    pairs = [rng.sample(range(10), 2) for _ in range(8)]
    cost = mean([model.cost_of(i, j, ALIKE) for i, j in pairs])
    cost.backward()
    for p in (p for row in model.rows for p in row):
        p.data -= 0.1 * p.grad
        p.zero_grad()
"""
SQUARES = "sum((a - b) ** 2 for a, b in zip(u, v))"

PLANTED = [
    ("gradient carried over", "cost.backward()", LEFT),
    (
        "gradient carried over",
        "cost.backward()",
        SOFT.replace("SIGN", "-").replace("for p in (self.a, self.b, self.shift)", "for p in {*moved, self.a, self.b}"),
    ),
    ("pulls the wrong way", "cost = cost", TRIPLETS.replace("DISTANCE", SQUARES).replace("HINGE", "relu(far - near + 1.0)")),
    (
        "pulls the wrong way",
        "cost = cost",
        TRIPLETS.replace("DISTANCE", f"sqrt(1e-6 + {SQUARES})").replace("HINGE", "softplus(far - near)"),
    ),
    ("pulls the wrong way", "return d if", TABLE.replace("ALIKE", "i % 2 != j % 2")),
    ("pulls the wrong way", "cost = mean([square(judge([maker", GAME.replace("LABEL", "0.0")),
    ("pulls the wrong way", "cost = sum(softplus(self", SOFT.replace("SIGN", "")),
    ("pulls the wrong way", "turn(g,", LOGS.replace("COST", "-mean([log(1 - D(g[0] * z + g[1])) for z in zs])")),
    ("pulls the wrong way", "turn(g,", LOGS.replace("COST", "mean([log(D(g[0] * z + g[1])) for z in zs])")),
    (
        "pulls the wrong way",
        "cost = mean([critic",
        ACTOR.replace("NAME", "reward").replace("TOLD", "1.0 - (a - 0.8) ** 2").replace("SIGN", ""),
    ),
    (
        "pulls the wrong way",
        "cost = mean([critic",
        ACTOR.replace("NAME", "r").replace("TOLD", "-((a - s) ** 2)").replace("SIGN", ""),
    ),
    ("pulls the wrong way", "agent.learn(agent.worth", SLOPES.replace("SIGN", "")),
    (
        "pulls the wrong way",
        "cost = -log",
        BANDIT.replace("COST", "-log(ps[choice]) * advantage + 0.3 * entropy").replace("STEP", "-="),
    ),
    (
        "pulls the wrong way",
        "cost = log",
        BANDIT.replace("COST", "log(ps[choice]) * advantage - 0.3 * entropy").replace("STEP", "+="),
    ),
    ("pulls the wrong way", "total = policy", PARTS.replace("SIGN", "+").replace("PRODUCT", "exp(l) * l")),
    ("target in the graph", "advantage = ", CRITIC.replace("ADVANTAGE", "reward - value").replace("ERROR", "advantage ** 2")),
    (
        "target in the graph",
        "advantage = ",
        CRITIC.replace("ADVANTAGE", "reward - value").replace("ERROR", "0.5 * square(reward - value)"),
    ),
    ("target in the graph", "gain = 2.0", APART.replace("GAIN", "gain").replace("BETWEEN", "pass")),
    ("no gradient", "likelier = ", RANKS.replace("CHANCE", "sigmoid(liked) - sigmoid(other)")),
    ("no gradient", "likelier = ", RANKS.replace("CHANCE", "0.5 + liked - other - 0.5")),
]  # fmt: skip
RIGHT = [
    LEFT.replace("    of_judge.step()\n", "    of_judge.step()\n    of_maker.zero_grad()\n", 1),
    LEFT.replace("    mean([square(judge", "    of_maker.zero_grad()\n    mean([square(judge").replace(
        "    cost = mean", "    of_maker.zero_grad()\n    cost = mean"
    ),
    BOTH_HEADS,
    CLASSES,  # nobody is to be fooled: what is made is to be like one of two classes
    TRIPLETS.replace("DISTANCE", SQUARES).replace("HINGE", "relu(near - far + 1.0)"),
    TRIPLETS.replace("DISTANCE", f"sqrt(1e-6 + {SQUARES})").replace("HINGE", "softplus(near - far)"),
    TRIPLETS.replace("DISTANCE", "sum(a * b for a, b in zip(u, v))").replace("HINGE", "relu(far - near + 1.0)"),  # likeness
    TABLE.replace("ALIKE", "i % 2 == j % 2"),
    TABLE.replace("ALIKE", "abs(i - j) == 1"),  # a chain: of neighbours of neighbours nothing is known
    TABLE.replace("ALIKE", "i + j == 9"),  # pairs
    TABLE.replace("ALIKE", "rng.random() < 0.5"),
    GAME.replace("LABEL", "1.0"),
    GAME.replace("range(6)], 1.0)", "range(6)], 0.0)").replace("(made, 0.0)", "(made, 1.0)").replace("LABEL", "0.0"),
    SOFT.replace("SIGN", "-"),
    LOGS.replace("COST", "mean([log(1 - D(g[0] * z + g[1])) for z in zs])"),  # saturating, as it was first written
    LOGS.replace("COST", "-mean([log(D(g[0] * z + g[1])) for z in zs])"),
    HALVES,
    ACTOR.replace("NAME", "reward").replace("TOLD", "1.0 - (a - 0.8) ** 2").replace("SIGN", "-"),
    ACTOR.replace("NAME", "price").replace("TOLD", "(a - 0.8) ** 2").replace("SIGN", ""),
    ACTOR.replace("NAME", "r").replace("TOLD", "(a - 0.8) ** 2").replace("SIGN", ""),  # a regret, a residual
    SLOPES.replace("SIGN", "-"),
    SLOPES.replace("SIGN", "").replace("target = reward", "target = -reward"),
    BANDIT.replace("COST", "-log(ps[choice]) * advantage - 0.1 * entropy").replace("STEP", "-="),
    BANDIT.replace("COST", "log(ps[choice]) * advantage + 0.1 * entropy").replace("STEP", "+="),
    PARTS.replace("SIGN", "-").replace("PRODUCT", "exp(l) * l"),
    UNLABELLED,
    CRITIC.replace("ADVANTAGE", "reward - value.data").replace("ERROR", "square(reward - value)"),
    APART.replace("GAIN", "gain.data").replace("BETWEEN", "pass"),
    APART.replace("GAIN", "gain").replace("BETWEEN", "self.optimisers[1].zero_grad()"),
    SPREAD,
    RANKS.replace("CHANCE", "sigmoid(liked - other)"),
]
KINDS = {kind for kind, *_ in PLANTED}


def found(text: str, folder: pathlib.Path) -> list[Finding]:
    script = folder / "program.py"
    script.write_text(HEAD + text, encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    return [finding for finding in watch.findings() if finding.kind in KINDS]


@pytest.mark.parametrize(("kind", "line", "text"), PLANTED, ids=[f"{n}-{kind}" for n, (kind, *_) in enumerate(PLANTED)])
def test_a_planted_fault_is_named_with_its_line(kind: str, line: str, text: str, tmp_path: pathlib.Path) -> None:
    (only,) = found(text, tmp_path)
    assert only.kind == kind
    assert (HEAD + text).splitlines()[only.line - 1].strip().startswith(line)


@pytest.mark.parametrize("text", RIGHT, ids=[str(n) for n in range(len(RIGHT))])
def test_its_neighbour_is_not_accused(text: str, tmp_path: pathlib.Path) -> None:
    assert [str(finding) for finding in found(text, tmp_path)] == []
