"""The debugger in an editor: the Debug Adapter Protocol over a walk through a recorded pass.

In: messages of an editor (server.py holds the connection). Out: responses, events, and orders for the script's process (dap.py,
which is pure; child.py and runner.py are the process). It imports the prompt and everything below; nothing imports it.
"""
