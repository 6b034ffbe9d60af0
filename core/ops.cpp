#include "core/ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "core/layout.h"

namespace duet {
namespace {

template <class... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
overloaded(Cases...) -> overloaded<Cases...>;  // clang 16 does not deduce it

// --- What an op touches

// Lists operands as they are named: reads(x), writes(y). Absent operands (no address) are passed over.
class AccessList {
 public:
  template <class T>
  void reads(const Mat<T>& m) {
    add(m, false);
  }
  template <class T>
  void writes(const Mat<T>& m) {
    add(m, true);
  }
  template <class T>
  void reads(const Panels<T>& p) {
    reads(p.all());
  }
  template <class T>
  void writes(const Panels<T>& p) {
    writes(p.all());
  }
  template <class T>
  void reads(const Vec<T>& v) {
    add(v.data, v.size, false);
  }
  template <class T>
  void writes(const Vec<T>& v) {
    add(v.data, v.size, true);
  }
  template <class T>
  void reads(Ptr<T> p) {
    add(p, 1, false);
  }
  template <class T>
  void writes(Ptr<T> p) {
    add(p, 1, true);
  }
  void reads(const Input& input) {
    if (const auto* batch = std::get_if<Batch>(&input)) reads(batch->order);
    if (const auto* mat = std::get_if<Mat<const float>>(&input)) reads(*mat);
  }
  void updates(const Adam& adam) {  // all but the gradient
    writes(adam.param);
    writes(adam.m);
    writes(adam.v);
    reads(adam.hyper);
    reads(adam.stopped);
  }
  void add(const std::vector<Access>& list) { list_.insert(list_.end(), list.begin(), list.end()); }
  std::vector<Access> take() { return std::move(list_); }

 private:
  template <class T>
  void add(const Mat<T>& m, bool write) {
    add(m.data, static_cast<std::size_t>(m.rows) * m.ld, write);
  }
  template <class T>
  void add(Ptr<T> data, std::size_t size, bool write) {
    if (data && size) list_.push_back({data.address(), data.address() + size * sizeof(T), write});
  }
  std::vector<Access> list_;
};

// --- Checks

class Checker {
 public:
  explicit Checker(const Op& op) : op_(op) {}

  void require(bool holds, std::string_view what) const {
    if (!holds) throw std::logic_error(fmt::format("{}: {}", describe(op_), what));
  }
  template <class T>
  void rows_of(const Mat<T>& m, int rows, int cols, std::string_view name) const {
    present(m.data, name);
    shape_of(m, rows, cols, name);
    require(m.ld == leading_dimension<T>(cols) && m.data.address() % row_bytes == 0,
            fmt::format("rows of {} are not whole lines of {} bytes", name, row_bytes));
  }
  template <class T>
  void panels_of(const Panels<T>& p, int rows, int cols, std::string_view name) const {
    present(p.data, name);
    panels_without_memory_of(p, rows, cols, name);
    on_a_line(p.data, name);
  }
  template <class T>
  void panels_without_memory_of(const Panels<T>& p, int rows, int cols, std::string_view name) const {
    shape_of(p, rows, cols, name);
    require(
        p.stored == padded<T>(cols) && p.width > 0 && (p.width == p.stored || p.width % padded<T>(1) == 0),
        fmt::format("panels of {} are not whole lines of {} bytes", name, row_bytes));
  }
  template <class T>
  void vector_of(const Vec<T>& v, int size, std::string_view name) const {
    present(v.data, name);
    require(v.size == size, fmt::format("{} has {} elements, not {}", name, v.size, size));
    on_a_line(v.data, name);
  }
  // A batch of `rows` examples; labels are asked for where `labelled`.
  void batch(const Batch& b, int rows, bool labelled) const {
    require(b.rows == rows && rows > 0 && b.stride >= rows, "the batch has another number of rows");
    require(static_cast<bool>(b.order.data) && b.order.size >= rows, "the batch has no order");
    require(!labelled || (b.from.labels.data && b.from.labels.size > 0), "the batch has no labels");
  }
  void input(const Input& x, int rows, int cols) const {
    if (const auto* b = std::get_if<Batch>(&x)) {
      batch(*b, rows, false);
      require(b->from.pixels.data && b->from.pixels.cols == cols && b->from.pixels.ld == cols,
              "the pixels have another width");
    } else {
      rows_of(std::get<Mat<const float>>(x), rows, cols, "x");
    }
  }
  void adam(const Adam& a, int size) const {
    vector_of(a.param, size, "param");
    vector_of(a.m, size, "m");
    vector_of(a.v, size, "v");
    require(static_cast<bool>(a.hyper), "hyper is missing");
  }
  void no_aliasing() const {
    const std::vector<Access> all = accesses(op_);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t j = i + 1; j < all.size(); ++j) {
        require(!conflict({&all[i], 1}, {&all[j], 1}), "an operand is written that overlaps another one");
      }
    }
  }

