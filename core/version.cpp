#include "core/version.h"

namespace duet {

const char* const version = DUET_VERSION;
const char* const build_type = DUET_BUILD_TYPE;
#ifdef __clang__
#define DUET_COMPILER __VERSION__  // begins with the compiler's name
#else
#define DUET_COMPILER "g++ " __VERSION__
#endif
const char* const compiler = DUET_COMPILER;
const char* const build_id = DUET_VERSION " " DUET_COMMIT ", " DUET_COMPILER ", " DUET_FLAGS;

}  // namespace duet
