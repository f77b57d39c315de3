// Microsoft's test client against the adapter: every request, as an editor sends it.
// The command of the adapter is in ADAPTER; without it, `python3 -m viz.debugger` of this checkout. One adapter on a
// port talks to one test after the other, as a process takes longer to start than a test to run; the test of standard
// streams starts its own.

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const Module = require("node:module");
const os = require("node:os");
const path = require("node:path");
const { after, afterEach, before, beforeEach, test } = require("node:test");
const { DebugClient } = require("@vscode/debugadapter-testsupport");

const ROOT = path.resolve(__dirname, "..", "..");
const COMMAND = process.env.ADAPTER || "exec python3 -m viz.debugger";
const TOKEN = "as long as a token has to be";
const script = name => path.join(__dirname, "scripts", name);
const NEURON = script("neuron.py");

let dc;

let adapter;
let port;
let closed;

before(async () => {
  const env = { ...process.env, STEPGRAD_DAP_TOKEN: TOKEN };
  adapter = spawn(`${COMMAND} --dap-port 0`, { shell: true, cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(adapter.stdout, "data");
  port = Number(/^listening on 127\.0\.0\.1:(\d+), /.exec(line)[1]);
});
after(() => adapter.kill());

beforeEach(async () => {
  dc = new DebugClient("", "", "stepgrad");
  await dc.start(port);
  closed = once(dc._socket, "close");
  for (const command of ["launchRequest", "attachRequest"]) {
    const send = dc[command].bind(dc);
    dc[command] = args => send({ token: TOKEN, ...args });
  }
});
afterEach(async () => {
  await dc.stop();
  await closed; // the adapter has ended this conversation and is ready for the next
});

// --- helpers -------------------------------------------------------------------------------------------------------

/** Sends what an editor sends before a script runs, and waits until the walk stands still. */
async function stopAtEntry(launch, configure = async () => {}) {
  const stopped = dc.waitForEvent("stopped");
  await dc.initializeRequest();
  await dc.launchRequest(launch);
  await configure();
  await dc.configurationDoneRequest();
  return (await stopped).body;
}

/** Sends a request that moves, and returns why and where the walk stands still then. */
async function moved(command, args = {}) {
  const stopped = dc.waitForEvent("stopped");
  await dc.send(command, { threadId: 1, ...args });
  const { reason, text } = (await stopped).body;
  const top = (await frames())[0];
  return Object.defineProperty({ reason, name: top.name, line: top.line }, "text", { value: text }); // not compared
}

const frames = async (args = {}) => (await dc.stackTraceRequest({ threadId: 1, ...args })).body.stackFrames;

async function scope(name, frame = 0) {
  const { scopes } = (await dc.scopesRequest({ frameId: (await frames())[frame].id })).body;
  return scopes.find(one => one.name === name);
}

async function shown(name, frame = 0) {
  const { variablesReference } = await scope(name, frame);
  const { variables } = (await dc.variablesRequest({ variablesReference })).body;
  return Object.fromEntries(variables.map(one => [one.name, one.value]));
}

const evaluate = async (expression, context = "repl", more = {}) =>
  (await dc.evaluateRequest({ expression, context, ...more })).body.result;

// --- beginning and end ---------------------------------------------------------------------------------------------

test("initialize says what the adapter can do", async () => {
  const { body } = await dc.initializeRequest();
  for (const name of [
    "supportsConfigurationDoneRequest",
    "supportsStepBack",
    "supportsDataBreakpoints",
    "supportsRestartRequest",
    "supportsLogPoints",
    "supportsStepInTargetsRequest",
    "supportsRestartFrame",
    "supportsFunctionBreakpoints",
    "supportsExceptionInfoRequest",
    "supportsSteppingGranularity",
  ]) {
    assert.equal(body[name], true, name);
  }
  assert.equal(body.supportsSetVariable, false);
  assert.deepEqual(
    body.exceptionBreakpointFilters.map(one => one.filter),
    ["nan", "inf", "forward", "vanishing", "exploding"],
  );
});

test("an unknown request is refused", async () => {
  await dc.initializeRequest();
  await assert.rejects(dc.send("frobnicate"), /'frobnicate' is not known/);
});

test("a script runs to its end and says so", async () => {
  await Promise.all([
    dc.configurationSequence(),
    dc.launch({ program: NEURON, stopOnEntry: false }),
    dc.assertOutput("stdout", "dC/dw = -1.692067"),
    dc.waitForEvent("exited").then(event => assert.equal(event.body.exitCode, 0)),
    dc.waitForEvent("terminated"),
  ]);
});

test("arguments, folder, environment and exit status are the script's own", async () => {
  const cwd = fs.realpathSync(os.tmpdir());
  await Promise.all([
    dc.configurationSequence(),
    dc.launch({ program: script("exits.py"), args: ["-a", "b c"], cwd, env: { COLOUR: "green" }, stopOnEntry: false }),
    dc.assertOutput("stdout", `['-a', 'b c'] ${cwd} green __main__`),
    dc.waitForEvent("exited").then(event => assert.equal(event.body.exitCode, 7)),
    dc.waitForEvent("terminated"),
  ]);
});

test("a script that raises ends with its own traceback", async () => {
  let errors = "";
  dc.on("output", event => {
    errors += event.body.category === "stderr" ? event.body.output : "";
  });
  await Promise.all([
    dc.configurationSequence(),
    dc.launch({ program: script("raises.py"), stopOnEntry: false }),
    dc.waitForEvent("exited").then(event => assert.equal(event.body.exitCode, 1)),
    dc.waitForEvent("terminated"),
  ]);
  assert.match(
    errors,
    /^to stderr\nTraceback \(most recent call last\):\n {2}File ".*raises.py", line 10, in <module>\n/,
  );
  assert.match(errors, /ValueError: the script's own\n$/);
});

test("a script without backward() ends with a word about it", async () => {
  await Promise.all([
    dc.configurationSequence(),
    dc.launch({ program: script("no_backward.py") }),
    dc.assertOutput("important", `no_backward.py has ended without calling backward()`),
    dc.waitForEvent("terminated"),
  ]);
});

test("a module runs as python -m would run it", async () => {
  const folder = path.join(__dirname, "scripts");
  await stopAtEntry({ module: "exits", cwd: folder, args: ["x"] });
  assert.equal((await frames())[0].source.path, script("exits.py"));
  await Promise.all([dc.continueRequest({ threadId: 1 }), dc.assertOutput("stdout", `['x'] ${folder} None __main__`)]);
});

test("without debugging nothing stops", async () => {
  await Promise.all([
    dc.configurationSequence(),
    dc.launch({ program: NEURON, noDebug: true }),
    dc.assertOutput("stdout", "dC/dw = -1.692067"),
    dc.waitForEvent("terminated"),
  ]);
});

test("a launch that cannot be is refused with the reason", async () => {
  await dc.initializeRequest();
  await assert.rejects(dc.launchRequest({ program: "/nowhere.py" }), /there is no file \/nowhere.py/);
  await assert.rejects(dc.launchRequest({ program: NEURON, cwd: "/nowhere" }), /there is no folder \/nowhere/);
  await assert.rejects(dc.launchRequest({}), /'program' is missing/);
  await assert.rejects(dc.launchRequest({ program: NEURON, args: [1] }), /'args' has to be a list of texts/);
  await assert.rejects(dc.attachRequest({ recording: "/nowhere.json" }), /there is no file \/nowhere.json/);
});

test("terminate ends a script that loops", async () => {
  await stopAtEntry({ program: script("loops.py") });
  await dc.continueRequest({ threadId: 1 });
  await Promise.all([dc.terminateRequest(), dc.waitForEvent("terminated")]);
});

test("pause stops a script that loops at its next pass", async () => {
  await stopAtEntry({ program: script("loops.py") });
  await dc.continueRequest({ threadId: 1 });
  await assert.rejects(dc.stackTraceRequest({ threadId: 1 }), /the script is running/);
  const stopped = dc.waitForEvent("stopped");
  await dc.pauseRequest({ threadId: 1 });
  assert.equal((await stopped).body.reason, "pause");
});

test("restart begins again, and breakpoints stay", async () => {
  await stopAtEntry({ program: NEURON }, () =>
    dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [{ line: 8 }] }),
  );
  assert.deepEqual(await moved("continue"), { reason: "breakpoint", name: "a = tanh", line: 8 });
  const stopped = dc.waitForEvent("stopped");
  // "continued", or an editor goes on showing the old stop
  await Promise.all([dc.waitForEvent("continued"), dc.send("restart", {})]);
  assert.equal((await stopped).body.reason, "entry");
  assert.equal((await moved("continue")).name, "a = tanh");
});

test("a saved recording is attached to", async () => {
  const file = path.join(os.tmpdir(), `stepgrad-${process.pid}.json`);
  const source = "<kept>";
  fs.writeFileSync(
    file,
    JSON.stringify({
      format: "stepgrad recording",
      version: 1,
      seed: 1,
      nodes: [
        [3, 6, "", "x", "", [], [source, 1, "<module>", "Value(3.0)"]],
        [9, 1, "mul", "y", "", [0, 0], [source, 2, "<module>", "x * x"]],
      ],
      rules: { "mul:vv": ["d({0} * {1})/d{0} = {1}", "d({0} * {1})/d{1} = {0}"], ":": [] },
      columns: {
        node: [1, 1],
        parent: [0, 0],
        position: [0, 1],
        local: [3, 3],
        upstream: [1, 1],
        contribution: [3, 3],
        total: [3, 6],
      },
    }),
  );
  try {
    const stopped = dc.waitForEvent("stopped");
    await dc.initializeRequest();
    await dc.attachRequest({ recording: file });
    await dc.configurationDoneRequest();
    assert.equal((await stopped).body.reason, "entry");
    const [top] = await frames();
    assert.equal(top.name, "y = mul");
    const { content } = (await dc.sourceRequest({ sourceReference: top.source.sourceReference, source: top.source }))
      .body;
    assert.equal(content, "Value(3.0)\nx * x\n");
    assert.equal((await moved("continue")).reason, "step"); // the end of the pass
    assert.equal(await evaluate("x.grad"), "6.0");
    await Promise.all([dc.continueRequest({ threadId: 1 }), dc.waitForEvent("terminated")]);
  } finally {
    fs.unlinkSync(file);
  }
});

// --- moving --------------------------------------------------------------------------------------------------------

test("next is a node, stepIn a contribution, and both go back", async () => {
  const entry = await stopAtEntry({ program: NEURON });
  assert.equal(entry.reason, "entry");
  assert.deepEqual(
    (await frames()).map(one => [one.name, one.line, one.column]),
    [["C = pow", 10, 5]],
  );
  assert.deepEqual(await moved("next"), { reason: "step", name: "v6 = sub", line: 10 });
  assert.deepEqual(await moved("next"), { reason: "step", name: "a = tanh", line: 8 });
  assert.deepEqual(await moved("next"), { reason: "step", name: "z = add", line: 6 });
  assert.equal((await shown("Contributions"))["v3.grad"], "→ 1 × −0.846 = −0.846");
  assert.equal((await moved("stepIn")).name, "z = add");
  assert.equal((await shown("Contributions"))["b.grad"], "→ 1 × −0.846 = −0.846");
  assert.equal((await moved("stepIn")).name, "v3 = mul");
  assert.equal((await moved("stepBack", { granularity: "instruction" })).name, "z = add");
  assert.equal((await moved("stepBack")).name, "z = add"); // its beginning
  assert.equal((await moved("stepBack")).name, "a = tanh");
  assert.equal((await moved("reverseContinue")).name, "C = pow");
  assert.equal((await moved("next", { granularity: "instruction" })).name, "v6 = sub");
});

test("stepOut leaves the neuron and the layer", async () => {
  await stopAtEntry({ program: script("training.py") }, () =>
    dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: "z^2_1" }] }),
  );
  assert.equal((await moved("continue")).name, "z²₁ = dot");
  assert.equal((await shown("Node")).scope, "layer2/neuron1");
  await moved("stepOut");
  assert.match((await shown("Node")).scope, /^layer1/);
});

