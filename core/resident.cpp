#include "core/resident.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace duet {

Examples book_examples(Arena& arena, const Images& images, std::size_t labels, float divisor) {
  const auto pixels = arena.bytes(images.pixels().size()).as<const std::uint8_t>();
  const int inputs = images.pixels_per_image();
  return {.pixels = {pixels, images.count, inputs, inputs},
          .divisor = divisor,
          .labels = {arena.bytes(labels).as<const std::uint8_t>(), static_cast<int>(labels)}};
}

Vec<std::uint32_t> book_order(Arena& arena, const Split& rows) {
  return arena.vec<std::uint32_t>(rows.count);
}

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
  std::tie(memory_, examples_) =
      allocate(backend, [&](Arena& arena) { return book_examples(arena, images, labels.size(), divisor); });
  const auto to_fill = [](Ptr<const std::uint8_t> constant) {
    return Ptr<std::uint8_t>::from_address(constant.address());
  };
  copy_in<std::uint8_t>(backend, to_fill(examples_.labels.data), labels);
  if (!labels.empty()) largest_label_ = *std::max_element(labels.begin(), labels.end());
  return to_fill(examples_.pixels.data);
}

ResidentOrder::ResidentOrder(Backend& backend, const Split& rows) {
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows.count));
  std::iota(order.begin(), order.end(), static_cast<std::uint32_t>(rows.first));
  std::tie(memory_, order_) = allocate(backend, [&](Arena& arena) { return book_order(arena, rows); });
  copy_in<std::uint32_t>(backend, order_.data, order);
}

}  // namespace duet
