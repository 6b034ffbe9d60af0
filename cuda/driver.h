// Whether there is a GPU to work with, and if not, why.
#pragma once

namespace duet::cuda {

// At least 1. Throws Error(device), with what is missing, where no device can be used.
int count_devices();

}  // namespace duet::cuda