test("a step from the end of a pass leads to the beginning of the next", async () => {
  await stopAtEntry({ program: script("training.py"), stopAtEnd: true });
  assert.equal((await moved("continue")).reason, "step");
  assert.equal((await shown("Node")).grad.includes("so far"), false);
  const [top] = await Promise.all([moved("stepIn"), dc.assertOutput("stdout", "step 0\n")]);
  assert.deepEqual([top.reason, top.name], ["step", "C = mean"]);
});

test("goto jumps to a node that a line made", async () => {
  await stopAtEntry({ program: NEURON });
  const { targets } = (await dc.gotoTargetsRequest({ source: { path: NEURON }, line: 6 })).body;
  assert.deepEqual(
    targets.map(one => one.label),
    ["z = add: w * x + b", "v3 = mul: w * x"],
  );
  assert.deepEqual(await moved("goto", { targetId: targets[1].id }), { reason: "goto", name: "v3 = mul", line: 6 });
  assert.deepEqual((await dc.gotoTargetsRequest({ source: { path: NEURON }, line: 1 })).body.targets, []);
});

// --- looking -------------------------------------------------------------------------------------------------------

test("there is one thread, and its stack leads up to the cost", async () => {
  await stopAtEntry({ program: NEURON }, () =>
    dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [{ line: 6 }] }),
  );
  assert.deepEqual((await dc.threadsRequest()).body.threads, [{ id: 1, name: "backward pass" }]);
  await moved("continue");
  const all = await frames();
  assert.deepEqual(
    all.map(one => [one.name, one.line]),
    [
      ["z = add", 6],
      ["a = tanh", 8],
      ["v6 = sub", 10],
      ["C = pow", 10],
    ],
  );
  assert.equal(all[0].source.path, NEURON);
  assert.deepEqual(
    (await frames({ startFrame: 1, levels: 2 })).map(one => one.name),
    ["a = tanh", "v6 = sub"],
  );
  await assert.rejects(dc.stackTraceRequest({ threadId: 5 }), /there is no thread 5/);
});

