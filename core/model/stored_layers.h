// Layers as tensors of a safetensors file: PREFIX.N.weight (out, in) and PREFIX.N.bias (out), N from 0.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/model.h"
#include "core/model/safetensors.h"

namespace duet {

// The tensors of a file that nobody has taken yet.
class StoredTensors {
 public:
  explicit StoredTensors(SafetensorsFile& file);

  // Throws Error(model) where there is no such tensor.
  std::vector<float> take(const std::string& name);
  // All layers of the prefix, of which there must be one; ReLU but for the last. Throws Error(model):
  // missing, or of shapes that fit no layer.
  std::vector<Layer> take_layers(std::string_view prefix);
  // Throws Error(model) where a tensor is left: leaving it out would make something else of the file.
  void expect_none_left() const;

 private:
  const TensorEntry& find(const std::string& name) const;

  SafetensorsFile& file_;
  std::map<std::string, const TensorEntry*> left_;
};

// Throws Error(model) where layer `i` > 0 does not take what the one before gives.
void check_fits_before(const std::vector<Layer>& layers, std::size_t i);

// Adds their tensors, which look into `layers`.
void add_layers(std::vector<TensorView>& tensors, std::string_view prefix, const std::vector<Layer>& layers);

}  // namespace duet
