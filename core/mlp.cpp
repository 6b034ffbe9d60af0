#include "core/mlp.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/rng.h"

namespace duet {
namespace {

Activation activation_of(std::size_t layer, std::size_t layers) {
  return layer + 1 < layers ? Activation::relu : Activation::none;
}

// From the first element of a to the end of the row that b ends with.
Vec<float> spanning(Ptr<float> first, Vec<float> last) {
  const std::uintptr_t end = (last.data + padded<float>(last.size)).address();
  const std::uintptr_t size = (end - first.address()) / sizeof(float);
  if (size > INT_MAX) {  // which a Vec cannot count
    fail(ErrorKind::memory,
         "the network has {} million parameters, and at most {} million fit; use smaller layers",
         size / 1'000'000, INT_MAX / 1'000'000);
  }
  return {first, static_cast<int>(size)};
}

void book_biases_into(Parameters& p, Arena& arena, const LayerSizes& sizes) {
  for (std::size_t l = 1; l < sizes.size(); ++l) p.b.push_back(arena.vec<float>(sizes[l]));
  p.biases = spanning(p.b.front().data, p.b.back());
}

}  // namespace

Parameters book_parameters(Arena& arena, const LayerSizes& sizes, const Preferences& prefers) {
  Parameters p;
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    p.w.push_back(arena.panels<float>(sizes[l - 1], sizes[l], prefers.weight_panel));
  }
  book_biases_into(p, arena, sizes);
  p.all = spanning(p.w.front().data, p.b.back());
  return p;
}

Parameters book_biases(Arena& arena, const LayerSizes& sizes, const Preferences& prefers) {
  Parameters p;
  for (std::size_t l = 1; l < sizes.size(); ++l) {
    p.w.push_back(panels_without_memory<float>(sizes[l - 1], sizes[l], prefers.weight_panel));
  }
  book_biases_into(p, arena, sizes);
  return p;
}

Parameters book_gradients(Arena& arena, const LayerSizes& sizes, const Preferences& prefers) {
  return prefers.update_in_grad_weight ? book_biases(arena, sizes, prefers)
                                       : book_parameters(arena, sizes, prefers);
}

std::vector<Mat<float>> book_activations(Arena& arena, const LayerSizes& sizes, int rows) {
  std::vector<Mat<float>> booked;
  for (std::size_t l = 1; l < sizes.size(); ++l) booked.push_back(arena.mat<float>(rows, sizes[l]));
  return booked;
}

TrainingBuffers book_training(Arena& arena, const LayerSizes& sizes, int batch, int steps,
                              const Preferences& prefers) {
  TrainingBuffers on;
  on.parameters = book_parameters(arena, sizes, prefers);
  on.gradients = book_gradients(arena, sizes, prefers);
  on.m = book_parameters(arena, sizes, prefers);
  on.v = book_parameters(arena, sizes, prefers);
  on.outputs = book_activations(arena, sizes, batch);
  on.hidden_gradients = book_activations(arena, LayerSizes(sizes.begin(), sizes.end() - 1), batch);
  on.results = arena.vec<Result>(steps);
  on.hyper = arena.one<Hyper>();
  on.stopped = arena.one<std::uint32_t>();
  return on;
}

std::vector<Op> forward(const Parameters& p, const std::vector<Mat<float>>& outputs, const Batch& batch) {
  std::vector<Op> program;
  Input x = batch;
  for (std::size_t l = 0; l < p.w.size(); ++l) {
    const Mat<float> y = first_rows(outputs[l], batch.rows);
    program.push_back(Linear{x, p.w[l], p.b[l], activation_of(l, p.w.size()), y});
    x = Mat<const float>(y);
  }
  return program;
}

std::vector<Op> training_step(const TrainingBuffers& on, const Batch& batch, const Preferences& prefers) {
  const Parameters& p = on.parameters;
  const std::size_t layers = p.w.size();
  const auto rows = [&](const Mat<float>& m) { return first_rows(m, batch.rows); };
  const auto dz = [&](std::size_t l) {
    return rows(l + 1 == layers ? on.outputs[l] : on.hidden_gradients[l]);
  };
  const auto adam = [&](Vec<float> param, Vec<float> grad, Vec<float> m, Vec<float> v) {
    return Adam{param, grad, m, v, on.hyper, on.stopped};
  };

  const auto grad_input = [&](std::size_t l) {
    return GradInput{dz(l),
                     p.w[l],
                     rows(on.outputs[l - 1]),
                     activation_of(l - 1, layers),
                     dz(l - 1),
                     on.gradients.b[l - 1]};
  };

  std::vector<Op> program = forward(p, on.outputs, batch);
  const SoftmaxCrossEntropy loss{rows(on.outputs.back()), batch,      true,
                                 on.gradients.b.back(),   on.results, on.stopped};
  const bool head = layers > 1 && loss.logits.cols <= prefers.head_up_to_classes;
  if (head) {
    program.back() = Head{std::get<Linear>(program.back()), loss, grad_input(layers - 1)};
  } else {
    program.push_back(loss);
  }
  for (std::size_t l = layers - (head ? 2 : 1); l > 0; --l) {
    program.push_back(grad_input(l));  // before any update: it reads w
  }
  for (std::size_t l = layers; l-- > 0;) {
    const Input x = l == 0 ? Input(batch) : Input(Mat<const float>(rows(on.outputs[l - 1])));
    GradWeight op{x, dz(l), on.gradients.w[l], std::nullopt};
    if (prefers.update_in_grad_weight) op.update = adam(p.w[l].all(), {}, on.m.w[l].all(), on.v.w[l].all());
    program.push_back(op);
  }
  if (prefers.update_in_grad_weight) {
    program.push_back(adam(p.biases, on.gradients.biases, on.m.biases, on.v.biases));
  } else {
    program.push_back(adam(p.all, on.gradients.all, on.m.all, on.v.all));
  }
  return program;
}

