# What makes a mistake that a file could use end the program instead: sizes of copies and stack frames checked where the
# compiler can, addresses chosen anew at every start, tables of functions read-only from the first instruction on. In Release
# builds; sanitizers have checks of their own, and know these calls under their plain names.
include(CheckCXXSourceCompiles)
include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)  # else CMake leaves the linking of PIE to the compiler's default

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT CMAKE_CXX_FLAGS MATCHES "-fsanitize")
  # Level 3 also knows sizes that are not constants. Where compiler or C library lack it, they say so in a warning.
  set(CMAKE_REQUIRED_FLAGS "-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -Werror")
  check_cxx_source_compiles("#include <cstring>\nint main() {}" fortifies_at_level_3)
  unset(CMAKE_REQUIRED_FLAGS)
  set(level 2)
  if(fortifies_at_level_3)
    set(level 3)
  endif()
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=${level};-fstack-protector-strong>")
  add_link_options(LINKER:-z,relro,-z,now)
endif()