 private:
  template <class T>
  void present(Ptr<T> data, std::string_view name) const {
    require(static_cast<bool>(data), fmt::format("{} is missing", name));
  }
  template <class T>
  void on_a_line(Ptr<T> data, std::string_view name) const {
    require(data.address() % row_bytes == 0,
            fmt::format("{} does not start on a line of {} bytes", name, row_bytes));
  }
  template <class M>
  void shape_of(const M& m, int rows, int cols, std::string_view name) const {
    require(m.rows == rows && m.cols == cols,
            fmt::format("{} is {} x {}, not {} x {}", name, m.rows, m.cols, rows, cols));
    require(rows > 0 && cols > 0, fmt::format("{} is empty", name));
  }

  const Op& op_;
};

std::vector<Op> parts(const Head& head) { return {head.last, head.loss, head.below}; }

void check_one(const Op& op) {
  const Checker c(op);
  std::visit(overloaded{
                 [&](const Linear& o) {
                   c.panels_of(o.w, o.w.rows, o.w.cols, "w");
                   c.input(o.x, o.y.rows, o.w.rows);
                   c.vector_of(o.b, o.w.cols, "b");
                   c.rows_of(o.y, o.y.rows, o.w.cols, "y");
                 },
                 [&](const SoftmaxCrossEntropy& o) {
                   c.rows_of(o.logits, o.logits.rows, o.logits.cols, "logits");
                   c.batch(o.labels, o.logits.rows, true);
                   if (o.backward) c.vector_of(o.db, o.logits.cols, "db");
                   c.require(o.backward || !o.db.data, "db is written only with backward");
                   c.require(o.results.data && o.results.size > 0, "results are missing");
                 },
                 [&](const GradInput& o) {
                   c.panels_of(o.w, o.w.rows, o.w.cols, "w");
                   c.rows_of(o.dz, o.dz.rows, o.w.cols, "dz");
                   c.rows_of(o.y_below, o.dz.rows, o.w.rows, "y_below");
                   c.rows_of(o.dz_below, o.dz.rows, o.w.rows, "dz_below");
                   c.vector_of(o.db_below, o.w.rows, "db_below");
                 },
                 [&](const GradWeight& o) {
                   const int in = o.dw.rows, out = o.dz.cols;
                   c.rows_of(o.dz, o.dz.rows, out, "dz");
                   c.input(o.x, o.dz.rows, in);
                   if (o.update) {
                     c.require(!o.dw.data && !o.update->grad.data, "with an update no gradient is stored");
                     c.panels_without_memory_of(o.dw, in, out, "dw");
                     c.adam(*o.update, o.dw.all().size);
                   } else {
                     c.panels_of(o.dw, in, out, "dw");
                   }
                 },
                 [&](const Adam& o) {
                   c.adam(o, o.param.size);
                   c.vector_of(o.grad, o.param.size, "grad");
                 },
                 [&](const Head& o) {
                   c.require(o.loss.backward, "the loss has no gradient");
                   c.require(o.last.y == o.loss.logits && o.below.dz == Mat<const float>(o.loss.logits),
                             "the parts do not share the logits");
                   c.require(o.last.x == Input(o.below.y_below), "the parts do not share x");
                   c.require(o.last.w.data == o.below.w.data, "the parts do not share w");
                 },
                 [&](const Softmax& o) { c.rows_of(o.logits, o.logits.rows, o.logits.cols, "logits"); },
                 [&](const Confusion& o) {
                   c.rows_of(o.logits, o.logits.rows, o.logits.cols, "logits");
                   c.batch(o.labels, o.logits.rows, true);
                   c.rows_of(o.counts, o.logits.cols, o.logits.cols, "counts");
                 },
                 [&](const Shuffle& o) { c.require(o.order.data && o.order.size > 0, "order is missing"); },
             },
             op);
  if (const auto* const head = std::get_if<Head>(&op)) return check(parts(*head));
  c.no_aliasing();
}

// --- Words and figures

template <class M>
std::string shape(const M& m) {
  return fmt::format("{}x{}", m.rows, m.cols);
}
std::string shape(const Input& x) {
  if (const auto* b = std::get_if<Batch>(&x)) return fmt::format("batch {}x{}", b->rows, b->from.pixels.cols);
  return shape(std::get<Mat<const float>>(x));
}
double size(double rows, double cols) { return rows * cols; }
double sum_of_parts(const Head& head, double (*figure)(const Op&)) {
  double sum = 0;
  for (const Op& part : parts(head)) sum += figure(part);
  return sum;
}

}  // namespace

