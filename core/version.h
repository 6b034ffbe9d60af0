// What this build is.
#pragma once

namespace duet {

extern const char* const version;     // "0.1.0"
extern const char* const build_type;  // "Release"
extern const char* const compiler;    // "g++ 12.2.0"

extern const char* const build_id;  // of what can be linked together: commit, compiler, flags

}  // namespace duet