test("scopes hold the node, its contributions, the parameters and the formula", async () => {
  await stopAtEntry({ program: NEURON });
  await moved("next");
  await moved("next");
  assert.deepEqual(await shown("Formula"), {
    forward: "a = tanh(z)",
    rule: "d(tanh(z))/dz = 1 − a ** 2",
    contribution: "z.grad += 0.7864 × −1.076 = −0.846, total −0.846",
    "way to the cost": "a → v6 → C",
  });
  const node = await shown("Node");
  assert.equal(node.grad, "-1.0757656854799804");
  assert.equal(node.op, "tanh of 1 operand");
  assert.deepEqual(await shown("Parameters"), {
    w: "grad not reached yet, data −3",
    b: "grad not reached yet, data 6.5",
  });
  const { variablesReference } = await scope("Parameters");
  const page = (await dc.variablesRequest({ variablesReference, filter: "indexed", start: 1, count: 1 })).body
    .variables;
  assert.deepEqual(
    page.map(one => one.name),
    ["b"],
  );
  const inside = (await dc.variablesRequest({ variablesReference: page[0].variablesReference })).body.variables;
  assert.equal(inside.find(one => one.name === "data").value, "6.5");
  assert.deepEqual(Object.keys(await shown("Contributions", 2)), ["v6.grad"]); // of the cost, two frames up
});

