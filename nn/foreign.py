"""Names in PyTorch, Keras and JAX for things of `nn`, and the names to write here (see autograd/foreign.py)."""

from autograd.foreign import expand

NN = expand({
    "Linear Dense": "write Layer(nin, nout, activation='linear')",
    "Sequential": "write MLP(2, [16, 1], activation='tanh'): the sizes of the layers, and their activation by name",
    "ReLU Tanh Sigmoid GELU SiLU ELU LeakyReLU Softplus Softmax LogSigmoid Identity Activation":
        "an activation is given by name: MLP(2, [16, 1], activation='relu', output='linear'); the functions are in autograd",
    "relu tanh sigmoid gelu silu softmax": "the functions are in autograd: from autograd import relu, softmax",
    "MSELoss mse_loss mse MSE L2Loss squared_error": "write mean_squared_error(outputs, targets)",
    "CrossEntropyLoss NLLLoss nll_loss softmax_cross_entropy sparse_categorical_crossentropy":
        "write cross_entropy(logits, labels)",
    "BCELoss BCEWithLogitsLoss bce binary_cross_entropy_with_logits sigmoid_binary_cross_entropy":
        "write binary_cross_entropy(logits, targets): it takes z, not sigmoid(z)",
    "HingeEmbeddingLoss MultiMarginLoss HingeLoss hinge_loss svm_loss": "write hinge(scores, targets), targets -1 and 1",
    "L1Loss SmoothL1Loss HuberLoss huber_loss KLDivLoss":
        "a cost is a function: mean(abs(f - y) for f, y in zip(outputs, targets)) with autograd's mean",
    "Parameter": "write Value(0.1): every Value has a gradient",
    "Dropout BatchNorm1d BatchNorm2d LayerNorm Conv1d Conv2d MaxPool2d Embedding RNN LSTM GRU MultiheadAttention Transformer":
        "there are dense layers only; examples/ has a transformer, a recurrent and a residual network on plain Values",
    "ModuleList ModuleDict": "a list of layers in a Module does, whose parameters() goes through them",
    "functional F": "activations are in autograd (from autograd import relu), costs in nn (from nn import cross_entropy)",
    "engine": "write from autograd import Value",
    "nn modules linen": "write from nn import MLP, Layer, Neuron",
    "optim optimizers": "write from nn import SGD, Adam, AdamW, RMSprop",
    "init initializers": "initialisations go by name: MLP(2, [16, 1], init='xavier_uniform'); INITIALISATIONS has them",
    "utils clip_grad_norm_ clip_grad_norm clip_by_global_norm clip_grad_value_":
        "write clip_gradients(model.parameters(), 1.0)",
    "lr_scheduler StepLR ExponentialLR": "write fit(..., schedule=step_decay(10)), or optimiser.rate *= 0.9 between steps",
    "CosineAnnealingLR cosine_decay_schedule": "write fit(..., schedule=cosine())",
    "LambdaLR OneCycleLR LinearLR warmup_cosine_decay_schedule": "write fit(..., schedule=warm_up(100, cosine()))",
    "DataLoader Dataset TensorDataset": "write from nn.data import Data; nn.train.fit takes its mini-batches itself",
    "Optimizer": "write Optimiser: from nn.optimisers import Optimiser",
    "RMSProp": "write RMSprop",
    "sgd adam adamw rmsprop": "write SGD(model.parameters(), rate=0.1), Adam(...), AdamW(...), RMSprop(...)",
    "Adagrad Adadelta NAdam RAdam Lion LBFGS adagrad momentum": "there are SGD (momentum=0.9), RMSprop, Adam and AdamW",
    "apply_updates update": "write optimiser.step(), which changes the parameters in place",
    "save load": "write from nn.checkpoint import save, load, Checkpoint; save('model.safetensors', Checkpoint(model))",
    "fit Trainer compile": "write from nn.train import fit; fit(model, data, epochs=20)",
    "no_grad": "write from autograd import no_grad",
    "Value tensor Tensor": "write from autograd import Value",
})  # fmt: skip

MODULE = expand({
    "forward apply": "a model is called: model(x); a Module of your own defines __call__",
    "state_dict": "write {name: p.data for name, p in model.named_parameters().items()}, or nn.checkpoint.save for a file",
    "load_state_dict": "write p.data = numbers[name] for name, p in model.named_parameters().items(), or nn.checkpoint.load",
    "save save_weights": "write from nn.checkpoint import save, Checkpoint; save('model.safetensors', Checkpoint(model))",
    "load load_weights": "write from nn.checkpoint import load; model = load('model.safetensors').model",
    "train eval training": "no layer behaves otherwise in training; with no_grad(): model(x) computes without a graph",
    "fit compile": "write from nn.train import fit; fit(model, data, epochs=20)",
    "predict predict_proba": "write model(x), or nn.train.predict(model, x) for plain numbers",
    "evaluate score": "write accuracy(outputs, labels), or r_squared(outputs, targets)",
    "to cuda cpu half float double": "everything is computed by the processor that runs Python, in floats of 64 bits",
    "children modules named_modules named_children": "write model.layers, and layer.neurons",
    "add_module register_parameter register_buffer": "an attribute does, which parameters() goes through",
    "requires_grad_ trainable": "write model.freeze() and model.unfreeze()",
    "params theta trainable_variables trainable_parameters": "write model.parameters()",
    "num_parameters n_params count_params size": "write len(model.parameters())",
    "w weight weights kernel": "write layer.W, rows of Values, or neuron.w",
    "bias biases": "write layer.b, or neuron.b",
    "grad grads gradients": "write model.gradient(), {name: number}, after cost.backward()",
    "backward backprop": "write cost.backward(), then model.gradient()",
    "step update": "an optimiser does that: SGD(model.parameters(), rate=0.1).step()",
    "draw plot show": "write import viz; viz.network(model)",
})  # fmt: skip

OPTIMISER = expand({
    "lr learning_rate": "write optimiser.rate, which may be assigned between steps",
    "param_groups params defaults": "write optimiser.parameters and optimiser.rate; one optimiser for each group",
    "state_dict": "write optimiser.state()",
    "load_state_dict": "write optimiser.restore(state)",
    "add_param_group": "make an optimiser for each group of parameters",
    "minimize backward": "write optimiser.zero_grad(); cost.backward(); optimiser.step()",
    "apply_gradients apply_updates init": "write cost.backward(); optimiser.step(), which changes the parameters in place",
})  # fmt: skip
