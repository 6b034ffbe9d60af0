// The library's face: train on MNIST, keep the model, evaluate it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/data/dataset.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/evaluation.h"
#include "core/mlp.h"
#include "core/trainer.h"

int main(int argc, char** argv) try {
  if (argc < 2) {
    duet::fail(duet::ErrorKind::usage, "usage: mnist MODEL [DATA [EPOCHS]]; it writes the file MODEL");
  }
  const duet::DatasetLocation location = duet::find_dataset(argc > 2 ? argv[2] : "mnist");
  const duet::Dataset data = duet::load_dataset(location);
  const duet::Images& images = data.train.images;
  const int epochs = argc > 3 ? std::atoi(argv[3]) : 2;

  const auto backend = duet::make_backend({.device = "auto"});
  fmt::print("{} on {}\n", location.name, backend->info().text());

  const duet::LayerSizes sizes = {images.pixels_per_image(), 700, 500, data.classes};
  const int held_out = std::min(10000, images.count / 6);
  const duet::Split validation{duet::Part::train, 0, held_out};
  const duet::Split training{duet::Part::train, held_out, images.count - held_out};
  const duet::ResidentExamples examples(*backend, images, data.train.labels, 255);
  duet::Trainer trainer(*backend, {.batch = 128, .seed = 1}, {examples, training}, {examples, validation},
                        duet::glorot_layers(sizes, 1));
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
  duet::save_model(model, argv[1]);
  if (const duet::Split test{duet::Part::test, 0, data.test.images.count}; test.count > 0) {
    fmt::print("test accuracy {:.4f}\n", duet::evaluate(*backend, model, data.test, test).accuracy);
  }
} catch (const duet::Error& error) {
  fmt::print(stderr, "{}\n", error.what());
  return error.exit_code();
}