test("expressions are numbers of the step, nodes by name, and questions", async () => {
  await stopAtEntry({ program: NEURON });
  await moved("next");
  await moved("next");
  assert.equal(await evaluate("local * upstream", "watch"), "-0.8460334845482674");
  assert.equal(await evaluate("z", "hover"), "grad not reached yet, data 0.5");
  assert.equal(await evaluate("w * x", "hover"), "grad not reached yet, data −6"); // an expression of the source
  // VS Code sends the word under the pointer, and where it is.
  const over = (text, line, column) => evaluate(text, "hover", { source: { path: NEURON }, line, column });
  assert.equal(await over("*", 6, 7), "grad not reached yet, data −6");
  assert.equal(await over("tanh", 8, 6), "grad −1.07577, data 0.462117");
  for (const [word, line, column, expected] of [
    ["1", 10, 11, /data −0\.537883$/],
    ["label", 5, 21, /data −3$/],
    ["print", 13, 2, /nothing is known of 'print'/],
  ]) {
    const answer = await over(word, line, column).catch(error => error.message);
    assert.match(answer, expected);
  }
  assert.equal(await evaluate("abs(a.grad) > 1 and op == 'tanh'", "watch"), "True");
  assert.match(await evaluate("why z"), /because all of it comes through a = tanh\(z\)/);
  assert.match(await evaluate("check w"), /they agree/);
  assert.match(await evaluate("path w"), /z = v3 \+ b .*\n.*a = tanh\(z\)[^]*along this way dC\/dw = −1\.692/);
  assert.match(await evaluate("find tanh"), /^v5 +a = tanh\(z\) +grad −1\.076/);
  assert.match(await evaluate("graph z"), /> z = v3 \+ b\n {4}data 0\.5 /);
  // a node, though there is a command `a` at the prompt
  assert.equal(await evaluate("a"), "grad −1.07577, data 0.462117");
  assert.equal(await evaluate("a * 2 + C.final", "watch"), String(2 * Math.tanh(0.5) + 1));
  const [continued] = await Promise.all([dc.waitForEvent("continued"), dc.waitForEvent("stopped"), evaluate("rs")]);
  assert.equal(continued.body.threadId, 1);
  assert.equal((await frames())[0].name, "v6 = sub");
  await moved("next");
  assert.equal(await evaluate("op", "watch", { frameId: (await frames())[2].id }), "'pow'");
  for (const forbidden of ["__import__('os')", "().__class__", "open('/etc/passwd')", "[1 for x in (1,)]", "9**9**9"]) {
    await assert.rejects(evaluate(forbidden), undefined, forbidden);
  }
  const { targets } = (await dc.completionsRequest({ text: "abs(up", column: 7 })).body;
  assert.deepEqual(
    targets.map(one => [one.label, one.start, one.length]),
    [["upstream", 5, 2]],
  );
});

