"""The job of common.py in TensorFlow. keras: fit. xla: a step written out, compiled. eager: the same step,
not compiled, as in the published tutorial's program."""
import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # no remarks at start-up; both are read at import
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf

from common import (BETA1, BETA2, EPSILON, LEARNING_RATE, arguments, epoch_record, initial_layers,
                    mean_over_rows, read_mnist, report, run_epochs)


class EpochSeconds(keras.callbacks.Callback):
    """Of epochs with their validation, inside one call of fit: every call prepares its data anew."""

    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.start)


def fit(options, training, validation):
    layers = initial_layers(options.sizes)
    network = keras.Sequential([keras.Input(options.sizes[:1])])
    for weight, _ in layers[:-1]:
        network.add(keras.layers.Dense(weight.shape[1], "relu"))
    network.add(keras.layers.Dense(options.sizes[-1]))
    network.set_weights([array for layer in layers for array in layer])
    network.compile(keras.optimizers.Adam(LEARNING_RATE, BETA1, BETA2, EPSILON),
                    keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    clock = EpochSeconds()
    history = network.fit(*training, options.batch, options.epochs, shuffle=False, verbose=0,
                          callbacks=[clock], validation_data=validation,
                          validation_batch_size=options.batch).history
    if options.save:
        network.save(options.save + ".keras")  # which it insists on
    metrics = [zip(history[prefix + "loss"], history[prefix + "accuracy"]) for prefix in ("", "val_")]
    return [epoch_record(*epoch) for epoch in zip(clock.seconds, *metrics)]


def train_by_steps(options, training, validation):
    compiled = options.mode == "xla"
    tf.config.run_functions_eagerly(not compiled)
    layers = [(tf.Variable(weight), tf.Variable(bias)) for weight, bias in initial_layers(options.sizes)]
    parameters = [p for layer in layers for p in layer]
    mean, square = [[tf.Variable(tf.zeros_like(p)) for p in parameters] for _ in range(2)]
    t = tf.Variable(1.0)

    def loss_and_accuracy(z, labels):
        for weight, bias in layers[:-1]:
            z = tf.nn.relu(z @ weight + bias)
        z = z @ layers[-1][0] + layers[-1][1]
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, z)
        return tf.reduce_mean(losses), tf.reduce_mean(tf.cast(tf.argmax(z, 1) == labels, tf.float32))

    @tf.function(jit_compile=compiled)
    def step(pixels, labels):
        with tf.GradientTape() as tape:
            loss, accuracy = loss_and_accuracy(pixels, labels)
        for p, g, m, v in zip(parameters, tape.gradient(loss, parameters), mean, square):
            m.assign(BETA1 * m + (1 - BETA1) * g)
            v.assign(BETA2 * v + (1 - BETA2) * g * g)
            p.assign_sub(LEARNING_RATE * (m / (1 - BETA1**t)) / (tf.sqrt(v / (1 - BETA2**t)) + EPSILON))
        t.assign_add(1.0)
        return loss, accuracy

    evaluate = tf.function(loss_and_accuracy, jit_compile=compiled)

    def over_batches(do, batches):
        results = [(len(labels), *do(pixels, labels)) for pixels, labels in batches]
        return mean_over_rows([[float(number) for number in result] for result in results])

    batches = [tf.data.Dataset.from_tensor_slices(examples).batch(options.batch).prefetch(tf.data.AUTOTUNE)
               for examples in (training, validation)]

    def run_epoch():
        return over_batches(step, batches[0]), over_batches(evaluate, batches[1])

    history = run_epochs(options.epochs, run_epoch)
    if options.save:
        tf.train.Checkpoint(parameters=parameters).write(options.save)
    return history


names = {"keras": "Keras", "xla": "TensorFlow XLA", "eager": "TensorFlow eager"}
options = arguments(__doc__, names)
train = fit if options.mode == "keras" else train_by_steps
version = keras.__version__ if options.mode == "keras" else tf.__version__
report(names[options.mode], version, train(options, *read_mnist(options.data)))