std::vector<Access> accesses(const Op& op) {
  AccessList list;
  std::visit(overloaded{
                 [&](const Linear& o) {
                   list.reads(o.x);
                   list.reads(o.w);
                   list.reads(o.b);
                   list.writes(o.y);
                 },
                 [&](const SoftmaxCrossEntropy& o) {
                   list.reads(o.labels.order);
                   if (o.backward) {
                     list.writes(o.logits);
                     list.writes(o.db);
                   } else {
                     list.reads(o.logits);
                   }
                   list.writes(o.results);
                   list.writes(o.stopped);
                 },
                 [&](const GradInput& o) {
                   list.reads(o.dz);
                   list.reads(o.w);
                   list.reads(o.y_below);
                   list.writes(o.dz_below);
                   list.writes(o.db_below);
                 },
                 [&](const GradWeight& o) {
                   list.reads(o.x);
                   list.reads(o.dz);
                   list.writes(o.dw);
                   if (o.update) list.updates(*o.update);
                 },
                 [&](const Adam& o) {
                   list.reads(o.grad);
                   list.updates(o);
                 },
                 [&](const Head& o) {
                   for (const Op& part : parts(o)) list.add(accesses(part));
                 },
                 [&](const Softmax& o) { list.writes(o.logits); },
                 [&](const Confusion& o) {
                   list.reads(o.logits);
                   list.reads(o.labels.order);
                   list.writes(o.counts);
                 },
                 [&](const Shuffle& o) { list.writes(o.order); },
             },
             op);
  return list.take();
}

bool conflict(std::span<const Access> a, std::span<const Access> b) {
  return std::any_of(a.begin(), a.end(), [&](const Access& x) {
    return std::any_of(b.begin(), b.end(), [&](const Access& y) {
      return (x.write || y.write) && x.begin < y.end && y.begin < x.end;
    });
  });
}

std::string_view name_of(const Op& op) {
  constexpr std::string_view names[] = {
      "linear", "softmax_cross_entropy", "grad_input", "grad_weight", "adam", "head", "softmax", "confusion",
      "shuffle"};
  static_assert(std::size(names) == std::variant_size_v<Op>);
  return names[op.index()];
}

std::string describe(const Op& op) {
  const std::string shapes = std::visit(
      overloaded{
          [](const Linear& o) { return fmt::format("{} by {}, {}", shape(o.x), shape(o.w), name_of(o.act)); },
          [](const SoftmaxCrossEntropy& o) { return shape(o.logits) + (o.backward ? ", backward" : ""); },
          [](const GradInput& o) {
            return fmt::format("{} by {} transposed, {}", shape(o.dz), shape(o.w), name_of(o.act_below));
          },
          [](const GradWeight& o) {
            return fmt::format("{} transposed by {}{}", shape(o.x), shape(o.dz), o.update ? ", update" : "");
          },
          [](const Adam& o) { return fmt::format("{}", o.param.size); },
          [](const Head& o) {
            return fmt::format("{} by {}, {} below", shape(o.last.x), shape(o.last.w),
                               name_of(o.below.act_below));
          },
          [](const Softmax& o) { return shape(o.logits); },
          [](const Confusion& o) { return shape(o.logits); },
          [](const Shuffle& o) { return fmt::format("{}", o.order.size); },
      },
      op);
  return fmt::format("{} {}", name_of(op), shapes);
}

// Of one parameter's update as ops.h writes it: 3 for m, 4 for v, 6 for the step.
constexpr double adam_flops = 13;
// Of one logit: compare, subtract, exp, add, scale; exp counts as one.
constexpr double softmax_flops = 5;

double flops(const Op& op) {
  return std::visit(
      overloaded{
          [](const Linear& o) { return 2 * size(o.y.rows, o.w.cols) * o.w.rows; },
          [](const SoftmaxCrossEntropy& o) { return softmax_flops * size(o.logits.rows, o.logits.cols); },
          [](const GradInput& o) { return 2 * size(o.dz.rows, o.w.cols) * o.w.rows; },
          [](const GradWeight& o) {
            const double update = o.update ? adam_flops * size(o.dw.rows, o.dw.cols) : 0;
            return 2 * size(o.dz.rows, o.dz.cols) * o.dw.rows + update;
          },
          [](const Adam& o) { return adam_flops * o.param.size; },
          [](const Head& o) { return sum_of_parts(o, flops); },
          [](const Softmax& o) { return softmax_flops * size(o.logits.rows, o.logits.cols); },
          [](const Confusion& o) { return size(o.logits.rows, o.logits.cols); },
          [](const Shuffle&) { return 0.0; },
      },
      op);
}

double bytes(const Op& op) {
  if (const auto* const head = std::get_if<Head>(&op)) return sum_of_parts(*head, bytes);
  double total = 0;
  for (const Access& access : accesses(op)) total += static_cast<double>(access.end - access.begin);
  const auto rewritten = [](int elements, int arrays) { return sizeof(float) * size(elements, arrays); };
  // What is read and written again counts twice.
  if (const auto* o = std::get_if<Adam>(&op)) total += rewritten(o->param.size, 3);
  if (const auto* o = std::get_if<GradWeight>(&op); o && o->update)
    total += rewritten(o->update->param.size, 3);
  if (const auto* o = std::get_if<SoftmaxCrossEntropy>(&op))
    total -= sizeof(Result) * (o->results.size - 1.0);
  return total;
}

void check(std::span<const Op> step) {
  for (const Op& op : step) check_one(op);
}

}  // namespace duet
