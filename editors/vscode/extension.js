// Starts the adapter as `python -m viz.debugger --dap`, with the interpreter that the user has chosen. Nothing else.

const vscode = require("vscode");

/** The interpreter of the configuration, of the Python extension, or the first one on the path. */
async function interpreter(session) {
  if (session.configuration.python) {
    return session.configuration.python;
  }
  const python = vscode.extensions.getExtension("ms-python.python");
  if (python) {
    const api = python.isActive ? python.exports : await python.activate();
    const folder = session.workspaceFolder && session.workspaceFolder.uri;
    const path = api?.environments?.getActiveEnvironmentPath?.(folder)?.path;
    const environment = path && (await api.environments.resolveEnvironment(path));
    const executable = environment?.executable?.uri?.fsPath;
    if (executable) {
      return executable;
    }
  }
  return process.platform === "win32" ? "python" : "python3";
}

const factory = {
  async createDebugAdapterDescriptor(session) {
    return new vscode.DebugAdapterExecutable(await interpreter(session), ["-m", "viz.debugger", "--dap"]);
  },
};

// F5 in a Python file without a launch.json.
const provider = {
  resolveDebugConfiguration(_folder, configuration) {
    if (configuration.type || configuration.request || configuration.name) {
      return configuration;
    }
    return { type: "stepgrad", request: "launch", name: "Step through gradients", program: "${file}" };
  },
};

exports.activate = (context) => {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory("stepgrad", factory),
    vscode.debug.registerDebugConfigurationProvider("stepgrad", provider),
  );
};
exports.deactivate = () => {};
