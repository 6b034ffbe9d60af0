# What the library and the program need. Nothing is ever downloaded here: tools/packages installs it.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_path(protozero protozero/pbf_writer.hpp REQUIRED)  # messages of Protocol Buffers, in headers alone
pkg_check_modules(deflate REQUIRED IMPORTED_TARGET libdeflate)
pkg_check_modules(nettle REQUIRED IMPORTED_TARGET nettle)  # SHA-256 with the CPU's own instructions

# The include root: headers are named from it, as in "core/error.h".
add_library(duet_includes INTERFACE)
target_include_directories(duet_includes INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/duet>)
target_compile_features(duet_includes INTERFACE cxx_std_20)
