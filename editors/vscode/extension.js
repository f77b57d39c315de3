// Starts the adapter as `python -m viz.debugger --dap`, with the interpreter that the user has chosen. Nothing else.

const { execFile } = require("child_process");
const fs = require("fs");
const path = require("path");
const vscode = require("vscode");

const STEP_THROUGH = { type: "stepgrad", request: "launch", name: "Step through gradients", program: "${file}" };

/** The interpreter of the configuration, of the Python extension, or the first one on the path. */
async function interpreter(session) {
  if (session.configuration.python) {
    return session.configuration.python;
  }
  const python = vscode.extensions.getExtension("ms-python.python");
  if (python) {
    const api = python.isActive ? python.exports : await python.activate();
    const folder = session.workspaceFolder && session.workspaceFolder.uri;
    const chosen = api?.environments?.getActiveEnvironmentPath?.(folder)?.path;
    const environment = chosen && (await api.environments.resolveEnvironment(chosen));
    const executable = environment?.executable?.uri?.fsPath;
    if (executable) {
      return executable;
    }
  }
  return process.platform === "win32" ? "python" : "python3";
}

/** The folder of the workspace; that of the script or of the recording if there is none. */
function home(workspace, configuration) {
  const file = configuration.program ?? configuration.recording ?? "";
  const folder = workspace?.uri.fsPath ?? (path.isAbsolute(file) ? path.dirname(file) : "");
  return fs.existsSync(folder) ? folder : undefined;
}

/** Refuse an interpreter that cannot run the adapter, with the reason: a user sees nothing of one that just ends. */
function check(python, cwd) {
  return new Promise((resolve, reject) => {
    execFile(python, ["-P", "-c", "import viz.debugger"], { cwd }, (error, _, stderr) => {
      const reason =
        error?.code === "ENOENT" ? "there is no such program" : stderr?.trim().split("\n").pop() || error?.message;
      const advice =
        'Install stepgrad for it, or choose another interpreter, with the Python extension or as "python".';
      return error ? reject(new Error(`${python} cannot run stepgrad: ${reason}. ${advice}`)) : resolve();
    });
  });
}

const factory = {
  async createDebugAdapterDescriptor(session) {
    const python = await interpreter(session);
    // What is shown relative to the working directory is then relative to the workspace; -P, lest a module in it is
    // imported.
    const cwd = home(session.workspaceFolder, session.configuration);
    await check(python, cwd);
    return new vscode.DebugAdapterExecutable(python, ["-P", "-m", "viz.debugger", "--dap"], { cwd });
  },
};

const provider = {
  // F5 in a Python file without a launch.json.
  resolveDebugConfiguration(_folder, configuration) {
    return configuration.type || configuration.request || configuration.name ? configuration : { ...STEP_THROUGH };
  },
  // As with the Python extension, a script runs in the folder of the workspace if nothing else is said.
  resolveDebugConfigurationWithSubstitutedVariables(folder, configuration) {
    return configuration.request === "launch" ? { cwd: home(folder, configuration), ...configuration } : configuration;
  },
};

// What "Select and Start Debugging" offers without a launch.json.
const offer = { provideDebugConfigurations: () => [{ ...STEP_THROUGH }] };

// The steps back: the editor has buttons for two of them, and keys for none.
const commands = {
  "stepgrad.stepBack": () => vscode.commands.executeCommand("workbench.action.debug.stepBack"),
  "stepgrad.reverseContinue": () => vscode.commands.executeCommand("workbench.action.debug.reverseContinue"),
  "stepgrad.contributionBack": () =>
    vscode.debug.activeDebugSession?.customRequest("stepBack", { threadId: 1, granularity: "instruction" }),
};

exports.activate = context => {
  context.subscriptions.push(
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    vscode.debug.registerDebugAdapterDescriptorFactory("stepgrad", factory),
    vscode.debug.registerDebugConfigurationProvider("stepgrad", provider),
    vscode.debug.registerDebugConfigurationProvider(
      "stepgrad",
      offer,
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
  );
};
exports.deactivate = () => {};
