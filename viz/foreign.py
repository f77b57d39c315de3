"""Names in micrograd, torchviz and others for things of `viz`, and the names to write here (see autograd/foreign.py)."""

from autograd.foreign import expand

_DEBUG = "write y.backward(debug=True) where the pass begins, or run python -m viz.debugger script.py in a shell"

VIZ = expand({
    "draw_dot make_dot trace graph dot plot_graph visualize visualise render_graph Digraph to_dot": "write viz.draw(value)",
    "render": "write viz.save(value, 'graph.svg') for a file, viz.draw(value) for a picture to look at",
    "show display view open browse":
        "write viz.page(value, 'steps.html') or viz.save(value, 'graph.svg'); a notebook shows a Value by itself",
    "plot plot_cost plot_loss plot_history": "write viz.plots.cost(history)",
    "decision_boundary plot_decision_boundary": "write viz.plots.decision_boundary(...)",
    "render to_svg to_png to_pdf export savefig write": "write viz.save(value, 'graph.svg'), or .png, .pdf, .html",
    "explain chain_rule derive": "write viz.derivation(cost, weight), the chain rule along every path",
    "print_tree tree tape steps step print backward": "write viz.walk(value), the backward pass contribution by contribution",
    "mlp net model nn draw_network plot_model": "write viz.network(model)",
    "formula latex to_latex algebra": "write viz.expression(value).latex, or viz.derivation(cost, weight).latex",
    "html to_html interactive animate animation play": "write viz.page(value, 'steps.html')",
    "run set_trace pdb pm post_mortem breakpoint debug debug_script": _DEBUG,
    **{name: f"write from viz.debugger import {name}" for name in ("diagnose", "watching", "why", "check", "Session")},
    "Value": "write from autograd import Value",
})  # fmt: skip

DEBUGGER = expand({
    "run set_trace pdb pm post_mortem runcall runeval start attach debug main breakpoint": _DEBUG,
    "Debugger Pdb": "write Session(recording) for a walk from code; " + _DEBUG,
    "diagnosis lint": "write diagnose(recording), or python -m viz.debugger --diagnose script.py",
    "explain reason": "write why(recording, 'w'), the reason for a gradient",
    "gradcheck check_gradients numeric": "write check(recording, 'w'), or autograd.check_gradients for functions",
})  # fmt: skip

PLOTS = expand({
    "loss losses loss_curve learning_curve curve history curves cost_curve accuracy": "write viz.plots.cost(history)",
    "boundary decision_surface contour plot_decision_boundary": "write viz.plots.decision_boundary(...)",
    "grads gradient grad_flow plot_grad_flow": "write viz.plots.gradients(history)",
    "hist histogram activation": "write viz.plots.activations(history)",
    "deltas error": "write viz.plots.errors(history)",
    "contribution waterfall terms": "write viz.plots.contributions(cost, 'w')",
    "ratio updates": "write viz.plots.update_ratio(history)",
    "plot show": "write viz.plots.cost(history).savefig('cost.png'); a notebook shows the figure by itself",
    "network": "write viz.network(model)",
})  # fmt: skip