test("the console takes the moves and the breakpoints of the prompt", async () => {
  await stopAtEntry({ program: NEURON });
  const typed = async line => {
    const stopped = dc.waitForEvent("stopped");
    const [continued] = await Promise.all([dc.waitForEvent("continued"), evaluate(line), stopped]);
    assert.equal(continued.body.allThreadsContinued, true);
    return (await frames())[0].name;
  };
  assert.equal(await typed("n 2"), "a = tanh");
  assert.equal(await typed("rs"), "v6 = sub");
  assert.equal(await typed("goto z"), "z = add");
  assert.equal(await typed("run"), "C = pow");
  const announced = dc.waitForEvent("breakpoint");
  assert.match(await evaluate("b 8"), /^breakpoint 1: .*neuron\.py:8.*stops 1 time/);
  const { reason, breakpoint } = (await announced).body;
  assert.deepEqual([reason, breakpoint.id, breakpoint.line, breakpoint.source.path], ["new", 1, 8, NEURON]);
  assert.match(await evaluate("b op:mul if grad < 0"), /^breakpoint 2: /);
  assert.match(await evaluate("info break"), /^ *1 .*neuron.py:8.*\n *2 .*mul/);
  assert.equal(await typed("c"), "a = tanh");
  assert.equal(await typed("c"), "v3 = mul");
  assert.equal(await typed("rc 2"), "C = pow");
  assert.equal(await typed("c 2"), "v3 = mul");
  assert.match(await evaluate("bt"), /C = .*[^]*v3 = /);
  assert.match(await evaluate("l"), /z = w \* x \+ b/);
  assert.match(await evaluate("p z"), /data 0\.5, grad −0\.846/);
  // What the console has set on a line belongs to the editor's list of that file.
  await dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [] });
  assert.doesNotMatch(await evaluate("info break"), /neuron\.py/);
  assert.match(await evaluate("delete 2"), /deleted breakpoint 2/);
  await assert.rejects(evaluate("delete 2"), /there is no breakpoint 2/);
  assert.match(await evaluate("up"), /call stack/);
  await assert.rejects(evaluate("s x"), /is not a number of times/);
  await Promise.all([evaluate("c"), dc.waitForEvent("terminated")]);
});

test("setVariable is refused with the reason", async () => {
  await stopAtEntry({ program: NEURON });
  const { variablesReference } = await scope("Node");
  await assert.rejects(
    dc.setVariableRequest({ variablesReference, name: "grad", value: "1" }),
    /grad cannot be set: .* Change the script/,
  );
});

test("sources are those that made values", async () => {
  await stopAtEntry({ program: NEURON });
  const { sources } = (await dc.send("loadedSources")).body;
  assert.deepEqual(sources, [{ name: "neuron.py", path: NEURON }]);
  assert.equal(
    (await dc.sourceRequest({ source: sources[0], sourceReference: 0 })).body.content,
    fs.readFileSync(NEURON, "utf8"),
  );
  await assert.rejects(dc.sourceRequest({ source: { path: "/etc/passwd" }, sourceReference: 0 }), /no value was made/);
  const { breakpoints } = (await dc.send("breakpointLocations", { source: { path: NEURON }, line: 1, endLine: 10 }))
    .body;
  assert.deepEqual([...new Set(breakpoints.map(one => one.line))], [5, 6, 8, 10]);
  // Each expression at its operator, or at the name that it calls.
  assert.deepEqual(
    breakpoints.filter(one => one.line !== 5).map(one => [one.line, one.column]),
    [
      [6, 7],
      [6, 11],
      [8, 5],
      [10, 8],
      [10, 15],
    ],
  );
});

test("lines and columns are counted as the client counts them", async () => {
  const stopped = dc.waitForEvent("stopped");
  await dc.initializeRequest({
    adapterID: "stepgrad",
    linesStartAt1: false,
    columnsStartAt1: false,
    pathFormat: "uri",
  });
  await dc.launchRequest({ program: NEURON });
  const uri = `file://${NEURON}`;
  const { breakpoints } = (await dc.setBreakpointsRequest({ source: { path: uri }, breakpoints: [{ line: 7 }] })).body;
  assert.equal(breakpoints[0].line, 7);
  await dc.configurationDoneRequest();
  await stopped;
  assert.deepEqual(await moved("continue"), { reason: "breakpoint", name: "a = tanh", line: 7 });
  const [top] = await frames();
  assert.deepEqual([top.column, top.source.path], [4, uri]);
});

// --- breakpoints ---------------------------------------------------------------------------------------------------

test("a line is stopped at", async () => {
  await dc.hitBreakpoint({ program: NEURON, stopOnEntry: false }, { path: NEURON, line: 8, verified: false });
});

