#include "core/resident.h"

#include <numeric>

#include "core/layout.h"

namespace duet {

ResidentExamples::ResidentExamples(Backend& backend, const Images& images,
                                   std::span<const std::uint8_t> labels, float divisor) {
  const int inputs = images.pixels_per_image();
  const std::size_t pixel_bytes = images.pixels().size();
  memory_ = backend.allocate(round_up(pixel_bytes, row_bytes) + labels.size());
  const auto pixels = memory_.data().as<std::uint8_t>();
  const auto label_bytes = pixels + static_cast<std::ptrdiff_t>(round_up(pixel_bytes, row_bytes));
  copy_in<std::uint8_t>(backend, pixels, images.pixels());
  copy_in<std::uint8_t>(backend, label_bytes, labels);
  examples_ = {.pixels = Mat<const std::uint8_t>(pixels, images.count, inputs, inputs),
               .divisor = divisor,
               .labels = {label_bytes, static_cast<int>(labels.size())}};
}

ResidentOrder::ResidentOrder(Backend& backend, const Split& rows) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.count));
  std::iota(order.begin(), order.end(), static_cast<std::uint32_t>(rows.first));
  memory_ = backend.allocate(order.size() * sizeof(std::uint32_t));
  order_ = {memory_.data().as<std::uint32_t>(), rows.count};
  copy_in<std::uint32_t>(backend, order_.data, order);
}

}  // namespace duet
