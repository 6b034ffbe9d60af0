#include "core/version.h"

namespace duet {

const char* const version = DUET_VERSION;
const char* const build_type = DUET_BUILD_TYPE;
#ifdef __clang__
const char* const compiler = __VERSION__;  // begins with the compiler's name
#else
const char* const compiler = "g++ " __VERSION__;
#endif

}  // namespace duet