test("a column chooses among the nodes of a line", async () => {
  await stopAtEntry({ program: NEURON });
  const at = async (...columns) =>
    (
      await dc.setBreakpointsRequest({
        source: { path: NEURON },
        breakpoints: columns.map(column => ({ line: 6, column })),
      })
    ).body.breakpoints;
  const [mul] = await at(7);
  assert.deepEqual([mul.verified, mul.line, mul.column], [true, 6, 7]);
  assert.equal((await moved("continue")).name, "v3 = mul");
  await moved("reverseContinue");
  const [add] = await at(13); // on b: the sum is the innermost that made a node
  assert.equal(add.column, 11);
  assert.equal((await moved("continue")).name, "z = add");
  await moved("reverseContinue");
  await at(7, 11);
  assert.equal((await moved("continue")).name, "z = add");
  assert.equal((await moved("continue")).name, "v3 = mul");
});

test("a step into an operand, and back to the beginning of a frame", async () => {
  await stopAtEntry({ program: NEURON }, () =>
    dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [{ line: 6, column: 11 }] }),
  );
  await moved("continue");
  const { targets } = (await dc.stepInTargetsRequest({ frameId: (await frames())[0].id })).body;
  assert.deepEqual(
    targets.map(one => [one.label, one.line, one.column]),
    [
      ["v3 = mul", 6, 5],
      ["b", 5, 58],
    ],
  );
  assert.deepEqual(await moved("stepIn", { targetId: targets[1].id }), { reason: "step", name: "b", line: 5 });
  assert.equal((await shown("Node")).grad, "-0.8460334845482674");
  assert.deepEqual(await moved("stepBack"), { reason: "step", name: "z = add", line: 6 });
  assert.deepEqual(await moved("stepIn", { targetId: targets[0].id }), { reason: "step", name: "v3 = mul", line: 6 });
  const [, , tanh] = await frames();
  assert.deepEqual(await moved("restartFrame", { frameId: tanh.id }), { reason: "restart", name: "a = tanh", line: 8 });
});

test("what is shown leads to the line that made it", async () => {
  await stopAtEntry({ program: NEURON });
  const { variablesReference } = await scope("Parameters");
  const [w] = (await dc.variablesRequest({ variablesReference })).body.variables;
  const made = (await dc.send("locations", { locationReference: w.declarationLocationReference })).body;
  assert.deepEqual([made.source.path, made.line, made.column], [NEURON, 5, 11]);
  const { body } = await dc.evaluateRequest({ expression: "z" }); // no context, no frame
  assert.equal((await dc.send("locations", { locationReference: body.valueLocationReference })).body.line, 6);
  assert.match(
    (await dc.evaluateRequest({ expression: "why z" })).body.result,
    /z\.grad is not known yet|not reached|because/,
  );
  await assert.rejects(dc.send("locations", { locationReference: 99 }), /there is no frame 99/);
});

test("breakpoints are verified when the pass is known", async () => {
  const changed = dc.waitForEvent("breakpoint");
  await stopAtEntry({ program: NEURON }, async () => {
    const { breakpoints } = (await dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [{ line: 8 }] }))
      .body;
    assert.deepEqual([breakpoints[0].verified, breakpoints[0].id], [false, 1]);
  });
  assert.deepEqual((await changed).body.breakpoint.verified, true);
  const { breakpoints } = (
    await dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [{ line: 8 }, { line: 2 }] })
  ).body;
  assert.deepEqual(
    breakpoints.map(one => [one.id, one.verified]),
    [
      [1, true],
      [2, false],
    ],
  );
  assert.match(breakpoints[1].message, /no value was made on line 2 of neuron.py; the nearest line that made one is 5/);
});

test("conditions, hit counts and log points", async () => {
  const at = more => dc.setBreakpointsRequest({ source: { path: NEURON }, breakpoints: [more] });
  await stopAtEntry({ program: NEURON });
  await at({ line: 6, condition: "op == 'mul'" });
  assert.equal((await moved("continue")).name, "v3 = mul");
  await moved("reverseContinue");
  await at({ line: 6 });
  assert.equal((await moved("continue")).name, "z = add"); // a line that was run once is met once
  await moved("reverseContinue");
  const wrong = (await at({ line: 6, condition: "grad >" })).body.breakpoints[0];
  assert.equal(wrong.verified, false);
  assert.match(wrong.message, /is not an expression/);
  await at({ line: 6, logMessage: "{label}: {grad} {nonsense}" });
  await Promise.all([
    dc.continueRequest({ threadId: 1 }),
    dc.assertOutput("console", "z: -0.8460334845482674 {nonsense: "),
    dc.waitForEvent("terminated"),
  ]);
});

