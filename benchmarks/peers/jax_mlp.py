"""The job of common.py in JAX: a whole epoch is one compiled function that scans over the batches."""
import jax
import jax.numpy as jnp
import numpy as np

from common import (BETA1, BETA2, EPSILON, LEARNING_RATE, arguments, initial_layers, read_mnist, report,
                    run_epochs)


def loss_and_accuracy(layers, batch):
    z, labels = batch
    for weight, bias in layers[:-1]:
        z = jax.nn.relu(z @ weight + bias)
    z = z @ layers[-1][0] + layers[-1][1]
    losses = -jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], 1)
    return losses.mean(), (z.argmax(1) == labels).mean()


def step(state, batch):
    layers, mean, square, t = state
    metrics, gradient = jax.value_and_grad(loss_and_accuracy, has_aux=True)(layers, batch)
    mean = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, mean, gradient)
    square = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, square, gradient)
    rate, correction = LEARNING_RATE / (1 - BETA1**t), 1 / (1 - BETA2**t)
    layers = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(correction * v) + EPSILON),
                          layers, mean, square)
    return (layers, mean, square, t + 1), metrics


def over_batches(do, state, examples, size):
    """Scans do(state, batch) over all batches; gives the last state and the metrics over all rows."""
    pixels, labels = examples
    batches = len(pixels) // size
    whole = batches * size
    in_batches = pixels[:whole].reshape(batches, size, -1), labels[:whole].reshape(batches, size)
    state, metrics = jax.lax.scan(do, state, in_batches)
    sums = [size * metric.sum() for metric in metrics]
    if rest := len(pixels) - whole:  # a shape of its own: it cannot be part of the scan
        state, metrics = do(state, (pixels[whole:], labels[whole:]))
        sums = [sum + rest * metric for sum, metric in zip(sums, metrics)]
    return state, [sum / len(pixels) for sum in sums]


options = arguments(__doc__)
jax.config.update("jax_platforms", options.device)
jax.config.update("jax_default_matmul_precision", {"fp32": "float32", "tf32": "tensorfloat32"}[options.precision])
training, validation = [tuple(map(jnp.asarray, examples)) for examples in read_mnist(options.data)]
layers = [(jnp.asarray(weight), jnp.asarray(bias)) for weight, bias in initial_layers(options.sizes)]
zeros = jax.tree.map(jnp.zeros_like, layers)
state = layers, zeros, zeros, jnp.float32(1)


@jax.jit
def train(state, examples):
    return over_batches(step, state, examples, options.batch)


@jax.jit
def validate(layers, examples):
    return over_batches(lambda layers, batch: (layers, loss_and_accuracy(layers, batch)), layers, examples,
                        options.batch)[1]


def run_epoch():
    global state
    state, trained = train(state, training)
    return jax.tree.map(float, (trained, validate(state[0], validation)))


history = run_epochs(options.epochs, run_epoch)
if options.save:
    with open(options.save, "wb") as file:
        np.savez(file, *jax.tree.leaves(state[0]))
report("JAX", jax.__version__, history)
