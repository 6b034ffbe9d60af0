#include "benchmarks/yardstick.h"

#include <dnnl.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

namespace duet::test {

bool has_yardstick() { return true; }

std::function<void()> yardstick(const Product& product, std::string_view instructions) {
  dnnl::set_max_cpu_isa(instructions == "avx512" ? dnnl::cpu_isa::all
                        : instructions == "avx2" ? dnnl::cpu_isa::avx2
                                                 : dnnl::cpu_isa::sse41);
  struct Operands {
    std::vector<float> a, b, c;
  };
  const auto size = [](int rows, int cols) { return static_cast<std::size_t>(rows) * cols; };
  const auto on = std::make_shared<Operands>(Operands{std::vector<float>(size(product.m, product.k), 0.5f),
                                                      std::vector<float>(size(product.k, product.n), 0.5f),
                                                      std::vector<float>(size(product.m, product.n))});
  return [on, p = product] {
    const dnnl::status status = dnnl::sgemm(p.a_transposed ? 'T' : 'N', p.b_transposed ? 'T' : 'N', p.m, p.n,
                                            p.k, 1, on->a.data(), p.a_transposed ? p.m : p.k, on->b.data(),
                                            p.b_transposed ? p.k : p.n, 0, on->c.data(), p.n);
    if (status != dnnl::status::success) throw std::runtime_error("oneDNN refused a product");
  };
}

}  // namespace duet::test
