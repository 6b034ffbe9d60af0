// How the double of cuDNN refuses: with a report, the documented status, and what cudnnGetLastErrorString
// says.
#pragma once

#include <cudnn.h>

#include <string>

namespace duet::cuda_double {

// What the documents forbid, and what only the double does not know.
cudnnStatus_t forbidden(std::string text, cudnnStatus_t status = CUDNN_STATUS_BAD_PARAM);
cudnnStatus_t unsupported(std::string text);

// A failure that is nobody's mistake: remembered, and not reported.
cudnnStatus_t failed(std::string text, cudnnStatus_t status);

}  // namespace duet::cuda_double
