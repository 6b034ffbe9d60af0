#include "tools/device.h"

#include "tools/console.h"

namespace duet {

void talk_of_device(std::string_view doing, const OpenedDevice& on) {
  talk("{} on {}{}{}\n", doing, on.backend->info().text(),
       on.why_no_gpu.empty() ? "" : "; no GPU: ", on.why_no_gpu);
}

}  // namespace duet