test("the third time is the third time from either side", async () => {
  const training = script("training.py");
  await stopAtEntry({ program: training });
  await dc.setBreakpointsRequest({ source: { path: training }, breakpoints: [] });
  await dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: "tanh", hitCondition: "3" }] });
  const there = await moved("continue");
  await moved("stepIn");
  await moved("stepIn");
  assert.equal((await moved("reverseContinue")).name, there.name);
});

test("a breakpoint on a parameter stops where its gradient is complete", async () => {
  await stopAtEntry({ program: NEURON });
  await dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: "w" }] });
  const { name, line, text } = await moved("continue");
  assert.deepEqual([name, line], ["w", 5]);
  assert.match(text, /^w\.grad is complete: −1\.692/);
  const node = await dc.variablesRequest(await scope("Node"));
  assert.match(node.body.variables.find(one => one.name === "grad").value, /^-1\.692\d+$/);
});

test("a function breakpoint is an operation, a label, or backward itself", async () => {
  const set = (...names) => dc.setFunctionBreakpointsRequest({ breakpoints: names });
  await stopAtEntry({ program: script("training.py") });
  const { breakpoints } = (await set({ name: "tanh" }, { name: "w^1_*" }, { name: "layer1" }, { name: "tahn" })).body;
  assert.deepEqual(
    breakpoints.map(one => one.verified),
    [true, true, true, false],
  );
  await set({ name: "tanh" });
  assert.deepEqual((await moved("continue")).reason, "function breakpoint");
  assert.match((await frames())[0].name, /= tanh$/);
  await set({ name: "backward", hitCondition: "2" });
  const [top] = await Promise.all([moved("continue"), dc.assertOutput("stdout", "step 0\nstep 1\n")]);
  assert.deepEqual([top.reason, top.name], ["function breakpoint", "C = mean"]);
});

test("a data breakpoint stops when a gradient changes", async () => {
  await stopAtEntry({ program: NEURON });
  const { variablesReference } = await scope("Parameters");
  const info = (await dc.dataBreakpointInfoRequest({ variablesReference, name: "w" })).body;
  assert.deepEqual(info, { dataId: "w", description: "gradient of w", accessTypes: ["write"], canPersist: true });
  const none = (
    await dc.dataBreakpointInfoRequest({ variablesReference: (await scope("Node")).variablesReference, name: "data" })
  ).body;
  assert.equal(none.dataId, null);
  assert.match(none.description, /does not change in a backward pass/);
  await dc.setDataBreakpointsRequest({ breakpoints: [{ dataId: "w" }] });
  const stopped = dc.waitForEvent("stopped");
  await dc.continueRequest({ threadId: 1 });
  const { reason, text } = (await stopped).body;
  assert.equal(reason, "data breakpoint");
  assert.match(text, /^w\.grad: not reached yet → −1\.69207$/);
});

test("an exception breakpoint stops at the first nan, and exceptionInfo says why", async () => {
  await stopAtEntry({ program: script("log_of_zero.py") });
  await assert.rejects(dc.exceptionInfoRequest({ threadId: 1 }), /it was no exception/);
  await dc.setExceptionBreakpointsRequest({
    filters: ["nan"],
    filterOptions: [{ filterId: "vanishing", condition: "abs(upstream) > 2" }],
  });
  assert.equal((await moved("continue")).reason, "exception");
  const { body } = await dc.exceptionInfoRequest({ threadId: 1 });
  assert.equal(body.exceptionId, "Gradient is nan");
  assert.equal(body.description, "nan: p.grad += inf × 0 = nan\n\n" + body.details.message);
  assert.match(body.details.message, /q = log\(p\) at .*log_of_zero.py:6: log\(p\) is -inf in the forward pass/);
  const { breakpoints } = (await dc.setExceptionBreakpointsRequest({ filters: ["nothing"] })).body;
  assert.match(breakpoints[0].message, /no exception is called 'nothing'/);
});

test("cancel is answered", async () => {
  await dc.initializeRequest();
  assert.equal((await dc.send("cancel", { requestId: 99 })).success, true);
});

test("the same over standard streams", async () => {
  const piped = new DebugClient(`${COMMAND} --dap`, "", "stepgrad", { shell: true, cwd: ROOT });
  piped.defaultTimeout = 90000;
  await piped.start();
  await piped.hitBreakpoint({ program: NEURON, stopOnEntry: false }, { path: NEURON, line: 8, verified: false });
  await Promise.all([
    piped.continueRequest({ threadId: 1 }),
    piped.assertOutput("stdout", "dC/dw = -1.692067"),
    piped.waitForEvent("terminated"),
  ]);
  await piped.stop();
});

