"""The job of common.py in PyTorch, with the fused Adam. eager: op by op. compile: network and loss by torch.compile. graph: a
whole step in one CUDA graph, which takes its batch and advances by itself."""
import torch

from common import (BETA1, BETA2, EPSILON, LEARNING_RATE, arguments, initial_layers, mean_over_rows,
                    read_mnist, report, run_epochs)

names = {"eager": "PyTorch", "compile": "PyTorch compile", "graph": "PyTorch CUDA graph"}
options = arguments(__doc__, names)
if options.mode == "graph" and options.device != "cuda":
    raise SystemExit("torch_mlp.py: graph needs --device cuda")
torch.set_float32_matmul_precision({"fp32": "highest", "tf32": "high"}[options.precision])
training, validation = [tuple(torch.from_numpy(array).to(options.device) for array in examples)
                        for examples in read_mnist(options.data)]
modules = []
for weight, bias in initial_layers(options.sizes):
    linear = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight.T))
        linear.bias.copy_(torch.from_numpy(bias))
    modules += [linear, torch.nn.ReLU()]
network = torch.nn.Sequential(*modules[:-1]).to(options.device)  # no ReLU after the last layer
cross_entropy = torch.nn.CrossEntropyLoss()
for_graph = {"capturable": True} if options.mode == "graph" else {}
adam = torch.optim.Adam(network.parameters(), LEARNING_RATE, (BETA1, BETA2), EPSILON, fused=True, **for_graph)


def loss_and_accuracy(pixels, labels):
    z = network(pixels)
    return cross_entropy(z, labels), (z.detach().argmax(1) == labels).float().mean()


if options.mode == "compile":
    loss_and_accuracy = torch.compile(loss_and_accuracy)


def step(pixels, labels):
    adam.zero_grad()
    loss, accuracy = loss_and_accuracy(pixels, labels)
    loss.backward()
    adam.step()
    return loss.detach(), accuracy


evaluate = torch.no_grad()(loss_and_accuracy)


def over_batches(do, examples):
    counts, losses, accuracies = zip(*((len(labels), *do(pixels, labels)) for pixels, labels
                                       in zip(*(array.split(options.batch) for array in examples))))
    return mean_over_rows(list(zip(counts, torch.stack(losses).tolist(), torch.stack(accuracies).tolist())))


class GraphOfStep:
    """Replays a step of a whole batch; the rows it takes, and the sums of what it measures, are on the device."""

    def __init__(self):
        self.rows = torch.arange(options.batch, device=options.device)
        self.sums = torch.zeros(2, device=options.device)
        first_weights = [p.detach().clone() for p in network.parameters()]
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # libraries must have been warmed up before a capture
            for _ in range(3):
                self.record()
        torch.cuda.current_stream().wait_stream(side)
        self.graph = torch.cuda.CUDAGraph()
        adam.zero_grad()
        with torch.cuda.graph(self.graph):
            self.record()
        with torch.no_grad():  # as if nothing had been trained
            for p, first in zip(network.parameters(), first_weights):
                p.copy_(first)
                for value in adam.state[p].values():
                    value.zero_()

    def record(self):
        metrics = step(*(array.index_select(0, self.rows) for array in training))
        self.sums += torch.stack(metrics)
        self.rows += options.batch

    def epoch(self):
        """Whole batches by the graph, the short last one by itself."""
        count = len(training[1])
        whole = count // options.batch
        torch.arange(options.batch, out=self.rows)
        self.sums.zero_()
        for _ in range(whole):
            self.graph.replay()
        results = [(whole * options.batch, *(self.sums / whole).tolist())] if whole else []
        if whole * options.batch < count:
            rest = step(*(array[whole * options.batch:] for array in training))
            results.append((count - whole * options.batch, *(float(metric) for metric in rest)))
        return mean_over_rows(results)


train = GraphOfStep().epoch if options.mode == "graph" else lambda: over_batches(step, training)


def run_epoch():
    return train(), over_batches(evaluate, validation)


history = run_epochs(options.epochs, run_epoch)
if options.save:
    torch.save(network.state_dict(), options.save)
report(names[options.mode], torch.__version__, history)
