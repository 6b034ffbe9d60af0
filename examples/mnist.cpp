// The library's face: train on MNIST, evaluate, keep the model, and look at one prediction.
// usage: mnist [DATA [EPOCHS]]
#include <fmt/format.h>

#include <cstdlib>

#include "core/data/dataset.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/evaluation.h"
#include "core/mlp.h"
#include "core/trainer.h"

int main(int argc, char** argv) try {
  const duet::DatasetLocation location = duet::find_dataset(argc > 1 ? argv[1] : "mnist");
  const duet::Dataset data = duet::load_dataset(location);
  const duet::Images& images = data.train.images;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 2;

  const auto backend = duet::make_backend({.device = "auto"});
  fmt::print("{} on {}\n", location.name, backend->info().text());

  const duet::LayerSizes sizes = {images.pixels_per_image(), 700, 500, data.classes};
  const duet::Split validation = duet::parse_split("train[:10000]", images.count, "validation");
  const duet::Split training = duet::parse_split("train[10000:]", images.count, "training");
  duet::Trainer trainer(*backend, {.batch = 128, .seed = 1}, {data.train, training}, {data.train, validation},
                        255, duet::glorot_layers(sizes, 1));
  while (trainer.epochs_completed() < epochs && trainer.run_epoch() == duet::EpochEnd::completed) {
    const duet::EpochReport& epoch = trainer.report();
    fmt::print("epoch {}: loss {:.3f}, accuracy {:.3f}, {:.1f} s\n", epoch.epoch, epoch.train.loss,
               epoch.train.accuracy, epoch.seconds);
  }

  const duet::Model model{.layers = trainer.layers(),
                          .height = images.height,
                          .width = images.width,
                          .class_names = data.class_names,
                          .training = "{}"};
  const duet::Split test = duet::parse_split("test", data.test.images.count, "test");
  fmt::print("test accuracy {:.4f}\n", duet::evaluate(*backend, model, data.test, test).accuracy);
  duet::save_model(model, "mnist.safetensors");
} catch (const duet::Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return error.exit_code();
}