// --- the extension of Visual Studio Code ---------------------------------------------------------------------------

test("the extension starts the adapter with the interpreter that is chosen", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "stepgrad-"));
  const interpreter = (name, text) => {
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return path.join(folder, name);
  };
  const chosen = { executable: { uri: { fsPath: interpreter("chosen", "exit 0") } } };
  const environments = { getActiveEnvironmentPath: () => ({ path: "/env" }), resolveEnvironment: async () => chosen };
  const installed = { "ms-python.python": { isActive: true, exports: { environments } } };
  const registered = { providers: [], commands: {}, sent: [] };
  const vscode = {
    commands: {
      registerCommand: (name, run) => {
        registered.commands[name] = run;
      },
      executeCommand: name => {
        registered.sent.push(name);
      },
    },
    extensions: { getExtension: name => installed[name] },
    debug: {
      activeDebugSession: {
        customRequest: (name, args) => {
          registered.sent.push([name, args]);
        },
      },
      registerDebugAdapterDescriptorFactory: (type, factory) => {
        registered.factory = [type, factory];
      },
      registerDebugConfigurationProvider: (type, provider, trigger) => {
        registered.providers.push([type, provider, trigger]);
      },
    },
    DebugAdapterExecutable: class {
      constructor(command, args, options) {
        Object.assign(this, { command, args, options });
      }
    },
    DebugConfigurationProviderTriggerKind: { Initial: 1, Dynamic: 2 },
  };
  const load = Module._load;
  Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
  try {
    require(path.join(ROOT, "editors", "vscode", "extension.js")).activate({ subscriptions: [] });
  } finally {
    Module._load = load;
  }
  const { contributes } = require(path.join(ROOT, "editors", "vscode", "package.json"));
  const named = contributes.commands.map(one => one.command);
  assert.deepEqual(Object.keys(registered.commands).sort(), [...named].sort());
  assert.deepEqual(
    contributes.keybindings.map(one => one.command),
    named,
  );
  assert.deepEqual(
    contributes.menus.commandPalette.map(one => one.command),
    named,
  );
  named.forEach(name => registered.commands[name]());
  assert.deepEqual(registered.sent, [
    "workbench.action.debug.stepBack",
    ["stepBack", { threadId: 1, granularity: "instruction" }],
    "workbench.action.debug.reverseContinue",
  ]);
  const [type, factory] = registered.factory;
  const workspaceFolder = { uri: { fsPath: folder } };
  const started = async (configuration, of) => ({
    ...(await factory.createDebugAdapterDescriptor({ configuration, ...of })),
  });
  assert.equal(type, "stepgrad");
  const args = ["-P", "-m", "viz.debugger", "--dap"];
  assert.deepEqual(await started({}, { workspaceFolder }), {
    command: path.join(folder, "chosen"),
    args,
    options: { cwd: folder },
  });
  const other = interpreter("other", "exit 0");
  assert.equal((await started({ python: other })).command, other);
  assert.deepEqual((await started({ python: other, program: path.join(folder, "a.py") })).options, { cwd: folder });
  const without = interpreter("without", `echo "ModuleNotFoundError: No module named 'viz'" >&2; exit 1`);
  await assert.rejects(
    started({ python: without }),
    /without cannot run stepgrad: ModuleNotFoundError: No module named 'viz'. Install/,
  );
  await assert.rejects(
    started({ python: "/nowhere/python" }),
    /nowhere.python cannot run stepgrad: there is no such program/,
  );
  delete installed["ms-python.python"];
  const { PATH } = process.env;
  try {
    process.env.PATH = `${folder}:${PATH}`;
    interpreter("python3", "exit 0");
    assert.equal((await started({})).command, "python3");
  } finally {
    process.env.PATH = PATH;
  }
  const [[, provider], [, offer, trigger]] = registered.providers;
  assert.equal(provider.resolveDebugConfiguration(undefined, {}).program, "${file}");
  const complete = (workspace, configuration) =>
    provider.resolveDebugConfigurationWithSubstitutedVariables(workspace, configuration);
  const launch = { request: "launch", program: path.join(folder, "a.py") };
  assert.equal(complete(workspaceFolder, launch).cwd, folder);
  assert.equal(complete(undefined, launch).cwd, folder);
  assert.equal(complete(workspaceFolder, { ...launch, cwd: "/" }).cwd, "/");
  assert.equal(complete(workspaceFolder, { request: "attach" }).cwd, undefined);
  assert.equal(trigger, 2);
  assert.equal(offer.provideDebugConfigurations()[0].program, "${file}");
  fs.rmSync(folder, { recursive: true });
});