std::vector<Layer> glorot_layers(const LayerSizes& sizes, std::uint64_t seed) {
  std::vector<Layer> layers;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    const int in = sizes[l], out = sizes[l + 1];
    const auto limit = static_cast<float>(std::sqrt(6.0 / (in + out)));
    Layer layer{.inputs = in,
                .outputs = out,
                .activation = activation_of(l, sizes.size() - 1),
                .weight = {},
                .bias = {}};
    layer.weight.resize(static_cast<std::size_t>(in) * out);
    layer.bias.resize(static_cast<std::size_t>(out));
    for (int j = 0; j < out; ++j) {
      for (int i = 0; i < in; ++i) {
        const std::uint64_t element = static_cast<std::uint64_t>(i) * out + j;
        const float u =
            uniform(random_bits(seed, Purpose::initial_weights, static_cast<std::uint32_t>(l), element));
        layer.weight[static_cast<std::size_t>(j) * in + i] = (2 * u - 1) * limit;
      }
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

LayerSizes sizes_of(std::span<const Layer> layers) {
  LayerSizes sizes = {layers.front().inputs};
  for (const Layer& layer : layers) sizes.push_back(layer.outputs);
  return sizes;
}

namespace {

// Calls work(first row, rows, where they are, room for their values) for about 1 MiB of rows at a time: the
// host may have no room for a large matrix once more.
template <class Work>
void by_strips(const Mat<float>& m, const Work& work) {
  const int most = std::clamp((1 << 18) / m.ld, 1, m.rows);
  std::vector<float> values(static_cast<std::size_t>(most) * m.ld);
  for (int first = 0; first < m.rows; first += most) {
    const int rows = std::min(most, m.rows - first);
    work(first, rows, m.data + std::ptrdiff_t{first} * m.ld,
         std::span(values).first(static_cast<std::size_t>(rows) * m.ld));
  }
}

// Likewise for weights: work(where they are, their values, each), where each(visit) calls visit(index in the
// file, value) for every weight of the strip. Files keep (out, in) without padding; we compute with (in, out)
// in panels.
template <class Work>
void by_strips(const Panels<float>& w, const Work& work) {
  for (int column = 0; column < w.stored; column += w.width) {
    const Mat<float> panel = w.panel(column);
    by_strips(panel, [&](int first, int rows, Ptr<float> at, std::span<float> values) {
      work(at, values, [&](const auto& visit) {
        constexpr int line = 16;  // of the file, whose lines run across ours
        for (int top = 0; top < rows; top += line) {
          const int count = std::min(line, rows - top);
          for (int j = 0; j < panel.cols; ++j) {
            float* value = &values[static_cast<std::size_t>(top) * panel.ld + j];
            std::size_t index = static_cast<std::size_t>(column + j) * w.rows + (first + top);
            for (int i = 0; i < count; ++i, value += panel.ld, ++index) visit(index, *value);
          }
        }
      });
    });
  }
}

}  // namespace

void upload(Backend& backend, const Parameters& to, std::span<const Layer> layers) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    by_strips(to.w[l], [&](Ptr<float> at, std::span<float> values, const auto& each) {
      each([&](std::size_t index, float& value) { value = layers[l].weight[index]; });
      copy_in<float>(backend, at, values);
    });
    copy_in<float>(backend, to.b[l].data, layers[l].bias);
  }
}

void download(Backend& backend, const Parameters& from, std::span<Layer> layers) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    by_strips(from.w[l], [&](Ptr<float> at, std::span<float> values, const auto& each) {
      copy_out<float>(backend, values, at);
      each([&](std::size_t index, float value) { layers[l].weight[index] = value; });
    });
    copy_out<float>(backend, layers[l].bias, from.b[l].data);
  }
}

bool are_finite(Backend& backend, const Parameters& parameters) {
  constexpr int line = padded<float>(1);  // with the padding, which is zero, they are whole lines
  bool finite = true;
  by_strips(Mat<float>(parameters.all.data, parameters.all.size / line, line, line),
            [&](int, int, Ptr<float> at, std::span<float> strip) {
              copy_out<float>(backend, strip, at);
              int bad = 0;  // counted and not sought: the compiler then takes several at a time
              for (const float value : strip)
                bad += std::abs(value) <= std::numeric_limits<float>::max() ? 0 : 1;
              finite = finite && bad == 0;
            });
  return finite;
}

}  // namespace duet
