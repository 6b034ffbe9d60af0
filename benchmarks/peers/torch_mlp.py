"""The job of common.py in PyTorch: eager, with the fused Adam."""
import torch

from common import (BETA1, BETA2, EPSILON, LEARNING_RATE, arguments, initial_layers, mean_over_rows,
                    read_mnist, report, run_epochs)

options = arguments(__doc__)
training, validation = [tuple(map(torch.from_numpy, examples)) for examples in read_mnist(options.data)]
modules = []
for weight, bias in initial_layers(options.sizes):
    linear = torch.nn.Linear(*weight.shape)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight.T))
        linear.bias.copy_(torch.from_numpy(bias))
    modules += [linear, torch.nn.ReLU()]
network = torch.nn.Sequential(*modules[:-1])  # no ReLU after the last layer
loss_of = torch.nn.CrossEntropyLoss()
adam = torch.optim.Adam(network.parameters(), LEARNING_RATE, (BETA1, BETA2), EPSILON, fused=True)


def step(pixels, labels):
    adam.zero_grad()
    z = network(pixels)
    loss = loss_of(z, labels)
    loss.backward()
    adam.step()
    return len(labels), loss.detach(), (z.detach().argmax(1) == labels).float().mean()


@torch.no_grad()
def evaluate(pixels, labels):
    z = network(pixels)
    return len(labels), loss_of(z, labels), (z.argmax(1) == labels).float().mean()


def over_batches(do, examples):
    return mean_over_rows([do(*batch) for batch in zip(*(a.split(options.batch) for a in examples))])


def run_epoch():
    return over_batches(step, training), over_batches(evaluate, validation)


history = run_epochs(options.epochs, run_epoch)
if options.save:
    torch.save(network.state_dict(), options.save)
report("PyTorch", torch.__version__, history)
