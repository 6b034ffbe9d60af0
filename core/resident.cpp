#include "core/resident.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/layout.h"

namespace duet {

ResidentExamples::ResidentExamples(Backend& backend, const Images& images,
                                   std::span<const std::uint8_t> labels, float divisor) {
  copy_in<std::uint8_t>(backend, prepare(backend, images, labels, divisor), images.pixels());
}

ResidentExamples::ResidentExamples(Backend& backend, Images&& images, std::span<const std::uint8_t> labels,
                                   float divisor) {
  constexpr std::size_t piece = std::size_t{4} << 20;
  const Ptr<std::uint8_t> to = prepare(backend, images, labels, divisor);
  Images from = std::move(images);
  for (std::size_t end = from.pixels().size(); end > 0;) {  // from the end on, where memory can be given back
    const std::size_t begin = end - std::min(end, piece);
    copy_in<std::uint8_t>(backend, to + static_cast<std::ptrdiff_t>(begin),
                          from.pixels().subspan(begin, end - begin));
    from.storage.shrink(from.offset + begin);
    end = begin;
  }
}

Ptr<std::uint8_t> ResidentExamples::prepare(Backend& backend, const Images& images,
                                            std::span<const std::uint8_t> labels, float divisor) {
  const int inputs = images.pixels_per_image();
  const std::size_t pixel_bytes = round_up(images.pixels().size(), row_bytes);
  memory_ = backend.allocate(pixel_bytes + labels.size());
  const auto pixels = memory_.data().as<std::uint8_t>();
  const auto label_bytes = pixels + static_cast<std::ptrdiff_t>(pixel_bytes);
  copy_in<std::uint8_t>(backend, label_bytes, labels);
  examples_ = {.pixels = Mat<const std::uint8_t>(pixels, images.count, inputs, inputs),
               .divisor = divisor,
               .labels = {label_bytes, static_cast<int>(labels.size())}};
  if (!labels.empty()) largest_label_ = *std::max_element(labels.begin(), labels.end());
  return pixels;
}

ResidentOrder::ResidentOrder(Backend& backend, const Split& rows) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.count));
  std::iota(order.begin(), order.end(), static_cast<std::uint32_t>(rows.first));
  memory_ = backend.allocate(order.size() * sizeof(std::uint32_t));
  order_ = {memory_.data().as<std::uint32_t>(), rows.count};
  copy_in<std::uint32_t>(backend, order_.data, order);
}

}  // namespace duet
