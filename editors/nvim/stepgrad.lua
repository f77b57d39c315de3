-- Settings of nvim-dap for stepgrad; paste them into init.lua, or put this file into lua/ and say require("stepgrad").
-- The interpreter is that of the virtual environment Neovim was started in, else the first `python3` on the path.

local dap = require("dap")

local function python()
  local environment = os.getenv("VIRTUAL_ENV")
  return environment and environment .. "/bin/python" or "python3"
end

dap.adapters.stepgrad = {
  type = "executable",
  command = python(),
  args = { "-m", "viz.debugger", "--dap" },
}

dap.configurations.python = dap.configurations.python or {}
vim.list_extend(dap.configurations.python, {
  {
    type = "stepgrad",
    request = "launch",
    name = "stepgrad: step through gradients",
    program = "${file}",
    cwd = "${workspaceFolder}",
  },
  {
    type = "stepgrad",
    request = "attach",
    name = "stepgrad: open a recording",
    recording = function()
      return vim.fn.input("Recording: ", vim.fn.getcwd() .. "/", "file")
    end,
  },
})

-- nvim-dap asks which exceptions to stop at only when told to; these are the adapter's own defaults.
dap.defaults.stepgrad.exception_breakpoints = { "nan", "forward" }
-- There is one thread; a stop after a move that was typed in the console is no other thread's.
dap.defaults.stepgrad.auto_continue_if_many_stopped = false

-- Many terminals send <S-F5> as <F17>, and the other function keys likewise: with Shift they are twelve further on.
local function map(keys, action, description)
  local number = keys:match("^<S%-F(%d+)>$")
  for _, key in ipairs({ keys, number and ("<F%d>"):format(number + 12) }) do
    vim.keymap.set("n", key, action, { desc = "stepgrad: " .. description })
  end
end

map("<F5>", dap.continue, "start, or go to the next breakpoint")
map("<S-F5>", dap.reverse_continue, "back to the breakpoint before")
map("<F9>", dap.toggle_breakpoint, "breakpoint on this line")
map("<F10>", dap.step_over, "next node")
map("<S-F10>", dap.step_back, "node before")
map("<F11>", dap.step_into, "next contribution")
map("<S-F11>", function() dap.step_back({ granularity = "instruction" }) end, "contribution before")
map("<F12>", dap.step_out, "out of the neuron or layer")
map("<leader>dg", dap.goto_, "go to a node that this line made")
map("<leader>dr", dap.repl.open, "console: why NODE, check NODE, help")
map("<leader>dh", function() require("dap.ui.widgets").hover() end, "the node under the cursor")
map("<leader>ds", function()
  local widgets = require("dap.ui.widgets")
  widgets.centered_float(widgets.scopes)
end, "node, contributions, parameters, formula")
