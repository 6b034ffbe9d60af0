// Touches what pulls in each library that Duet is linked with: a backend, a model on disk, a data set.
#include <cstdio>
#include <string>

#include "core/data/dataset.h"
#include "core/devices.h"
#include "core/error.h"
#include "core/model/model.h"

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  auto backend = duet::make_backend({.device = "cpu", .threads = 1});
  duet::Model model;
  model.layers = {{.inputs = 1, .outputs = 2, .weight = {1, 2}, .bias = {3, 4}}};
  model.height = model.width = 1;
  model.class_names = {"ink", "paper"};
  model.training = "{}";
  duet::save_model(model, folder + "/model.safetensors");
  if (duet::load_model(folder).layers[0].bias != model.layers[0].bias) return 1;
  try {
    duet::find_dataset(folder + "/nothing");
    return 1;
  } catch (const duet::Error& error) {
    std::printf("%s\n%s\n", backend->info().text().c_str(), error.what());
    return error.kind() == duet::ErrorKind::data ? 0 : 1;
  }
}
